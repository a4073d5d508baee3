public import CRoost
internal import RoostCore

@c @implementation
public func roost_limiter_open(
  _ runtime: roost_runtime, _ permits: UInt64, _ out: UnsafeMutablePointer<roost_limiter>!
) -> Int32 {
  answer("roost_limiter_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try Engine.openLimiter(in: Handle(id: runtime.id), permits: permits).id
    return .ok
  }
}

@c @implementation
public func roost_limiter_resize(_ limiter: roost_limiter, _ permits: UInt64) -> Int32 {
  answer("roost_limiter_resize") { () throws(Failure) in
    try Engine.resizeLimiter(Handle(id: limiter.id), permits: permits)
    return .ok
  }
}

@c @implementation
public func roost_limiter_acquire(
  _ limiter: roost_limiter, _ in_: roost_node, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_limiter_acquire", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.acquirePermit(
      of: Handle(id: limiter.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_limiter_try_acquire(_ limiter: roost_limiter) -> Int32 {
  answer("roost_limiter_try_acquire") { () throws(Failure) in
    try Engine.tryAcquirePermit(of: Handle(id: limiter.id))
    return .ok
  }
}

@c @implementation
public func roost_limiter_release(_ limiter: roost_limiter) -> Int32 {
  answer("roost_limiter_release") { () throws(Failure) in
    try Engine.releasePermit(of: Handle(id: limiter.id))
    return .ok
  }
}

@c @implementation
public func roost_limiter_destroy(_ limiter: roost_limiter) -> Int32 {
  answer("roost_limiter_destroy") { () throws(Failure) in
    try Engine.destroyLimiter(Handle(id: limiter.id))
    return .ok
  }
}
