import RoostCore
import Testing

/// Filters: G2, with every policy, every verdict, and every source of errors.
struct FilterTests {
  /// What fails, a second after the beginning; in a race none of it takes part.
  enum Source: CaseIterable {
    case task, daemon, cleanup, body, nested, deadline, leftOpen

    var error: String {
      switch self {
      case .task, .daemon: "a:EIO"
      case .cleanup: "cleanup of a:EIO"
      case .body: "g:EIO"
      case .nested: "h:EIO"
      case .deadline: "a:ETIMEDOUT"
      case .leftOpen: "a:EUNCLOSED"
      }
    }

    var listed: String {
      switch self {
      case .nested: "h:EIO[a:EIO]"
      case .leftOpen: "a:EUNCLOSED[s:EUNCLOSED]"
      default: error
      }
    }

    /// Whether it makes a race fail that was won (G2b).
    var isRaised: Bool { self == .cleanup || self == .body }
  }

  private func fail(_ source: Source, in group: Handle, _ world: World) throws {
    switch source {
    case .task: try world.job("a", in: group, lasts: 1, ends: .eio)
    case .daemon: try world.daemon("a", in: group, lasts: 1, ends: .eio)
    case .cleanup:
      let owner = try world.daemon("a", in: group, lasts: 1)
      try world.cleanup("", of: owner, ends: .eio)
    case .body: break
    case .nested:
      let nested = try world.group("h", in: group)
      try world.job("a", in: nested, lasts: 1, ends: .eio)
      try world.joinSilently(nested)
    case .deadline: try world.job("a", in: group, lasts: 9, .timeout(1))
    case .leftOpen: try world.daemon("a", in: group, lasts: 1) { try world.scope("s", in: $0) }
    }
    try world.at(1) { try world.join(group, source == .body ? .eio : .ok) }
  }

  /// What becomes of a group in which another task, z, goes on for five seconds.
  private func expected(_ policy: Policy, _ verdict: Verdict, _ source: Source) -> String {
    let code = String(source.error.split(separator: ":")[1])
    let isCancelled = verdict == .cancelRest
    let isWon = policy == .race && !isCancelled
    let isListed = verdict != .drop
    let fails = isListed && (!isWon || source.isRaised)
    return (isCancelled ? "z! g=" : "@5 z- g=") + (fails ? code : "0") + (isCancelled ? "^" : "")
      + (isListed ? "[\(source.listed)]" : "")
  }

  @Test func `G2: with every policy, each verdict for each source`() throws {
    for policy in [Policy.failFast, .supervise, .race] {
      for verdict in Verdict.allCases {
        for source in Source.allCases {
          try inWorld { world in
            var count = 0
            let group = try world.filtered("g", policy) { error in
              count += 1
              #expect("\(error.name):\(word(error.status))" == source.error)
              return verdict
            }
            try world.job("z", in: group, lasts: 5)
            try fail(source, in: group, world)
            try world.run()
            #expect(count == 1)
            let expected = expected(policy, verdict, source)
            #expect(world.log.hasSuffix(expected), "\(policy) \(verdict) \(source): \(world.log)")
          }
        }
      }
    }
  }

  @Test func `G2: each of a thousand errors is asked for once, in their order`() throws {
    try inWorld { world in
      var asked: [Int32] = []
      let group = try world.filtered("", .supervise) { error in
        asked.append(-1000 - error.status.code)
        return Verdict.allCases[asked.count % 3 == 1 ? 0 : 2]
      }
      for number in 1...1000 {
        try world.job(
          "", in: group, lasts: Double(1 + number % 7), ends: Status(Int32(-1000 - number)))
      }
      try world.join(group) { joined in
        let order = (1...1000).sorted { ($0 % 7, $0) < ($1 % 7, $1) }.map(Int32.init)
        #expect(asked == order)
        let kept = order.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        #expect(joined.errors.map { -1000 - $0.status.code } == kept)
      }
      try world.run()
    }
  }

  @Test func `G2: filters of groups in groups: each is asked for what the inner one let through`()
    throws
  {
    for (depth, verdict) in [(3, Verdict.record), (1, .drop)] {
      try inWorld { world in
        var inner = world.root
        var groups: [Handle] = []
        for name in ["x", "y", "z"] {
          inner = try world.filtered(name, in: inner) { _ in verdict }
          groups.append(inner)
        }
        try world.job("a", in: inner, ends: .eio)
        for group in groups.reversed().dropLast() { try world.joinSilently(group) }
        try world.join(groups[0])
        try world.run()
        #expect(world.log.split(separator: " ").filter { $0.hasPrefix("[") }.count == depth)
        #expect(
          world.log.hasSuffix(verdict == .drop ? "x=0" : "x=EIO[y:EIO[z:EIO[a:EIO]]]"))
      }
    }
  }

  @Test func `G2, L4: it may report for a task that is pending`() throws {
    try inWorld { world in
      var pending: Handle?
      let group = try world.filtered("g") { _ in
        try world.report(#require(pending), 5)
        return .cancelRest
      }
      pending = try world.start("b", in: group, from: world.root, lasts: 9).task
      try world.job("a", in: group, lasts: 1, ends: .eio)
      try world.join(group)
      try world.run()
      #expect(world.log == "b+ a+ @1 a- [a:EIO b?=5 b! g=EIO^[a:EIO]")
    }
  }
}
