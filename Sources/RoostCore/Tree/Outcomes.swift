internal import CShim

// What is kept of a task after its end, and for how long (L5, L6).

extension Runtime {
  /// The outcome of a task whose body is over. What its cleanups did is not in it (K3a).
  func taskOutcome(_ task: Slot) -> Outcome {
    let flags = nodes[task].flags
    let code = nodes[task].code
    let isCancelled = flags.contains(.endedCancelled)
    var ending: Ending = isCancelled ? .cancelled : code < 0 ? .failed : .completed
    if flags.contains(.faulty), nodes[task].state.isGone { ending = .failed }
    let hasResult = code >= 0 && flags.contains(.detailed)
    let reason =
      unsafe isCancelled
      ? (nodes[task].state.isGone ? UnsafePointer(reasons.pointer(task)) : reasonOfEnd(task)) : nil
    return unsafe Outcome(
      size: UInt64(MemoryLayout<Outcome>.size), state: ending.rawValue, code: Int64(code),
      started: flags.contains(.started) ? 1 : 0, result: hasResult ? details[task].result : nil,
      reason: reason)
  }

  /// Puts an ended task among those whose outcome its group keeps.
  func keep(_ task: Slot, in group: Slot) {
    let first = blocks[group].kept
    nodes[task].parent = group
    nodes[task].next = first
    nodes[task].previous = 0
    if first != 0 { nodes[first].previous = task }
    blocks[group].kept = task
  }

  private func unkeep(_ task: Slot) {
    let (next, previous) = (nodes[task].next, nodes[task].previous)
    if previous == 0 {
      blocks[nodes[task].parent].kept = next
    } else {
      nodes[previous].next = next
    }
    if next != 0 { nodes[next].previous = previous }
  }

  /// A handle gives up the outcome of its task: the row goes in a later turn, for its drop may be
  /// called then only.
  func release(_ task: Slot) {
    // The winner of a race is its group's as well (G2b).
    guard !nodes[task].rare.contains(.won) else { return nodes[task].rare.formUnion(.letGo) }
    nodes[task].flags.remove(.held)
    guard nodes[task].state == .ended else { return }
    unkeep(task)
    if !nodes[task].isKept { freeLater(task, nodes.row(task)) }
  }

  /// A row that nobody can name any more goes in a later turn.
  func freeLater(_ task: Slot, _ row: Place<Node>) {
    addBusy()
    push(task, row)
  }

  func freeNow(_ task: Slot) {
    removeBusy()
    freeRow(task)
  }

  /// A closing is over: what it kept is given up (L5).
  func releaseKept(in group: Slot) {
    while blocks[group].kept != 0 {
      let task = blocks[group].kept
      nodes[task].flags.remove(.held)
      unkeep(task)
      if !nodes[task].isKept { freeRow(task) }
    }
  }
}

extension Engine {
  /// The outcome of a task (L5): alive until its end. STALE when nothing was kept.
  public static func outcome(of handle: Handle) throws(Failure) -> Outcome {
    let (runtime, task) = try findKept(handle)
    guard !nodes[task].state.isGone else { return runtime.taskOutcome(task) }
    return unsafe Outcome(
      size: UInt64(MemoryLayout<Outcome>.size), state: Ending.alive.rawValue, code: 0,
      started: nodes[task].flags.contains(.started) ? 1 : 0, result: nil, reason: nil)
  }

  /// Gives up the outcome of a task (L5), whose drop runs in a later turn; from any thread (C14c).
  public static func release(_ handle: Handle) throws(Failure) -> Status {
    guard let (runtime, task) = try orAsk({ () throws(Failure) in try findKept(handle) }) else {
      return try askToRelease(handle, .nodes)
    }
    guard nodes[task].flags.contains(.held), !nodes[task].rare.contains(.letGo) else {
      return .already
    }
    runtime.release(task)
    return .ok
  }

  /// Takes over the result of a task that has ended with success (L6).
  public static func takeResult(of handle: Handle) throws(Failure) -> UnsafeMutableRawPointer? {
    let task = try findEnded(handle)
    guard nodes[task].code >= 0, nodes[task].flags.contains(.detailed),
      unsafe details[task].result != nil
    else { throw Failure(.done, handle, "has no result left to take") }
    let result = unsafe details[task].result
    unsafe (details[task].result, details[task].resultDrop) = (nil, nil)
    if nodes[task].flags.contains(.listed) { unsafe errors[task].record.object = nil }
    return unsafe result
  }

  /// A task that has ended, and is kept for a handle or in a list.
  private static func findEnded(_ handle: Handle) throws(Failure) -> Slot {
    let slot = handle.slot
    if handle.kindNumber == Kind.task.rawValue, locate(handle, .nodes) != nil,
      nodes[slot].generation == handle.generation, nodes[slot].kind == .task,
      nodes[slot].state.isGone, !nodes[slot].flags.isDisjoint(with: [.held, .listed]),
      !nodes[slot].flags.contains(.record)
    {
      return slot
    }
    _ = try find(handle, .task)
    throw Failure(.order, handle, "has not ended; take its result when it has")
  }

  /// Sets the message that is listed with a task's error; nil takes it away (G3).
  public static func explain(_ handle: Handle, _ text: UnsafePointer<CChar>?) throws(Failure) {
    let (runtime, task) = try find(handle, .task)
    guard nodes[task].state.rawValue <= Node.State.yielding.rawValue else {
      throw Failure(.done, handle, "has ended its body; explain before finishing")
    }
    guard unsafe runtime.explain(task, text) else {
      throw Failure(.noMemory, handle, "no memory for the message of its error")
    }
  }
}

extension Runtime {
  /// False without memory.
  @discardableResult
  func explain(_ task: Slot, _ text: UnsafePointer<CChar>?) -> Bool {
    var copy: UnsafeMutablePointer<CChar>? = nil
    if let text = unsafe text {
      let length = unsafe strlen(text) + 1
      guard let memory = unsafe shim_alloc(length) else { return false }
      unsafe memcpy(memory, text, length)
      unsafe copy = memory.assumingMemoryBound(to: CChar.self)
    }
    detail(task)
    unsafe shim_free(details[task].text)
    unsafe details[task].text = copy
    return true
  }
}
