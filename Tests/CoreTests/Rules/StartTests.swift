import RoostCore
import Testing

/// The start handshake: L4, in every combination of what may happen to those who take part.
struct StartTests {
  /// To the node that waits; the report comes at the second second.
  enum Caller: CaseIterable {
    case stays, cancelledBefore, cancelledAfter, takesBack, endsBefore, endsAfter
  }
  /// To the group that the task is meant for.
  enum Target: CaseIterable { case stays, joined, cancelledBefore, cancelledAfter }

  struct Case {
    var caller: Caller
    var target: Target
    var reports: Bool
    var isShielded: Bool
    var ends: Status
    var ifCut: Status

    /// When the task is cut short before it would report, or would have.
    var isCutBefore: Bool {
      switch caller {
      case .cancelledBefore: !isShielded
      case .takesBack, .endsBefore: true
      default: false
      }
    }
    var isMoved: Bool { reports && !isCutBefore && caller != .cancelledBefore }
    var isCutAfter: Bool {
      if isMoved { return !isShielded && [.cancelledBefore, .cancelledAfter].contains(target) }
      // It lasts for four seconds.
      return !isCutBefore && (caller == .endsAfter || caller == .cancelledAfter && !isShielded)
    }
    /// What the task's body comes to.
    var outcome: Status { isCutBefore || isCutAfter ? ifCut : ends }

    /// What the call is told; nil when nobody is.
    var told: Status? {
      if [.takesBack, .endsBefore].contains(caller) { return nil }
      if isMoved { return Status(5) }
      if caller == .endsAfter { return nil }
      if outcome == .eio { return .eio }
      return caller == .stays ? .notStarted : .cancelled
    }

    /// What the report is refused with.
    var refusal: Status? {
      isMoved ? nil : isCutBefore ? .stale : .cancelled
    }

    var result: String {
      guard isMoved else { return "0" }
      if outcome == .eio { return "EIO[a:EIO]" }
      return outcome == .cancelled ? "0^" : "0"
    }
  }

  private var cases: [Case] {
    var cases: [Case] = []
    for caller in Caller.allCases {
      for target in Target.allCases {
        for bits in 0..<16 {
          cases.append(
            Case(
              caller: caller, target: target, reports: bits & 1 == 0, isShielded: bits & 2 != 0,
              ends: bits & 4 == 0 ? .ok : .eio, ifCut: bits & 8 == 0 ? .cancelled : .eio))
        }
      }
    }
    return cases
  }

  private func play(_ it: Case, in world: World) throws {
    let group = try world.group("g")
    let scope = try world.scope("s")
    var (task, wait): (Handle?, Handle?)
    let begin: (Handle) throws -> Void = { caller in
      (task, wait) = try world.start(
        "a", in: group, from: caller, lasts: 4, ends: it.ends, ifCut: it.ifCut,
        it.isShielded ? .shielded() : NodeOptions())
    }
    switch it.caller {
    case .endsBefore: try world.job("", lasts: 1, body: begin)
    case .endsAfter: try world.job("", lasts: 3, body: begin)
    default: try begin(scope)
    }
    let join = {
      try world.join(group) { #expect(word($0) == it.result, "\(it)") }
    }
    if it.target == .joined { try join() }
    try world.at(1) {
      if it.caller == .cancelledBefore { try world.cancel(scope) }
      if it.caller == .takesBack { try world.unwait(#require(wait)) }
      if it.target == .cancelledBefore { try world.cancel(group) }
    }
    try world.at(2) {
      guard it.reports else { return }
      let refused = refusal { try world.report(#require(task), 5) }
      #expect(refused == it.refusal, "\(it)")
    }
    try world.at(3) {
      if it.caller == .cancelledAfter { try world.cancel(scope) }
      if it.target == .cancelledAfter { try world.cancel(group) }
    }
    try world.at(9) { if it.target != .joined { try join() } }
    try world.run()
    let told = world.log.split(separator: " ").first { $0.hasPrefix("a?=") }
    #expect(told == it.told.map { "a?=\(word($0))" }.map { $0[...] }, "\(it): \(world.log)")
    // L4: an error of a start that nobody is told of is one of the caller's group.
    #expect(try world.close() == (it.told == nil && it.outcome == .eio ? .eio : .ok), "\(it)")
  }

  @Test func `L4: the caller, the group and the task, each with all that may happen`() throws {
    for it in cases { try inWorld { try play(it, in: $0) } }
  }

  @Test func `L4: a thousand starts at a time, each told its own value`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 3)
      for number in 0..<1000 {
        let task = try world.start(
          "a\(number)", in: group, from: world.root, lasts: Double(2 + number % 5)
        ).task
        try world.at(1) { try world.report(task, Int32(number)) }
      }
      try world.join(group)
      try world.run()
      let words = Set(world.log.split(separator: " "))
      #expect((0..<1000).allSatisfy { words.contains("a\($0)?=\($0)") })
      #expect(world.log.hasSuffix("g=0"))
    }
  }

  @Test func `L4: a task that is pending may itself wait for others to start`() throws {
    try inWorld { world in
      let (outer, inner) = (try world.group("outer"), try world.group("inner"))
      try world.start("a", in: outer, from: world.root, lasts: 5) { task in
        let other = try world.start("b", in: inner, from: task, lasts: 4).task
        try world.at(1) { try world.report(task, 1) }
        try world.at(2) { try world.cancel(outer) }
        try world.at(3) { #expect(refusal { try world.report(other) } == .stale) }
      }
      try world.join(outer)
      try world.join(inner)
      try world.run()
      #expect(world.log.hasPrefix("a+ b+ @1 a?=1 @2 "))
      #expect(!world.log.contains("b-") && !world.log.contains("@3"))
      #expect(world.log.contains("outer=0^") && world.log.contains("inner=0"))
    }
  }
}
