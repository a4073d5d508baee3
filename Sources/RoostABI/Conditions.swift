public import CRoost
internal import RoostCore

@c @implementation
public func roost_condition_open(
  _ lock: roost_lock, _ out: UnsafeMutablePointer<roost_condition>!
) -> Int32 {
  answer("roost_condition_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try Engine.openCondition(of: Handle(id: lock.id)).id
    return .ok
  }
}

@c @implementation
public func roost_condition_wait(
  _ condition: roost_condition, _ in_: roost_node, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_condition_wait", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.waitNotified(
      at: Handle(id: condition.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_condition_notify(_ condition: roost_condition, _ count: UInt64) -> Int32 {
  answer("roost_condition_notify") { () throws(Failure) in
    try Engine.notify(Handle(id: condition.id), count: count)
    return .ok
  }
}

@c @implementation
public func roost_condition_destroy(_ condition: roost_condition) -> Int32 {
  answer("roost_condition_destroy") { () throws(Failure) in
    try Engine.destroyCondition(Handle(id: condition.id))
    return .ok
  }
}
