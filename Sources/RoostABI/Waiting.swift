public import CRoost
internal import RoostCore

/// Begins a wait: checks its function, and stores its handle where one is wanted.
@inline(__always)
func begin(
  _ call: StaticString, _ fn: roost_wait_fn?, _ data: UnsafeMutableRawPointer?,
  _ drop: roost_drop_fn?, _ out: UnsafeMutablePointer<roost_wait>?,
  _ work: (@escaping WaitFunction) throws(Failure) -> Handle
) -> Int32 {
  unsafe answer(call, dropping: data, with: drop) { () throws(Failure) in
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass what is told of the end") }
    let wait = unsafe try work(unsafe unsafeBitCast(fn, to: WaitFunction.self))
    unsafe out?.pointee.id = wait.id
    return .ok
  }
}

@c @implementation
public func roost_after(
  _ in_: roost_node, _ delay_ns: Int64, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_after", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.after(delay_ns, in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_on_end(
  _ of: roost_node, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_on_end", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.onEnd(of: Handle(id: of.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_unwait(_ wait: roost_wait) -> Int32 {
  answer("roost_unwait") { () throws(Failure) in
    try Engine.unwait(Handle(id: wait.id))
    return .ok
  }
}

@c @implementation
public func roost_park(
  _ in_: roost_node, _ abort: roost_abort_fn!, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_park", fn, data, drop, out) { (done) throws(Failure) in
    guard unsafe abort != nil || out != nil else {
      throw missing("out and abort are NULL; without the handle nobody could wake it")
    }
    return try unsafe Engine.park(
      in: Handle(id: in_.id), abort: unsafeBitCast(abort, to: AbortFunction?.self), done, data, drop
    )
  }
}

@c @implementation
public func roost_wake(_ wait: roost_wait, _ rc: Int32) -> Int32 {
  answer("roost_wake") { () throws(Failure) in
    try Engine.wake(Handle(id: wait.id), rc)
  }
}
