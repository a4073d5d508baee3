// The waits of fibers for events, permits, locks and channels, which take at once what is there.

extension Engine {
  /// The fiber that runs and the primitive that it waits for, of one runtime.
  @inline(__always)
  private static func findHere(_ handle: Handle, _ kind: Kind) throws(Failure) -> (
    WorkerPointer, Runtime, Slot
  ) {
    let worker = try unsafe currentWorker()
    let (runtime, primitive) = try find(handle, primitive: kind)
    guard unsafe runtime.raw == worker.pointee.runtime.raw else {
      throw Failure(.foreign, handle, "belongs to another runtime than the fiber")
    }
    return unsafe (worker, runtime, primitive)
  }

  /// Waits until an event has happened.
  public static func awaitEvent(_ handle: Handle) throws(Failure) -> Int32 {
    let (worker, runtime, event) = try unsafe findHere(handle, .event)
    if primitives[event].isOver, unsafe runtime.mayTakeAtOnce(worker) {
      unsafe runtime.hasTakenAtOnce(worker)
      return 0
    }
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe wait(for: handle, in: here, done, nil, nil)
    }
  }

  /// Waits for a permit.
  public static func awaitPermit(of handle: Handle) throws(Failure) -> Int32 {
    let (worker, runtime, limiter) = try unsafe findHere(handle, .limiter)
    if primitives[limiter].count < primitives[limiter].capacity,
      unsafe runtime.mayTakeAtOnce(worker)
    {
      primitives[limiter].count += 1
      unsafe runtime.hasTakenAtOnce(worker)
      return 0
    }
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe acquirePermit(of: handle, in: here, done, nil, nil)
    }
  }

  /// Waits for a lock, which the fiber's task owns then.
  public static func awaitLock(_ handle: Handle) throws(Failure) -> Int32 {
    let (worker, runtime, lock) = try unsafe findHere(handle, .lock)
    if primitives[lock].owner == 0, !primitives[lock].isOver,
      unsafe runtime.mayTakeAtOnce(worker)
    {
      runtime.own(lock, by: unsafe worker.pointee.task)
      unsafe runtime.hasTakenAtOnce(worker)
      return 0
    }
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe acquireLock(handle, in: here, done, nil, nil)
    }
  }

  /// Sends an item.
  public static func awaitSend(_ item: UnsafeMutableRawPointer?, to handle: Handle) throws(Failure)
    -> Int32
  {
    let (worker, runtime, channel) = try unsafe findHere(handle, .channel)
    if unsafe runtime.mayTakeAtOnce(worker), runtime.canTake(channel),
      unsafe runtime.offer(item, to: channel) == .ok
    {
      unsafe runtime.hasTakenAtOnce(worker)
      return 0
    }
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe send(item, to: handle, in: here, done, nil, nil)
    }
  }

  /// Waits for an item.
  public static func awaitReceive(
    from handle: Handle, to out: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) throws(Failure) -> Int32 {
    let (worker, runtime, channel) = try unsafe findHere(handle, .channel)
    if unsafe runtime.mayTakeAtOnce(worker),
      unsafe runtime.takeItem(from: channel, to: &out.pointee) == .ok
    {
      unsafe runtime.hasTakenAtOnce(worker)
      return 0
    }
    return try unsafe waitHere { (here, done) throws(Failure) in
      try unsafe receive(from: handle, in: here, to: out, done, nil, nil)
    }
  }
}
