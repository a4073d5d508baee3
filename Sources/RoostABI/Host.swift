public import CRoost
internal import RoostCore

@c @implementation
public func roost_host_open(
  _ runtime: roost_runtime, _ options: UnsafePointer<roost_host_options>!
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_host_options()) } ?? roost_host_options()
  return unsafe answer("roost_host_open", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    if let options = unsafe options { try unsafe check(options) }
    var wanted = unsafe HostOptions(
      begin: hostBegin, wake: hostWake, clean: hostClean, ended: roost_host_ended,
      drops: roost_host_drop)
    unsafe wanted.ready = unsafeBitCast(given.ready, to: HostReadyFunction?.self)
    unsafe wanted.data = given.data
    unsafe wanted.drop = given.drop
    try Engine.openHost(Handle(id: runtime.id), wanted)
    return .ok
  }
}

// As the engine knows them, by the addresses that C has.

private var hostBegin: StartFunction {
  let function: @convention(c) (roost_task, UnsafeMutableRawPointer?) -> Int32 =
    unsafe roost_host_begin
  return unsafe unsafeBitCast(function, to: StartFunction.self)
}

private var hostWake: WaitFunction {
  let function: @convention(c) (roost_wait, Int32, UnsafeMutableRawPointer?) -> Void =
    unsafe roost_host_wake
  return unsafe unsafeBitCast(function, to: WaitFunction.self)
}

private var hostClean: CleanupFunction {
  let function:
    @convention(c) (roost_task, UnsafePointer<roost_outcome>?, UnsafeMutableRawPointer?) -> Int32 =
      unsafe roost_host_clean
  return unsafe unsafeBitCast(function, to: CleanupFunction.self)
}

@c @implementation
public func roost_host_turn(
  _ runtime: roost_runtime, _ asks: UnsafePointer<roost_ask>!, _ count: UInt64,
  _ told: UnsafeMutablePointer<UnsafePointer<roost_told>?>!
) -> Int64 {
  do throws(Failure) {
    guard let told = unsafe told else { throw missing("told is NULL; pass where the address goes") }
    try unsafe checkAsks(asks, count)
    return try unsafe Engine.turnHost(
      Handle(id: runtime.id), known(asks), count,
      UnsafeMutableRawPointer(told).assumingMemoryBound(to: UnsafePointer<HostTold>?.self),
      openGroup)
  } catch {
    return Int64(complain("roost_host_turn", error))
  }
}

@c @implementation
public func roost_host_submit(
  _ runtime: roost_runtime, _ asks: UnsafePointer<roost_ask>!, _ count: UInt64
) -> Int32 {
  answer("roost_host_submit") { () throws(Failure) in
    try unsafe checkAsks(asks, count)
    try unsafe Engine.submit(Handle(id: runtime.id), known(asks), count, openGroup)
    return .ok
  }
}

private func checkAsks(_ asks: UnsafePointer<roost_ask>?, _ count: UInt64) throws(Failure) {
  guard unsafe asks != nil || count == 0 else {
    throw missing("asks is NULL and count is not 0; pass what is asked")
  }
}

private func known(_ asks: UnsafePointer<roost_ask>?) -> UnsafePointer<HostAsk>? {
  unsafe UnsafeRawPointer(asks)?.assumingMemoryBound(to: HostAsk.self)
}

private func openGroup(_ parent: Handle, _ options: UnsafeRawPointer) throws(Failure) -> Handle {
  try unsafe openGroup(
    in: parent, options.assumingMemoryBound(to: roost_group_options.self))
}

@c @implementation
public func roost_host_node(_ runtime: roost_runtime, _ key: UInt64) -> roost_node {
  var node = roost_node(id: 0)
  _ = answer("roost_host_node") { () throws(Failure) in
    node.id = try Engine.hostNode(Handle(id: runtime.id), key).id
    return .ok
  }
  return node
}

@c @implementation
public func roost_host_bind(_ runtime: roost_runtime, _ key: UInt64, _ node: roost_node) -> Int32 {
  answer("roost_host_bind") { () throws(Failure) in
    try Engine.bindHostKey(Handle(id: runtime.id), key, Handle(id: node.id))
    return .ok
  }
}

@c @implementation
public func roost_host_scope_close(
  _ scope: roost_scope, _ rc: Int32, _ result: UnsafeMutablePointer<roost_result>!
) -> Int32 {
  outcome("roost_host_scope_close") { () throws(Failure) in
    try unsafe checkSize(of: result)
    return try unsafe Engine.closeHostedScope(Handle(id: scope.id), rc, result)
  }
}

@c @implementation
public func roost_host_interrupt(_ runtime: roost_runtime, _ key: UInt64, _ rc: Int32) -> Int32 {
  answer("roost_host_interrupt") { () throws(Failure) in
    try Engine.interruptHosted(Handle(id: runtime.id), key, rc)
    return .ok
  }
}

@c @implementation
public func roost_host_abandon(_ block: roost_node) -> Int32 {
  answer("roost_host_abandon") { () throws(Failure) in
    try Engine.abandonBracket(Handle(id: block.id))
    return .ok
  }
}

@c @implementation
public func roost_host_begin(_ task: roost_task, _ key: UnsafeMutableRawPointer!) -> Int32 {
  unsafe Engine.hostBegins(Handle(id: task.id), key)
}

@c @implementation
public func roost_host_wake(
  _ wait: roost_wait, _ rc: Int32, _ key: UnsafeMutableRawPointer!
) {
  unsafe Engine.hostWakes(Handle(id: wait.id), rc, key)
}

@c @implementation
public func roost_host_clean(
  _ task: roost_task, _ why: UnsafePointer<roost_outcome>!, _ key: UnsafeMutableRawPointer!
) -> Int32 {
  answer("roost_host_clean") { () throws(Failure) in
    throw Failure(.order, Handle(id: task.id), "is cleaned by a call; give the function to a defer")
  }
}

@c @implementation
public func roost_host_post(_ runtime: roost_runtime, _ key: UnsafeMutableRawPointer!) {
  unsafe Engine.hostPosted(key)
}

@c @implementation
public func roost_host_drop(_ key: UnsafeMutableRawPointer!) { unsafe Engine.hostDrops(key) }

@c @implementation
public func roost_host_ended(_ key: UnsafeMutableRawPointer!) { unsafe Engine.hostEnds(key) }
