// Park with an abort function: the primitive on which any request becomes a cancellable wait
// (design decision 2).

extension Engine {
  /// Begins a wait that `wake` ends.
  @discardableResult
  public static func park(
    in handle: Handle, abort: AbortFunction?, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try find(handle, .node)
    let wait = try unsafe runtime.beginWait(in: node, .park, done, data, drop)
    unsafe waits[wait].abort = abort
    runtime.checkBegun(wait)
    return runtime.handle(wait: wait)
  }

  /// Ends a parked wait with an outcome, from any thread (C14).
  @discardableResult
  public static func wake(_ handle: Handle, _ code: Int32) throws(Failure) -> Status {
    guard let (runtime, wait) = try orAsk({ () throws(Failure) in try findWait(handle) }) else {
      return try askToWake(handle, code)
    }
    guard waits[wait].kind == .park else {
      throw Failure(.wrongKind, handle, "is no parked wait; it ends by itself")
    }
    // Who has asked before is heard first.
    if runtime.hasMail { runtime.takeMail() }
    guard runtime.wake(wait, code) else {
      throw Failure(.stale, handle, "has ended before, or was ended by a cancellation")
    }
    return .ok
  }
}

extension Runtime {
  /// A request that was not aborted yet, or said that it will end by itself, brings its own outcome
  /// (C4a). False where it does not count any more.
  func wake(_ wait: Slot, _ code: Int32) -> Bool {
    guard waits[wait].kind == .park else { return false }
    switch waits[wait].state {
    case .waiting: complete(wait, code)
    case .aborting: complete(wait, outcomeOfTaken(wait, code))
    case .taken where unsafe waits[wait].abort != nil: complete(wait, outcomeOfTaken(wait, code))
    default: return false
    }
    return true
  }

  /// Asks the request to stop, at most once (C14b). It may wake its wait meanwhile, whose outcome
  /// then counts.
  func abort(_ wait: Slot) {
    waits[wait].state = .aborting
    let answer = unsafe waits[wait].abort.unsafelyUnwrapped(
      handle(wait: wait).id, waits[wait].data)
    if answer == 0, waits[wait].state == .aborting { deliver(wait, waits[wait].code) }
  }

  /// What the request of a taken wait brings: its own result, or, where the abort came through,
  /// what the wait was taken with (C4a, C12).
  fileprivate func outcomeOfTaken(_ wait: Slot, _ code: Int32) -> Int32 {
    code == Status.cancelled.code ? waits[wait].code : code
  }
}
