public import CRoost
internal import RoostCore

@c @implementation
public func roost_event_open(
  _ runtime: roost_runtime, _ out: UnsafeMutablePointer<roost_event>!
) -> Int32 {
  answer("roost_event_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try Engine.openEvent(in: Handle(id: runtime.id)).id
    return .ok
  }
}

@c @implementation
public func roost_event_set(_ event: roost_event) -> Int32 {
  answer("roost_event_set") { () throws(Failure) in
    try Engine.setEvent(Handle(id: event.id))
  }
}

@c @implementation
public func roost_event_is_set(_ event: roost_event) -> Int32 {
  answer("roost_event_is_set") { () throws(Failure) in
    try Status(Engine.isSet(Handle(id: event.id)) ? 1 : 0)
  }
}

@c @implementation
public func roost_event_wait(
  _ event: roost_event, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_event_wait", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.wait(for: Handle(id: event.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_event_destroy(_ event: roost_event) -> Int32 {
  answer("roost_event_destroy") { () throws(Failure) in
    try Engine.destroyEvent(Handle(id: event.id))
    return .ok
  }
}
