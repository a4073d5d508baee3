/// Why somebody cancels, as the caller gives it (C9).
@safe
public struct CancelOptions {
  /// `explicit`, `signal` or `host` are for callers to give.
  public var origin = Origin.explicit
  /// Any number, for the program's own use.
  public var code: Int64 = 0
  /// Copied, and cut to 63 bytes at a character; nil for none.
  public var message: UnsafePointer<CChar>? = nil

  /// An explicit cancellation that says no more.
  public init() {}
}

// A cancellation is never taken back (C1); a mark, which says that one reaches the node, only by a
// shield that is switched on. The whole subtree is marked before anything is queued that tells of
// it, and nobody's code runs meanwhile (C5). The walk follows the links, so it uses no stack and no
// memory, and it stops at what is marked already: its cost is the number of nodes that it reaches
// (C15).

extension Runtime {
  /// Cancels a node; ALREADY where it was cancelled itself before. `began` is the node that the
  /// reason names, by default this one.
  @discardableResult
  func cancel(
    _ node: Slot, _ origin: Origin, code: Int64 = 0, message: UnsafePointer<CChar>? = nil,
    began: Slot = 0
  ) -> Status {
    guard !nodes[node].flags.contains(.cancelCalled) else { return .already }
    nodes[node].flags.insert(.cancelCalled)
    let beginning = began == 0 ? node : began
    cancelTimes[node] = now()
    if reportsStalls { watchForStall(node) }
    reasons[node].size = UInt64(MemoryLayout<Reason>.size)
    reasons[node].origin = origin.rawValue
    reasons[node].code = code
    reasons[node].node = handle(beginning).id
    unsafe Name.copy(message, to: &reasons[node].message)
    unsafe Name.copy(name(beginning), to: &reasons[node].name)
    if !nodes[node].flags.contains(.cancelled) {
      if hasNoGrace(node) { markTop(node) } else { mark(node) }
    }
    if nodes[node].flags.contains(.traced) { traceCancel(node, nodes.row(node)) }
    if nodes[node].flags.contains(.graced) { startGrace(node) }
    return .ok
  }

  /// Marks a node alone, whose cancellation passes all shields: that walk will mark the rest, so
  /// that all is told in spawn order (C5), whether it was shielded or not.
  private func markTop(_ node: Slot) {
    let row = nodes.row(node)
    row[].flags.insert(.cancelled)
    row.showMark(1)
    row[].source = node
    if row[].kind != .task { row[].flags.insert(.bodyOfSource) }
    if state.usesGrace { sinces[node] = firstCancellation(of: node) }
    deliver(node, row)
  }

  /// Marks a subtree, and queues what is to be told of it, in spawn order.
  private func mark(_ top: Slot) {
    if state.usesGrace { markGraced(top) } else { mark(top, since: 0) }
  }

  @inline(never)
  private func markGraced(_ top: Slot) { mark(top, since: firstCancellation(of: top)) }

  @inline(__always)
  private func mark(_ top: Slot, since: UInt64) {
    var (node, row) = (top, nodes.row(top))
    while true {
      row[].flags.insert(.cancelled)
      row.showMark(1)
      row[].source = top
      if since != 0 { sinces[node] = since }
      if row[].kind != .task, node == top || nodes[row[].parent].flags.contains(.bodyOfSource) {
        row[].flags.insert(.bodyOfSource)
      }
      deliver(node, row)
      // Down where there is something to mark; else on, and up as far as needed.
      var (next, above) = (row[].first, row)
      search: while true {
        while next != 0 {
          row = nodes.row(next)
          row[].flags.insert(.parentCancelled)
          if row[].flags.isDisjoint(with: [.cancelled, .shielded]) { break search }
          if since != 0, row[].flags.isSuperset(of: [.shielded, .graced]), !holdsOff(next) {
            overrun(next)
            // One that was cancelled before is so for longer, and so is what it reaches.
            if !row[].flags.contains(.cancelled) { break search }
          }
          next = row[].next
        }
        if node == top { return }
        next = above[].next
        node = above[].parent
        above = nodes.row(node)
      }
      node = next
    }
  }

  /// Marks one node that sees its parent's cancellation; what is beneath it comes next.
  func markAlone(_ node: Slot) {
    let row = nodes.row(node)
    takeMark(row, nodes.row(row[].parent))
    deliver(node, row)
  }

  /// A node is cancelled through its parent.
  func takeMark(_ row: Place<Node>, _ above: Place<Node>) {
    row[].flags.insert(.cancelled)
    row.showMark(1)
    row[].source = above[].source
    if row[].kind != .task, above[].flags.contains(.bodyOfSource) {
      row[].flags.insert(.bodyOfSource)
    }
  }

  /// Queues what a freshly marked node has to be told: its body, then its waits (S2b).
  @inline(__always)
  private func deliver(_ node: Slot, _ row: Place<Node>) {
    if row[].state == .pending || row[].state == .running {
      deliverToBody(node, row)
    } else if row[].state == .queued {
      takeFromQueue(node)
      dismiss(node)  // L2a
    }
    var wait = row[].waits
    while wait != 0 {
      let next = waits[wait].next
      if waits[wait].state == .waiting { take(wait, .cancelled) }
      wait = next
    }
  }

  /// `on_cancel` is due, in a later turn (K7, C6a).
  @inline(__always)
  func deliverToBody(_ task: Slot, _ row: Place<Node>) {
    guard row[].flags.intersection([.detailed, .toldCancel]) == .detailed,
      unsafe details[task].onCancel != nil
    else { return }
    row[].flags.insert(.tellCancel)
    push(task, row)
  }

  /// The outermost cancelled node that is visible from a cancelled one: the one that will absorb,
  /// and whose reason applies (C9). Shortens the way for the next who asks.
  @inline(__always)
  func source(of node: Slot) -> Slot {
    let source = nodes[node].source
    return seesCancelledParent(source) ? outerSource(of: node) : source
  }

  /// All on the way remember the answer, so that a chain that was cancelled from the inside out is
  /// walked once, and not once for each of its nodes (C15).
  private func outerSource(of start: Slot) -> Slot {
    var (node, steps, lastTask) = (start, 0, -1)
    while true {
      if !nodes[node].flags.contains(.bodyOfSource) { lastTask = steps }
      let source = nodes[node].source
      guard seesCancelledParent(source) else { break }
      node = nodes[source].parent
      steps += 1
    }
    let outermost = nodes[node].source
    node = start
    for step in 0..<steps {
      let next = nodes[nodes[node].source].parent
      nodes[node].source = outermost
      if step <= lastTask { nodes[node].flags.remove(.bodyOfSource) }
      node = next
    }
    return outermost
  }

  @inline(__always)
  func seesCancelledParent(_ node: Slot) -> Bool {
    nodes[node].flags.intersection([.parentCancelled, .shielded]) == .parentCancelled
  }

  /// Whether a closing absorbs: the node is cancelled, and its parent's cancellation is not visible
  /// to it (C7).
  func absorbs(_ node: Slot) -> Bool {
    nodes[node].flags.contains(.cancelled) && !seesCancelledParent(node)
  }

  /// A wait has ended as cancelled. In a group or scope it was of that one's body, which was cut
  /// short by the one that will absorb (C8); in a task it is for the task to say how it ends (G5).
  func noteCutBody(_ node: Slot) {
    guard nodes[node].flags.contains(.cancelled) else { return }
    let source = source(of: node)
    if nodes[node].flags.contains(.bodyOfSource) { noteCutShort(by: source) }
  }

  /// A task or a body has ended as cancelled: the one that will absorb has caught it (C8).
  @inline(__always)
  func noteCutShort(by source: Slot) {
    if nodes[source].kind != .task { blocks[source].cutShort = true }
  }

  func noteCutDaemon(by source: Slot) {
    if nodes[source].kind != .task { blocks[source].cutDaemon = true }
  }
}

extension Engine {
  /// Cancels a node and all beneath it, from any thread (C1, C14).
  @discardableResult
  public static func cancel(_ handle: Handle, _ why: CancelOptions) throws(Failure) -> Status {
    try check(why, handle)
    guard let (runtime, node) = try findOrAsk(handle, .node) else {
      return try askToCancel(handle, why)
    }
    return unsafe runtime.cancel(node, why.origin, code: why.code, message: why.message)
  }

  static func check(_ why: CancelOptions, _ handle: Handle) throws(Failure) {
    guard why.origin == .explicit || why.origin == .signal || why.origin == .host else {
      throw Failure(.invalid, handle, "is cancelled with an origin that is not a caller's to give")
    }
  }

  /// Whether a node is effectively cancelled (C2), once the clock and the inbox were looked at; on
  /// another thread, the mark alone is (K7).
  public static func isCancelled(_ handle: Handle) throws(Failure) -> Bool {
    guard let (runtime, node) = try findOrAsk(handle, .node) else { return try readMark(handle) }
    if !nodes[node].flags.contains(.cancelled) { runtime.look() }
    return nodes[node].flags.contains(.cancelled)
  }

  /// Whether a node itself was cancelled (C8, D1).
  public static func cancelCalled(_ handle: Handle) throws(Failure) -> Bool {
    let (runtime, node) = try find(handle, .node)
    runtime.look()
    return nodes[node].flags.contains(.cancelCalled)
  }

  /// Whether a cancellation has cut work short that a group's or scope's closing would absorb (C8).
  public static func cancelledCaught(_ handle: Handle) throws(Failure) -> Bool {
    let (runtime, node) = try find(handle, .block)
    return runtime.hasCaught(node)
  }

  /// The reason that applies to a node (C9); nil where it is not cancelled.
  public static func reason(of handle: Handle) throws(Failure) -> UnsafePointer<Reason>? {
    let (runtime, node) = try find(handle, .node)
    runtime.look()
    return unsafe runtime.reason(node)
  }
}

extension Runtime {
  @inline(__always)
  func reason(_ node: Slot) -> UnsafePointer<Reason>? {
    guard nodes[node].flags.contains(.cancelled) else { return nil }
    return unsafe UnsafePointer(reasons.pointer(source(of: node)))
  }

  /// The reason for which a node has ended, also where a shield hides it by now: that is its own
  /// source then, and has the copy.
  func reasonOfEnd(_ node: Slot) -> UnsafePointer<Reason>? {
    guard wasReached(nodes.row(node)) else { return nil }
    return unsafe UnsafePointer(reasons.pointer(source(of: node)))
  }

  func hasCaught(_ block: Slot) -> Bool {
    let it = blocks.place(block)
    return absorbs(block) && (it[].cutShort || it[].passedOn || it[].cutDaemon)
  }
}
