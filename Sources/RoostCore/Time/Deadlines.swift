internal import CShim

/// An entry of the queue that waits for its node to be there; `none` for no deadline.
struct PreparedTimer: Equatable {
  let index: TimerQueue.Index
  static let none = PreparedTimer(index: 0)
  static let failed = PreparedTimer(index: .max)
}

extension NodeOptions {
  @inline(__always)
  var hasTimeout: Bool { timeout != 0 && timeout != .max }
  @inline(__always)
  var hasDeadline: Bool { deadline != 0 && deadline < UInt64(Int64.max) }
}

extension Runtime {
  /// The time on the runtime's clock (D4).
  func now() -> UInt64 { state.isVirtual ? state.virtualNow : Loop.now() }

  /// Looks at what other threads have asked, and at the clock: what is due is marked as cancelled,
  /// or has ended, and is told later. Runs nobody's code (K7).
  func look() {
    if hasMail { takeMail() }
    guard state.timers.count != 0 else { return }
    let now = now()
    while let due = state.timers.popDue(now) { expire(due) }
  }

  func timerFired() {
    state.armed = .max
    look()
    if reportsStalls, !state.hasTurns, nextStall() <= now() { wantTurns() }
  }

  private func expire(_ due: Reference) {
    let slot = due.slot
    switch due.mark {
    case .deadline:
      details[slot].timer = 0
      unsafe cancel(slot, .deadline)
    case .wait:
      waits[slot].timer = 0
      switch waits[slot].kind {
      case .process: timeOver(ofChild: slot)
      case .write: graceOver(ofWrite: slot)
      default: complete(slot, 0)
      }
    case .patience: patienceOver(slot)
    case .passing: graceOver(slot)
    case .holding: shieldOver(slot)
    case .post, .primitive: break
    }
  }

  /// Room for the deadline that options ask for; the earlier of the two kinds counts. Without
  /// `since`, a relative timeout does not run yet.
  @inline(__always)
  func timerFor(_ options: NodeOptions, since now: UInt64?) -> PreparedTimer {
    guard options.hasTimeout || options.hasDeadline else { return .none }
    var deadline = options.hasDeadline ? options.deadline : UInt64.max
    if let now, options.hasTimeout {
      deadline = min(deadline, instant(after: options.timeout, since: now))
    }
    let index = state.timers.insert(deadline, .none)
    return index == 0 ? .failed : PreparedTimer(index: index)
  }

  func cancelTimer(_ timer: PreparedTimer) {
    if timer != .none { state.timers.remove(timer.index) }
  }

  @inline(__always)
  func own(_ timer: PreparedTimer, by node: Slot) {
    guard timer != .none else { return }
    detail(node)
    details[node].timer = timer.index
    state.timers.setOwner(timer.index, Reference(node: node))
  }

  func instant(after timeout: Int64, since now: UInt64) -> UInt64 {
    timeout < 0 ? now : now &+ UInt64(timeout)
  }

  /// A deadline that has passed at the opening cancels there (D1).
  func expireIfPassed(_ node: Slot) {
    guard nodes[node].flags.contains(.detailed) else { return }
    let timer = details[node].timer
    guard timer != 0, state.timers.deadline(timer) <= now() else { return }
    removeTimer(node)
    unsafe cancel(node, .deadline)
  }

  /// The first step begins: a relative timeout runs from now (D1).
  func startTimeout(_ task: Slot) {
    let timeout = details[task].timeout
    details[task].timeout = 0
    let timer = details[task].timer
    guard timer != 0 else { return }
    let deadline = instant(after: timeout, since: now())
    if deadline < state.timers.deadline(timer) { state.timers.move(timer, to: deadline) }
    expireIfPassed(task)
  }

  /// All that a node which ends has in the queue.
  func removeTimers(_ node: Slot) {
    removeTimer(node)
    let patience = details[node].patience
    details[node].patience = 0
    if patience != 0 { state.timers.remove(patience) }
    dropGrace(node)
  }

  @inline(__always)
  func removeTimer(_ node: Slot) {
    let timer = details[node].timer
    guard timer != 0 else { return }
    details[node].timer = 0
    state.timers.remove(timer)
  }
}

extension Engine {
  /// Moves the deadline of a node: earlier, later, or off with `UInt64.max` or more than
  /// `Int64.max` (D1). ALREADY where it has passed before.
  public static func setDeadline(_ handle: Handle, _ deadline: UInt64) throws(Failure) -> Status {
    let (runtime, node) = try find(handle, .node)
    guard deadline != 0 else {
      throw Failure(.invalid, handle, "gets the deadline 0; pass a time, or a far one for none")
    }
    let row = nodes.row(node)
    guard row[].state != .cleaning else {
      throw Failure(.closed, handle, "has begun its cleanups, which no deadline of its own reaches")
    }
    if row[].flags.contains(.cancelCalled), reasons[node].origin == Origin.deadline.rawValue {
      return .already
    }
    runtime.detail(node)
    let detail = details.place(node)
    // Once moved, a timeout given at the spawn is no more.
    detail[].timeout = 0
    let timer = detail[].timer
    if deadline >= UInt64(Int64.max) {
      if timer != 0 { runtime.removeTimer(node) }
      return .ok
    }
    if deadline <= runtime.now() {
      if timer != 0 { runtime.removeTimer(node) }
      unsafe runtime.cancel(node, .deadline)
    } else if timer != 0 {
      runtime.state.timers.move(timer, to: deadline)
    } else {
      let index = runtime.state.timers.insert(deadline, Reference(node: node))
      guard index != 0 else { throw Failure(.noMemory, handle, "no memory for its deadline") }
      detail[].timer = index
    }
    return .ok
  }

  /// When the nearest deadline would reach a node, its own and those around it (D3): 0 when it is
  /// cancelled, `UInt64.max` for never. What a shield holds off reaches it when the grace is over,
  /// the shorter of the one there and the one here; so does a cancellation that one holds off now.
  public static func effectiveDeadline(_ handle: Handle) throws(Failure) -> UInt64 {
    let (runtime, start) = try find(handle, .node)
    runtime.look()
    if nodes[start].flags.contains(.cancelled) { return 0 }
    var (least, delay) = (UInt64.max, UInt64(0))
    var node = start
    while node != 0 {
      let flags = nodes[node].flags
      let grace = flags.contains(.graced) ? shelters[node].grace : .max
      let later = min(delay, grace)
      if flags.contains(.detailed), details[node].timer != 0 {
        least = min(least, runtime.state.timers.deadline(details[node].timer).saturated(later))
      }
      if flags.contains(.cancelCalled) { least = min(least, cancelTimes[node].saturated(later)) }
      if flags.contains(.shielded) { delay = max(delay, grace) }
      node = nodes[node].parent
    }
    return least
  }

  /// The time on the clock of a runtime.
  public static func now(_ handle: Handle) throws(Failure) -> UInt64 {
    try findRuntime(handle).now()
  }
}

extension UInt64 {
  fileprivate func saturated(_ later: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(later)
    return overflow ? .max : sum
  }
}
