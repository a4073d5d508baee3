// Waits that a fiber begins in one call, so that it can begin a request behind it, and waits for in
// another. Nobody waits for one in between: what it brings is kept until it is asked for, at most
// to the end of its node.

extension Wait {
  /// A fiber has begun it, and has not waited for it yet.
  var isUnclaimed: Bool {
    guard unsafe fiber == nil, let done = unsafe done else { return false }
    return unsafe isOfFiber(done)
  }
}

extension Engine {
  /// Begins a wait of the fiber that runs, to be waited for by `await`: its handle. Where the fiber
  /// is cancelled the others run, and the answer is a code.
  public static func parkHere(
    abort: AbortFunction?, _ data: UnsafeMutableRawPointer?
  ) throws(Failure) -> (wait: Handle, code: Int32) {
    try unsafe beginUnclaimed { (here, done) throws(Failure) in
      try unsafe park(in: here, abort: abort, done, data, nil)
    }
  }

  /// The same of any wait.
  static func beginUnclaimed(
    _ begin: (_ here: Handle, _ done: @escaping WaitFunction) throws(Failure) -> Handle
  ) throws(Failure) -> (wait: Handle, code: Int32) {
    let worker = try unsafe currentWorker()
    let runtime = unsafe worker.pointee.runtime
    while unsafe runtime.mark(of: worker.pointee.current) != 0 {
      let code = try pause()
      if code != 0 { return (.none, code) }
    }
    let wait = try unsafe begin(runtime.handle(worker.pointee.current), toldFiber)
    unsafe waits[wait.slot].fiber = nil
    return (wait, 0)
  }

  /// Waits for what the fiber that runs has begun.
  public static func await(_ handle: Handle) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let (runtime, wait) = try findWait(handle)
    try unsafe checkClaim(wait, by: worker)
    return unsafe runtime.claim(wait, by: worker)
  }

  /// Whether the fiber that runs may wait for it.
  static func checkClaim(_ wait: Slot, by worker: WorkerPointer) throws(Failure) {
    let handle = unsafe worker.pointee.runtime.handle(wait: wait)
    guard waits[wait].isUnclaimed else {
      throw Failure(.wrongKind, handle, "is no wait of a fiber's; its function is told of its end")
    }
    guard unsafe waits[wait].node == worker.pointee.current else {
      throw Failure(.order, handle, "was not begun in the innermost node that the fiber has open")
    }
    guard !waits[wait].isTakenBack else { throw over(handle) }
  }
}

extension Runtime {
  /// The fiber that runs waits for it from now on.
  func claim(_ wait: Slot, by worker: WorkerPointer) -> Int32 {
    unsafe waits[wait].fiber = worker
    if waits[wait].state == .ended { push(wait: wait, waits.row(wait)) }
    return unsafe park(worker)
  }

  /// It has ended, and is told when it is asked for.
  func keepOutcome(_ wait: Slot, _ code: Int32) {
    waits[wait].state = .ended
    waits[wait].code = code
  }

  /// Its node ends, and nobody has asked.
  func giveUpOutcome(_ wait: Slot) {
    if waits[wait].inReadyQueue { waits[wait].isTakenBack = true } else { forget(wait) }
  }
}
