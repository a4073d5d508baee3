public import CRoost
internal import RoostCore

@c @implementation
public func roost_cancel(_ node: roost_node, _ why: UnsafePointer<roost_cancel_options>!) -> Int32 {
  answer("roost_cancel") { () throws(Failure) in
    return try Engine.cancel(Handle(id: node.id), try unsafe cancelOptions(why))
  }
}

@c @implementation
public func roost_cancel_and_wait(
  _ node: roost_node, _ in_: roost_node, _ why: UnsafePointer<roost_cancel_options>!,
  _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!,
  _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_cancel_and_wait", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.cancelAndWait(
      Handle(id: node.id), in: Handle(id: in_.id), try cancelOptions(why), done, data, drop)
  }
}

func cancelOptions(_ why: UnsafePointer<roost_cancel_options>?) throws(Failure)
  -> CancelOptions
{
  var wanted = CancelOptions()
  guard let why = unsafe why else { return wanted }
  try unsafe check(why)
  let given = unsafe read(why, empty: roost_cancel_options())
  switch unsafe given.origin {
  case 0, Int64(ROOST_EXPLICIT): wanted.origin = .explicit
  case Int64(ROOST_SIGNAL): wanted.origin = .signal
  case Int64(ROOST_HOST): wanted.origin = .host  // C9a
  default:
    throw Failure(.invalid, nil, "origin is none of ROOST_EXPLICIT, ROOST_SIGNAL and ROOST_HOST")
  }
  wanted.code = unsafe given.code
  unsafe wanted.message = given.message
  return wanted
}

@c @implementation
public func roost_set_shield(_ node: roost_node, _ on: Int32) -> Int32 {
  answer("roost_set_shield") { () throws(Failure) in
    guard on == 0 || on == 1 else { throw missing("on is neither 0 nor 1") }
    return try Engine.setShield(Handle(id: node.id), on == 1)
  }
}

@c @implementation
public func roost_shutdown(_ node: roost_node, _ patience_ns: Int64) -> Int32 {
  answer("roost_shutdown") { () throws(Failure) in
    try Engine.shutdown(Handle(id: node.id), patience: patience_ns)
  }
}

@c @implementation
public func roost_stopping(_ node: roost_node) -> Int32 {
  answer("roost_stopping") { () throws(Failure) in
    Status(try Engine.isStopping(Handle(id: node.id)) ? 1 : 0)
  }
}

@c @implementation
public func roost_cancelled(_ node: roost_node) -> Int32 {
  answer("roost_cancelled") { () throws(Failure) in
    Status(try Engine.isCancelled(Handle(id: node.id)) ? 1 : 0)
  }
}

@c @implementation
public func roost_cancel_called(_ node: roost_node) -> Int32 {
  answer("roost_cancel_called") { () throws(Failure) in
    Status(try Engine.cancelCalled(Handle(id: node.id)) ? 1 : 0)
  }
}

@c @implementation
public func roost_cancelled_caught(_ node: roost_node) -> Int32 {
  answer("roost_cancelled_caught") { () throws(Failure) in
    Status(try Engine.cancelledCaught(Handle(id: node.id)) ? 1 : 0)
  }
}

@c @implementation
public func roost_reason_of(_ node: roost_node, _ out: UnsafeMutablePointer<roost_reason>!) -> Int32
{
  answer("roost_reason_of") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass the struct to fill") }
    var none = roost_reason()
    let reason = unsafe try Engine.reason(of: Handle(id: node.id))
    if let reason = unsafe reason {
      try unsafe fill(out, from: reason)
    } else {
      try unsafe fill(out, from: &none)
    }
    return Status(unsafe reason == nil ? 0 : 1)
  }
}

@c @implementation
public func roost_set_deadline(_ node: roost_node, _ deadline_ns: UInt64) -> Int32 {
  answer("roost_set_deadline") { () throws(Failure) in
    return try Engine.setDeadline(Handle(id: node.id), deadline_ns)
  }
}

@c @implementation
public func roost_effective_deadline(_ node: roost_node, _ out: UnsafeMutablePointer<UInt64>!)
  -> Int32
{
  answer("roost_effective_deadline") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the time goes") }
    let deadline = try Engine.effectiveDeadline(Handle(id: node.id))
    unsafe out.pointee = min(deadline, UInt64(Int64.max))
    return .ok
  }
}

@c @implementation
public func roost_name(_ node: roost_node, _ buffer: UnsafeMutablePointer<CChar>!, _ size: UInt64)
  -> Int32
{
  answer("roost_name") { () throws(Failure) in
    guard let buffer = unsafe buffer, size > 0 else {
      throw missing("buffer is NULL or has no room; pass 64 bytes")
    }
    let name = unsafe try Engine.name(of: Handle(id: node.id))
    var length = 0
    while unsafe name[length] != 0 {
      if UInt64(length) + 1 < size { unsafe buffer[length] = name[length] }
      length += 1
    }
    unsafe buffer[Int(min(UInt64(length), size - 1))] = 0
    return Status(Int32(length))
  }
}
