extension Engine {
  /// Opens a limiter with so many permits.
  public static func openLimiter(in handle: Handle, permits: UInt64) throws(Failure) -> Handle {
    let (runtime, limiter) = try open(.limiter, in: handle)
    primitives[limiter].capacity = permits
    return runtime.handle(primitive: limiter)
  }

  /// Changes the number of permits; those taken stay taken.
  public static func resizeLimiter(_ handle: Handle, permits: UInt64) throws(Failure) {
    let (runtime, limiter) = try find(handle, primitive: .limiter)
    primitives[limiter].capacity = permits
    runtime.givePermits(of: limiter)
  }

  /// Waits in a node for a permit.
  public static func acquirePermit(
    of subject: Handle, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, limiter, node) = try find(subject, primitive: .limiter, in: handle)
    let wait = try unsafe runtime.beginWait(in: node, .permit, done, data, drop)
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      runtime.queue(wait, for: limiter)
      runtime.givePermits(of: limiter)
    }
    return runtime.handle(wait: wait)
  }

  /// Takes a permit if there is one; else AGAIN.
  public static func tryAcquirePermit(of handle: Handle) throws(Failure) {
    let (_, limiter) = try find(handle, primitive: .limiter)
    guard primitives[limiter].count < primitives[limiter].capacity else {
      throw Failure(.again, handle, "has no permit left; wait for one")
    }
    primitives[limiter].count += 1
  }

  /// Gives a permit back.
  public static func releasePermit(of handle: Handle) throws(Failure) {
    let (runtime, limiter) = try find(handle, primitive: .limiter)
    guard primitives[limiter].count != 0 else {
      throw Failure(.order, handle, "has all its permits; release only what was acquired")
    }
    primitives[limiter].count -= 1
    runtime.givePermits(of: limiter)
  }

  /// Destroys a limiter; who waits is told so (S3a).
  public static func destroyLimiter(_ handle: Handle) throws(Failure) {
    let (runtime, limiter) = try find(handle, primitive: .limiter)
    runtime.destroy(limiter)
  }
}

extension Runtime {
  /// The permits that are free go to the first who wait.
  fileprivate func givePermits(of limiter: Slot) {
    while primitives[limiter].count < primitives[limiter].capacity {
      let wait = popWaiting(for: limiter)
      guard wait != 0 else { return }
      primitives[limiter].count += 1
      complete(wait, 0)
    }
  }
}
