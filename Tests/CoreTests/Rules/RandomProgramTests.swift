import RoostCore
import Testing

/// Programs of random steps, always the same for a seed. Whatever they do, the promises about the
/// whole tree hold: T2, C2, C3a, C9, K1, K6, L2, S2a, S2b; and those that a World sees to: C5, K5.
struct RandomProgramTests {
  @Test(arguments: 1...60) func `T2, C2, C9, K1, L2, S2b: hold in a random program`(seed: UInt64)
    throws
  {
    try inWorld { world in
      let program = try Program(world, seed)
      for second in 1...10 { try world.at(Double(second)) { try program.act(8) } }
      try program.act(8)
      try world.run()
      try world.close()
      program.checkEnd()
    }
  }
}

private final class Program {
  private struct Node {
    var handle: Handle
    var kind: Kind
    var parent: Int?
    var limit = 0
    var isCleanup = false
    var hasEnded = false
    var starts = 0
    /// The cleanups registered on it that have not begun.
    var stack: [Int] = []
  }

  private struct Cleanup {
    var handle: Handle
    var node: Int
    var runs = 0
    var isTakenBack = false
  }

  private struct Wait {
    var handle: Handle
    var calls = 0
    var isTakenBack = false
  }

  private let world: World
  private var random: Seeded
  private var nodes: [Node]
  private var cleanups: [Cleanup] = []
  private var waits: [Wait] = []
  private var budget = 400

  init(_ world: World, _ seed: UInt64) throws {
    self.world = world
    random = Seeded(seed)
    nodes = [Node(handle: world.root, kind: .group, parent: nil)]
  }

  // MARK: What it does

  /// Does so many random things, as code of whoever runs, and looks at the tree.
  func act(_ times: Int) throws {
    for _ in 0..<times where budget > 0 {
      budget -= 1
      do {
        try step()
      } catch let failure as Failure {
        let isFair = [.stale, .closed, .done, .order, .invalid, .wrongKind, .deadlock].contains(
          failure.status)
        #expect(isFair, "B1: too late, too early or twice it may be: \(failure)")
      }
    }
    try check()
  }

  private func step() throws {
    guard nodes.count > 1 else { return try spawn(in: 0) }
    switch random.below(24) {
    case 0..<6: try spawn(in: groupOrRoot())
    case 6: try openGroup(in: anyNode())
    case 7: try openScope(in: anyNode())
    case 8..<11: try register(on: anyNode())
    case 11..<13: try world.cancel(nodes[anyNodeButRoot()].handle)
    case 13..<15: try join(anyNodeButRoot())
    case 15..<18: try wait(in: anyNode())
    case 18: try park(in: anyNode())
    case 19: try unwait()
    case 20: try undefer()
    case 21: try finish(anyNodeButRoot())
    case 22: try world.release(nodes[anyNode()].handle)
    default: _ = try Engine.setDeadline(nodes[anyNodeButRoot()].handle, instant())
    }
  }

  private func groupOrRoot() -> Int {
    let node = anyNode()
    return nodes[node].kind == .group ? node : 0
  }
  /// Mostly one that is alive.
  private func anyNode(from first: Int = 0) -> Int {
    let alive = nodes.indices.filter { $0 >= first && !hasEnded($0) }
    guard !alive.isEmpty, random.chance(90) else {
      return first + random.below(nodes.count - first)
    }
    return random.pick(alive)
  }
  private func anyNodeButRoot() -> Int { anyNode(from: 1) }
  private func duration() -> Double { Double(random.below(6)) / 2 }
  private func instant() throws -> UInt64 {
    try Engine.now(world.runtime) + UInt64(seconds(duration()))
  }
  private func outcome() -> Status { random.pick([.ok, .ok, .ok, Status(7), .eio, .cancelled]) }
  private func options() throws -> NodeOptions {
    guard random.chance(20) else { return NodeOptions() }
    return .deadline(try instant(), moveOn: random.chance(50))
  }

  private func spawn(in group: Int) throws {
    let index = nodes.count
    let start: (Handle) throws -> Status = { [unowned self] task in
      nodes[index].starts += 1
      checkLimit(of: group)
      try act(random.below(3))
      return try live(task)
    }
    let onCancel: (Handle, Why) throws -> Status = { [unowned self] task, _ in
      #expect(nodes[index].starts == 1)
      try act(random.below(2))
      return random.pick([.ok, .eio, .pending])
    }
    let handle = try world.spawn(
      "", in: nodes[group].handle, held: random.chance(30), options(), start: start,
      onCancel: random.chance(50) ? onCancel : nil)
    nodes.append(Node(handle: handle, kind: .task, parent: group))
  }

  /// Goes on for a while, as a task or a cleanup, and ends somehow.
  private func live(_ task: Handle) throws -> Status {
    guard random.chance(60) else {
      let status = outcome()
      return status.code > 0 ? .ok : status
    }
    // Somebody may have ended it meanwhile.
    let refused = refusal {
      try world.after(duration(), in: task) { [unowned self] status in
        try act(random.below(3))
        if random.chance(70) || budget == 0 {
          _ = refusal { try world.finish(task, status == .cancelled ? status : outcome()) }
        } else if try live(task) != .pending {
          _ = refusal { try world.finish(task, outcome()) }
        }
      }
    }
    return refused == nil ? .pending : .ok
  }

  private func openGroup(in parent: Int) throws {
    let limit = random.chance(40) ? 1 + random.below(3) : 0
    let handle = try world.group(
      "", in: nodes[parent].handle, failFast: random.chance(50), limit: UInt64(limit), options())
    nodes.append(Node(handle: handle, kind: .group, parent: parent, limit: limit))
  }

  private func openScope(in parent: Int) throws {
    let handle = try world.scope("", in: nodes[parent].handle, options())
    nodes.append(Node(handle: handle, kind: .scope, parent: parent))
  }

  private func register(on node: Int) throws {
    let index = cleanups.count
    let goesOn = random.chance(50)
    let handle = try world.cleanup("", of: nodes[node].handle, ends: goesOn ? .pending : .ok) {
      [unowned self] task, _ in
      cleanups[index].runs += 1
      #expect(
        nodes[node].stack.popLast() == index, "K1, K6: the last registered is the next to run")
      expectEnded(beneath: node)
      nodes.append(Node(handle: task, kind: .task, parent: node, isCleanup: true, starts: 1))
      try act(random.below(2))
      guard goesOn, try live(task) != .pending else { return }
      _ = refusal { try world.finish(task, outcome()) }
    }
    cleanups.append(Cleanup(handle: handle, node: node))
    nodes[node].stack.append(index)
  }

  private func join(_ node: Int) throws {
    guard random.chance(70) else { return try world.joinSilently(nodes[node].handle, outcome()) }
    try world.join(nodes[node].handle, outcome()) { [unowned self] _ in
      expectEnded(beneath: node)
      #expect(nodes[node].stack.isEmpty, "K1: its cleanups have run")
      try act(random.below(2))
    }
  }

  private func wait(in node: Int) throws {
    let index = waits.count
    let wasCancelled = try world.isCancelled(nodes[node].handle)
    let done: (Status) throws -> Void = { [unowned self] status in
      waits[index].calls += 1
      if wasCancelled { #expect(status == .cancelled, "C3a") }
      try act(random.below(2))
    }
    let subject = nodes[anyNode()]
    // A group or scope may stay open, for want of a join.
    let handle =
      subject.kind == .task
      ? try world.onEnd(of: subject.handle, in: nodes[node].handle, "", then: done)
      : try world.after(duration(), in: nodes[node].handle, done)
    waits.append(Wait(handle: handle))
  }

  private func park(in node: Int) throws {
    let index = waits.count
    let wakesItself = random.chance(50)
    let handle = try world.park(in: nodes[node].handle, "") { [unowned self] _ in
      waits[index].calls += 1
    } abort: { [unowned self] wait in
      guard wakesItself else { return .ok }
      try world.wake(wait, .ok)
      return .pending
    }
    waits.append(Wait(handle: handle))
    try world.after(duration()) { [unowned self] _ in
      _ = refusal { try world.wake(handle, .ok) }
    }
  }

  private func unwait() throws {
    guard !waits.isEmpty else { return }
    let index = random.below(waits.count)
    try world.unwait(waits[index].handle)
    waits[index].isTakenBack = true
  }

  private func undefer() throws {
    guard !cleanups.isEmpty else { return }
    let index = random.below(cleanups.count)
    try Engine.undefer(cleanups[index].handle)
    cleanups[index].isTakenBack = true
    nodes[cleanups[index].node].stack.removeAll { $0 == index }
  }

  private func finish(_ node: Int) throws {
    guard nodes[node].kind == .task else { return }
    try world.finish(nodes[node].handle, outcome())
  }

  // MARK: What holds

  private func hasEnded(_ node: Int) -> Bool {
    if nodes[node].hasEnded { return true }
    nodes[node].hasEnded = refusal { try Engine.cancelCalled(nodes[node].handle) } == .stale
    return nodes[node].hasEnded
  }

  private func expectEnded(beneath node: Int) {
    for (index, child) in nodes.enumerated() where child.parent == node && !child.isCleanup {
      #expect(hasEnded(index), "T2: what was opened in a node ends before it")
    }
  }

  private func checkLimit(of group: Int) {
    guard nodes[group].limit > 0 else { return }
    let running = nodes.indices.filter {
      nodes[$0].parent == group && nodes[$0].starts == 1 && !nodes[$0].isCleanup
        && nodes[$0].kind == .task && !hasEnded($0)
    }
    #expect(running.count <= nodes[group].limit, "L2")
  }

  private func check() throws {
    // Between a close and its end the handles are stale.
    guard !hasEnded(0) else { return }
    // What applies to each node; nil where it is not cancelled, or has ended.
    var reasons: [Handle?] = []
    for (index, node) in nodes.enumerated() {
      guard !hasEnded(index) else {
        reasons.append(nil)
        continue
      }
      if let parent = node.parent { #expect(!hasEnded(parent), "T2: no node outlives its parent") }
      let isCalled = try Engine.cancelCalled(node.handle)
      let around = node.isCleanup ? nil : node.parent.flatMap { reasons[$0] }
      let expected = around ?? (isCalled ? node.handle : nil)
      try #expect(world.isCancelled(node.handle) == (expected != nil), "C2")
      let why = try world.why(node.handle)
      if why?.origin != .failedSibling { #expect(why?.node == expected, "C9") }
      reasons.append(expected)
    }
  }

  /// When the runtime has gone.
  func checkEnd() {
    #expect(nodes.indices.allSatisfy(hasEnded), "T2, T3")
    for node in nodes where node.kind == .task { #expect(node.starts <= 1, "S2a") }
    for cleanup in cleanups { #expect(cleanup.runs == (cleanup.isTakenBack ? 0 : 1), "K1") }
    for wait in waits { #expect(wait.calls <= (wait.isTakenBack ? 0 : 1), "S2b") }
  }
}
