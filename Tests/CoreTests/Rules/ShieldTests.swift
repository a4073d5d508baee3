import RoostCore
import Testing

/// Shields: C10, and what C5, C7, K7 and L2a say where they are switched.
struct ShieldTests {
  /// What may happen to a task between two turns of the loop.
  private enum Move: CaseIterable {
    case cancelGroup
    case cancelTask
    case on
    case off
  }

  /// What C2 and C10 say of a task after each of some moves.
  private struct Definition {
    var groupIsCancelled = false
    var taskIsCancelled = false
    var isShielded = false
    /// At any moment so far.
    var wasReached = false

    var isCancelled: Bool { taskIsCancelled || groupIsCancelled && !isShielded }

    mutating func make(_ move: Move) {
      switch move {
      case .cancelGroup: groupIsCancelled = true
      case .cancelTask: taskIsCancelled = true
      case .on: isShielded = true
      case .off: isShielded = false
      }
      wasReached = wasReached || isCancelled
    }
  }

  private func make(_ move: Move, _ group: Handle, _ task: Handle, _ world: World) throws {
    switch move {
    case .cancelGroup: try world.cancel(group)
    case .cancelTask: try world.cancel(task)
    case .on: try world.setShield(task, true)
    case .off: try world.setShield(task, false)
    }
  }

  private static let moves = (1...5).flatMap { everyList(of: Move.allCases, length: $0) }

  @Test
  func
    `C5, C10, K7: on_cancel is called where it is due in the end, a wait ends where it ever was`()
    throws
  {
    for moves in Self.moves {
      try inWorld { world in
        let group = try world.group("g")
        var wasTold = 0
        let task = try world.job("", in: group, lasts: 9) { task in
          try world.after(2, in: task, "w")
        } onCancel: { _, _ in
          wasTold += 1
          return .pending
        }
        var definition = Definition()
        try world.at(1) {
          for move in moves {
            try make(move, group, task, world)
            definition.make(move)
            try #expect(world.isCancelled(task) == definition.isCancelled, "\(moves)")
          }
        }
        try world.run()
        #expect(wasTold == (definition.isCancelled ? 1 : 0), "\(moves)")
        #expect(world.log == (definition.wasReached ? "@1 w=CANCELLED" : "@2 w=0"), "\(moves)")
      }
    }
  }

  @Test func `L2a: a queued task starts where it never was cancelled`() throws {
    for moves in Self.moves {
      try inWorld { world in
        let group = try world.group("g", limit: 1)
        let other = try world.endless("a", in: group)
        let task = try world.job("b", in: group)
        try world.cleanup("c", of: task)
        var definition = Definition()
        try world.at(1) {
          for move in moves {
            try make(move, group, task, world)
            definition.make(move)
          }
        }
        try world.at(2) { try world.finish(other, .ok) }
        try world.run()
        let expected = definition.wasReached ? "a+ @1 c:cancelled:new" : "a+ @2 b+ c:completed"
        #expect(world.log == expected, "\(moves)")
      }
    }
  }

  @Test func `C7, C8: in a chain with shields, the node absorbs that sees nothing further out`()
    throws
  {
    for shields in everyList(of: [false, true], length: 3) {
      for times in everyList(of: [nil, 0] as [Double?], length: 3) {
        try inWorld { world in
          let chain = ShieldedChain(
            graces: [nil, nil, nil], shields: shields, cancelTimes: times,
            deadlines: [nil, nil, nil])
          var nodes: [Handle] = []
          for index in 0..<3 {
            nodes.append(try world.scope("\(index)", in: nodes.last, .shielded(shields[index])))
          }
          for index in 0..<3 where times[index] != nil { try world.cancel(nodes[index]) }
          // Each closing takes what the one within has answered.
          var status: Status = chain.isCancelled(2, 0) ? .cancelled : .ok
          var expected: [String] = []
          for index in (0..<3).reversed() {
            try world.join(nodes[index], status)
            let absorbs = chain.source(of: index, 0) == index
            expected.append(
              "\(index)=" + (status == .ok ? "0" : absorbs ? "0^" : "CANCELLED"))
            if absorbs { status = .ok }
          }
          try world.run()
          #expect(world.log == expected.joined(separator: " "), "\(shields) \(times)")
        }
      }
    }
  }

  @Test func `C10, K2: a cleanup's shield cannot be switched, nor that of what is ending`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.cleanup("c", of: group) { task, _ in
        #expect(refusal { try world.setShield(task, false) } == .invalid)
        #expect(refusal { try world.setShield(group, true) } == .closed)
      }
      try world.join(group)
      try world.run()
      #expect(refusal { try world.setShield(group, true) } == .stale)
      #expect(world.log == "c:completed g=0")
    }
  }
}
