// Waits for a node's end (L5): the node has a list of its watchers, in the order in which they
// began.

extension Engine {
  /// Waits in one node for the end of another, without cancelling it.
  @discardableResult
  public static func onEnd(
    of subject: Handle, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, of) = try findAwaitable(subject)
    let (other, node) = try find(handle, .node)
    guard unsafe runtime.raw == other.raw else {
      throw Failure(.foreign, handle, "belongs to another runtime than what it shall wait for")
    }
    guard !runtime.contains(of, node) else {
      throw Failure(.deadlock, subject, "would wait for itself; wait in a node outside of it")
    }
    let wait = try unsafe runtime.beginWait(in: node, .end, done, data, drop)
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      if nodes[of].state.isGone {
        runtime.complete(wait, runtime.awaited(of))
      } else {
        runtime.linkWatcher(wait, of: of)
      }
    }
    return runtime.handle(wait: wait)
  }
}

extension Engine {
  /// A node, or a task that has ended and is kept.
  private static func findAwaitable(_ handle: Handle) throws(Failure) -> (Runtime, Slot) {
    handle.kindNumber == Kind.task.rawValue ? try findKept(handle) : try find(handle, .node)
  }

  /// Cancels a node, and waits in another for its end (C12b). Where it would wait for itself, it is
  /// cancelled all the same.
  @discardableResult
  public static func cancelAndWait(
    _ subject: Handle, in handle: Handle, _ why: CancelOptions, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    try check(why, subject)
    let wait: Handle
    do {
      wait = try unsafe onEnd(of: subject, in: handle, done, data, drop)
    } catch {
      if error.status == .deadlock { try cancel(subject, why) }
      throw error
    }
    let (runtime, of) = try findAwaitable(subject)
    if !nodes[of].state.isGone {
      unsafe runtime.cancel(of, why.origin, code: why.code, message: why.message)
    }
    return wait
  }
}

extension Runtime {
  /// Whether a node is another, or around it.
  fileprivate func contains(_ outer: Slot, _ inner: Slot) -> Bool {
    var node = inner
    while node != 0, node != outer { node = nodes[node].parent }
    return node == outer
  }

  fileprivate func linkWatcher(_ wait: Slot, of node: Slot) {
    detail(node)
    waits[wait].subject = node
    details[node].watchers.append(wait)
  }

  func unlinkWatcher(_ wait: Slot) {
    let node = waits[wait].subject
    guard node != 0 else { return }
    waits[wait].subject = 0
    details[node].watchers.remove(wait)
  }

  /// The end has come: each watcher is woken, once, in order.
  func tellWatchers(of node: Slot, _ code: Int32) {
    while !details[node].watchers.isEmpty {
      let wait = details[node].watchers.first
      unlinkWatcher(wait)
      complete(wait, code)
    }
  }
}
