public import CRoost
public import CUV
internal import RoostCore

// MARK: Calls

@c @implementation
public func roost_on_call(
  _ call: roost_call_fn!, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_on_call", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.onCall(function(call), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_blocking(_ call: roost_call_fn!, _ data: UnsafeMutableRawPointer!) -> Int32 {
  unsafe awaits("roost_blocking") { (here, done) throws(Failure) in
    try unsafe Engine.onCall(function(call), in: here, done, data, nil)
  }
}

private func function(_ call: roost_call_fn?) throws(Failure) -> CallFunction {
  guard let call = unsafe call else { throw missing("call is NULL; pass what a thread shall do") }
  return unsafe unsafeBitCast(call, to: CallFunction.self)
}

// MARK: Names

@c @implementation
public func roost_getaddrinfo(
  _ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!,
  _ hints: UnsafePointer<addrinfo>!, _ list: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>!,
  _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  let options = unsafe LookupOptions(name: name, service: service, hints: UnsafeRawPointer(hints))
  return unsafe begin("roost_getaddrinfo", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.lookUp(options, to: place(list), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_await_getaddrinfo(
  _ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!,
  _ hints: UnsafePointer<addrinfo>!, _ list: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>!
) -> Int32 {
  let options = unsafe LookupOptions(name: name, service: service, hints: UnsafeRawPointer(hints))
  return unsafe awaits("roost_await_getaddrinfo") { (here, done) throws(Failure) in
    try unsafe Engine.lookUp(options, to: place(list), in: here, done, nil, nil)
  }
}

private func place(
  _ list: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
) throws(Failure) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
  guard let list = unsafe list else { throw missing("list is NULL; pass where the addresses go") }
  return unsafe UnsafeMutableRawPointer(list).assumingMemoryBound(
    to: UnsafeMutableRawPointer?.self)
}

// MARK: Files

@c @implementation
public func roost_fs_wait(
  _ req: UnsafeMutablePointer<uv_fs_s>!, _ in_: roost_node, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  var isToBegin = true
  let code = unsafe begin("roost_fs_wait", fn, data, drop, out) { (done) throws(Failure) in
    let begun = try unsafe Engine.waitForFile(
      request(req), in: Handle(id: in_.id), done, data, drop)
    isToBegin = begun.status == .ok
    return begun.wait
  }
  return unsafe answered(isToBegin ? code : Status.already.code, req)
}

@c @implementation
public func roost_fs_begun(_ req: UnsafeMutablePointer<uv_fs_s>!, _ rc: Int32) -> Int32 {
  answer("roost_fs_begun") { () throws(Failure) in
    try unsafe Engine.fileBegun(request(req), rc)
    return .ok
  }
}

@c @implementation
public func roost_fs_done(_ req: UnsafeMutablePointer<uv_fs_s>!) {
  if let req = unsafe req { unsafe Engine.fileDone(UnsafeMutableRawPointer(req)) }
}

@c @implementation
public func roost_fs_prepare(_ req: UnsafeMutablePointer<uv_fs_s>!) -> Int32 {
  let code = outcome("roost_fs_prepare") { () throws(Failure) in
    try unsafe Engine.prepareFile(request(req))
  }
  return unsafe answered(code, req)
}

@c @implementation
public func roost_fs_await(_ req: UnsafeMutablePointer<uv_fs_s>!, _ rc: Int32) -> Int32 {
  outcome("roost_fs_await") { () throws(Failure) in
    try unsafe Engine.awaitFile(request(req), rc)
  }
}

private func request(_ req: UnsafeMutablePointer<uv_fs_s>?) throws(Failure) -> FileRequest {
  guard let req = unsafe req else { throw missing("req is NULL; pass the request") }
  return UnsafeMutableRawPointer(req)
}

/// What is answered where a request is not to be begun stands in it, too; but not in one that was.
private func answered(_ code: Int32, _ req: UnsafeMutablePointer<uv_fs_s>?) -> Int32 {
  if let req = unsafe req, code != 0, code != Status.busy.code {
    unsafe Engine.refuseFile(UnsafeMutableRawPointer(req), code)
  }
  return code
}

// MARK: Parking in a fiber

@c @implementation
public func roost_park_here(
  _ abort: roost_abort_fn!, _ data: UnsafeMutableRawPointer!,
  _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  outcome("roost_park_here") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    let begun = try unsafe Engine.parkHere(
      abort: unsafeBitCast(abort, to: AbortFunction?.self), data)
    if begun.code == 0 { unsafe out.pointee.id = begun.wait.id }
    return begun.code
  }
}

@c @implementation
public func roost_await(_ wait: roost_wait) -> Int32 {
  outcome("roost_await") { () throws(Failure) in try Engine.await(Handle(id: wait.id)) }
}
