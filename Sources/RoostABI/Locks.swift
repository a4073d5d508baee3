public import CRoost
internal import RoostCore

@c @implementation
public func roost_lock_open(
  _ runtime: roost_runtime, _ out: UnsafeMutablePointer<roost_lock>!
) -> Int32 {
  answer("roost_lock_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try Engine.openLock(in: Handle(id: runtime.id)).id
    return .ok
  }
}

@c @implementation
public func roost_lock_acquire(
  _ lock: roost_lock, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_lock_acquire", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.acquireLock(Handle(id: lock.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_lock_try_acquire(_ lock: roost_lock, _ owner: roost_node) -> Int32 {
  answer("roost_lock_try_acquire") { () throws(Failure) in
    try Engine.tryAcquireLock(Handle(id: lock.id), owner: Handle(id: owner.id))
    return .ok
  }
}

@c @implementation
public func roost_lock_release(_ lock: roost_lock, _ owner: roost_node) -> Int32 {
  answer("roost_lock_release") { () throws(Failure) in
    try Engine.releaseLock(Handle(id: lock.id), owner: Handle(id: owner.id))
    return .ok
  }
}

@c @implementation
public func roost_lock_destroy(_ lock: roost_lock) -> Int32 {
  answer("roost_lock_destroy") { () throws(Failure) in
    try Engine.destroyLock(Handle(id: lock.id))
    return .ok
  }
}
