/// Why somebody cancels, as the caller gives it (C9).
public struct CancelOptions {
  public var origin = Origin.explicit
  public var code: Int64 = 0
  public var message: UnsafePointer<CChar>? = nil

  public init() {}
}

// A mark is set once and never taken back (C1). The whole subtree is marked before anything is
// queued that tells of it, and nobody's code runs meanwhile (C5). The walk follows the links, so it
// uses no stack and no memory, and it stops at what is marked already: its cost is the number of
// nodes that it reaches (C15).

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
    reasons[node].size = UInt64(MemoryLayout<Reason>.size)
    reasons[node].origin = origin.rawValue
    reasons[node].code = code
    reasons[node].node = handle(beginning).id
    unsafe Name.copy(message, to: &reasons[node].message)
    unsafe Name.copy(name(beginning), to: &reasons[node].name)
    if !nodes[node].flags.contains(.cancelled) { mark(node) }
    return .ok
  }

  /// Marks a subtree, and queues what is to be told of it, in spawn order.
  private func mark(_ top: Slot) {
    var node = top
    while true {
      nodes[node].flags.insert(.cancelled)
      nodes[node].source = top
      deliver(node)
      var next = nodes[node].first
      // Down where there is something to mark; else on, and up as far as needed.
      while true {
        while next != 0,
          !nodes[next].flags.isDisjoint(with: [.cancelled, .shielded])
        {
          next = nodes[next].next
        }
        if next != 0 { break }
        if node == top { return }
        next = nodes[node].next
        node = nodes[node].parent
      }
      node = next
    }
  }

  /// Queues what a freshly marked node has to be told: its body, then its waits (S2b).
  @inline(__always)
  private func deliver(_ node: Slot) {
    if nodes[node].state == .pending {
      deliverToBody(node)
    } else if nodes[node].state == .queued {
      takeFromQueue(node)
      dismiss(node)  // L2a
    }
    var wait = nodes[node].waits
    while wait != 0 {
      let next = waits[wait].next
      if waits[wait].state == .waiting { take(wait) }
      wait = next
    }
  }

  /// `on_cancel` is due, in a later turn (K7, C6a).
  @inline(__always)
  func deliverToBody(_ task: Slot) {
    guard nodes[task].flags.contains(.detailed), unsafe details[task].onCancel != nil else { return }
    nodes[task].flags.insert(.tellCancel)
    push(Reference(node: task))
  }

  /// The outermost cancelled node that is visible from a cancelled one: the one that will absorb,
  /// and whose reason applies (C9). Shortens the way for the next who asks.
  func source(of node: Slot) -> Slot {
    var source = nodes[node].source
    while true {
      let parent = nodes[source].parent
      guard parent != 0, nodes[parent].flags.contains(.cancelled),
        !nodes[source].flags.contains(.shielded)
      else { break }
      source = nodes[parent].source
    }
    nodes[node].source = source
    return source
  }

  /// Whether a closing absorbs: the node is cancelled, and its parent's cancellation is not visible
  /// to it (C7).
  func absorbs(_ node: Slot) -> Bool {
    guard nodes[node].flags.contains(.cancelled) else { return false }
    let parent = nodes[node].parent
    return parent == 0 || !nodes[parent].flags.contains(.cancelled)
      || nodes[node].flags.contains(.shielded)
  }

  /// Something of a node has ended as cancelled: the one that will absorb has caught it (C8).
  func noteCutShort(_ node: Slot) {
    guard nodes[node].flags.contains(.cancelled) else { return }
    let source = source(of: node)
    if nodes[source].kind != .task { blocks[source].cutShort = true }
  }
}

extension Engine {
  /// Cancels a node and all beneath it (C1).
  public static func cancel(_ handle: Handle, _ why: CancelOptions) throws(Failure) -> Status {
    let (runtime, node) = try find(handle, .node)
    return unsafe runtime.cancel(node, why.origin, code: why.code, message: why.message)
  }

  /// Whether a node is effectively cancelled (C2), once the clock was looked at (K7).
  public static func isCancelled(_ handle: Handle) throws(Failure) -> Bool {
    let (runtime, node) = try find(handle, .node)
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
  func reason(_ node: Slot) -> UnsafePointer<Reason>? {
    guard nodes[node].flags.contains(.cancelled) else { return nil }
    return unsafe UnsafePointer(reasons.pointer(source(of: node)))
  }

  func hasCaught(_ block: Slot) -> Bool {
    absorbs(block) && (blocks[block].cutShort || blocks[block].passedOn)
  }
}
