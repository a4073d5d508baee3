internal import CShim

// What fibers wait with. A fiber's wait is the same wait as a callback's: where that has a function
// to be called, the fiber is gone on with.

/// Stands for the function of a wait for which a fiber is suspended; never called.
@inline(__always)
var toldFiber: WaitFunction { unsafe shim_fiber_told }

/// Whether a wait is a fiber's, by its function.
@inline(__always)
func isOfFiber(_ done: @escaping WaitFunction) -> Bool {
  unsafe unsafeBitCast(done, to: UInt.self) == unsafeBitCast(toldFiber, to: UInt.self)
}

extension Engine {
  /// The task of the fiber that runs, in whose innermost node it waits.
  static func fiberTask(_ here: Slot) -> Slot { unsafe runningWorker?.pointee.task ?? here }

  /// Begins a wait in the innermost node of the fiber that runs, and suspends that until it has
  /// ended: its outcome.
  @inline(__always)
  public static func waitHere(
    _ begin: (_ here: Handle, _ done: @escaping WaitFunction) throws(Failure) -> Handle
  ) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let runtime = unsafe worker.pointee.runtime
    _ = try unsafe begin(runtime.handle(unsafe worker.pointee.current), toldFiber)
    return unsafe runtime.park(worker)
  }

  /// Lets the others run, and looks then whether the fiber is cancelled (S1a).
  @inline(__always)
  public static func checkpoint() throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let runtime = unsafe worker.pointee.runtime
    unsafe runtime.yield(worker)
    return runtime.markNow(unsafe worker.pointee.current)
  }

  /// The same, as a part of other calls.
  @inline(never)
  public static func pause() throws(Failure) -> Int32 { try checkpoint() }

  /// Sleeps until the clock shows this.
  public static func sleep(until instant: UInt64) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let runtime = unsafe worker.pointee.runtime
    let now = runtime.now()
    guard instant > now else { return try pause() }
    let delay = instant >= UInt64(Int64.max) ? Int64.max : Int64(instant - now)
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe after(delay, in: here, done, nil, nil)
    }
  }
}

extension Runtime {
  /// Suspends a fiber for a wait that has begun. One copy for all of them: what is inlined here is
  /// long.
  @inline(never)
  func park(_ worker: WorkerPointer) -> Int32 {
    unsafe worker.pointee.streak = 0
    nodes[unsafe worker.pointee.task].state = .pending
    unsafe suspend(worker)
    return unsafe worker.pointee.code
  }

  /// Lets all that is ready run, and goes on in the next batch.
  @inline(__always)
  func yield(_ worker: WorkerPointer) {
    let task = unsafe worker.pointee.task
    let row = nodes.row(task)
    unsafe worker.pointee.streak = 0
    row[].state = .yielding
    push(task, row)
    unsafe suspend(worker)
  }

  /// A fiber that waits for what brings it back by itself, as the closing of a group does: that is
  /// over.
  func goOn(_ worker: WorkerPointer, _ code: Int32) {
    let task = unsafe worker.pointee.task
    unsafe worker.pointee.code = code
    nodes[task].state = .yielding
    push(task, nodes.row(task))
  }

  /// What a wait in a node would end with at once, by a mark: 0 for none (C3, C12).
  @inline(__always)
  func mark(of node: Slot) -> Int32 {
    let flags = nodes[node].flags
    if flags.contains(.cancelled) { return Status.cancelled.code }
    return flags.contains([.untilStopping, .stopping]) ? Status.stopping.code : 0
  }

  /// The same where it has ended one.
  @inline(__always)
  fileprivate func markNow(_ node: Slot) -> Int32 {
    let code = mark(of: node)
    if code == Status.cancelled.code { noteCutBody(node) }
    return code
  }
}

// Waits whose result is there at once need no row. They let others run only now and then, at the
// sixteenth of them in a row (S1a).

extension Runtime {
  /// Whether a wait that this fiber begins now may take its result at once.
  @inline(__always)
  func mayTakeAtOnce(_ worker: WorkerPointer) -> Bool {
    unsafe mark(of: worker.pointee.current) == 0
  }

  /// It has.
  @inline(__always)
  func hasTakenAtOnce(_ worker: WorkerPointer) {
    unsafe worker.pointee.streak &+= 1
    if unsafe worker.pointee.streak >= 16 { unsafe letOthersRun(worker) }
  }

  @inline(never)
  private func letOthersRun(_ worker: WorkerPointer) { unsafe yield(worker) }
}
