// Two-phase shutdown (C12): the subtree is marked as stopping, and what has not ended when the
// patience is over is cancelled. The mark passes shields, is inherited, and never goes back (C12a).

extension Engine {
  /// Shuts a node down, from any thread; ALREADY where an earlier one was sooner.
  public static func shutdown(_ handle: Handle, patience: Int64) throws(Failure) -> Status {
    guard let (runtime, node) = try findOrAsk(handle, .node) else {
      return try askToShutDown(handle, patience: patience)
    }
    return try runtime.shutdown(node, patience)
  }

  /// Whether a node, or one around it, is being shut down.
  public static func isStopping(_ handle: Handle) throws(Failure) -> Bool {
    let (runtime, node) = try find(handle, .node)
    runtime.look()
    return nodes[node].flags.contains(.stopping)
  }
}

extension Runtime {
  func shutdown(_ node: Slot, _ patience: Int64) throws(Failure) -> Status {
    let isSooner = patience > 0 ? try wait(patience, for: node) : false
    linkCleanup()
    let isFirst = !nodes[node].flags.contains(.stopping)
    if isFirst { markStopping(node) }
    guard patience <= 0 else { return isFirst || isSooner ? .ok : .already }
    let status = unsafe cancel(node, .shutdown)
    return isFirst ? .ok : status
  }

  /// Sets the end of the patience, or brings it forward; false where it was sooner before.
  private func wait(_ patience: Int64, for node: Slot) throws(Failure) -> Bool {
    let (end, overflow) = now().addingReportingOverflow(UInt64(patience))
    guard patience != .max, !overflow, end < UInt64(Int64.max) else { return false }
    guard !nodes[node].flags.contains(.cancelCalled) else { return false }
    detail(node)
    let timer = details[node].patience
    if timer == 0 {
      let timer = state.timers.insert(end, Reference(node: node, .patience))
      guard timer != 0 else { throw Failure(.noMemory, handle(node), "no memory for its patience") }
      details[node].patience = timer
    } else {
      guard end < state.timers.deadline(timer) else { return false }
      state.timers.move(timer, to: end)
    }
    return true
  }

  /// From the queue of timers.
  func patienceOver(_ node: Slot) {
    details[node].patience = 0
    unsafe cancel(node, .shutdown)
  }

  /// All beneath a node that is stopping is so already.
  func markStopping(_ top: Slot) {
    walk(top) { node in
      guard !nodes[node].flags.contains(.stopping) else { return false }
      nodes[node].flags.insert(.stopping)
      if nodes[node].flags.contains(.untilStopping) { takeWaits(of: node) }
      return true
    }
  }

  private func takeWaits(of node: Slot) {
    var wait = nodes[node].waits
    while wait != 0 {
      let next = waits[wait].next
      if waits[wait].state == .waiting { take(wait, .stopping) }
      wait = next
    }
  }
}
