import RoostCore
import Testing

/// Shutting down in two phases: C12 and C12a.
struct ShutdownTests {
  /// What may be done to a group, once in a second.
  private enum Move: CaseIterable {
    case nothing
    case cancel
    case atOnce
    case soon
    case late
    case never

    /// In seconds; nil is no shutdown.
    var patience: Double? {
      switch self {
      case .nothing, .cancel: nil
      case .atOnce: 0
      case .soon: 1.25
      case .late: 3.25
      case .never: .infinity
      }
    }
  }

  /// What C12 and C12a say of one group.
  private struct Definition {
    var isStopping = false
    var end = Double.infinity
    var origin: Origin?

    /// The patience may be over by now.
    mutating func look(at now: Double) {
      if now >= end, origin == nil { origin = .shutdown }
    }

    /// Answers whether it changed anything.
    mutating func make(_ move: Move, at now: Double) -> Bool {
      if move == .nothing { return false }
      if move == .cancel {
        defer { origin = origin ?? .explicit }
        return origin == nil
      }
      let isFirst = !isStopping
      isStopping = true
      let newEnd = now + (move.patience ?? .infinity)
      let isSooner = origin == nil && newEnd < end
      if isSooner { end = newEnd }
      look(at: now)
      return isFirst || isSooner
    }
  }

  @Test func `C12, C12a: whatever is called in whatever order, the first end stands`() throws {
    try inWorld { world in
      let lists = everyList(of: Move.allCases, length: 4)
      var definitions = lists.map { _ in Definition() }
      let groups = try lists.map { _ in try world.group("") }
      var differences: [String] = []
      for second in 0..<8 {
        let (now, between) = (Double(second), Double(second) + 0.5)
        try world.at(now) {
          for index in lists.indices {
            definitions[index].look(at: now)
            guard lists[index].indices.contains(second) else { continue }
            let move = lists[index][second]
            let status: Status =
              if let patience = move.patience {
                try world.shutdown(groups[index], patience: patience)
              } else if move == .cancel {
                try world.cancel(groups[index])
              } else {
                .already
              }
            let didChange = definitions[index].make(move, at: now)
            if status != (didChange ? .ok : .already) {
              differences.append("\(lists[index]) at \(now) answers \(word(status))")
            }
          }
        }
        try world.at(between) {
          for index in lists.indices {
            definitions[index].look(at: between)
            let found = (try world.isStopping(groups[index]), try world.why(groups[index])?.origin)
            let expected = (definitions[index].isStopping, definitions[index].origin)
            if found != expected {
              differences.append("\(lists[index]) at \(between): \(found), not \(expected)")
            }
          }
        }
      }
      try world.run()
      #expect(differences.isEmpty, "\(differences.prefix(3))")
    }
  }

  @Test func `C12, C12a: shields or not, those waits end as stopping whose nodes asked for it`()
    throws
  {
    let choices = everyList(of: [false, true], length: 3)
    for shields in choices {
      for asked in choices {
        for shutDown in 0..<3 {
          try inWorld { world in
            var nodes: [Handle] = []
            for index in 0..<3 {
              var options = NodeOptions.shielded(shields[index])
              options.untilStopping = asked[index]
              nodes.append(try world.scope("", in: nodes.last, options))
              try world.after(2, in: nodes[index], "\(index)")
            }
            try world.at(1) { try world.shutdown(nodes[shutDown], patience: .infinity) }
            try world.run()
            let stopped = (0..<3).filter { asked[$0] && $0 >= shutDown }
            let others = (0..<3).filter { !stopped.contains($0) }
            let expected =
              (stopped.isEmpty ? [] : ["@1"]) + stopped.map { "\($0)=\(word(.stopping))" }
              + (others.isEmpty ? [] : ["@2"]) + others.map { "\($0)=0" }
            #expect(world.log == expected.joined(separator: " "), "\(shields)")
          }
        }
      }
    }
  }
}
