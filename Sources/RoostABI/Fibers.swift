public import CRoost
internal import RoostCore

/// Begins a wait of the fiber that runs and answers its outcome. A failure to begin is one of the
/// call.
@inline(__always)
func awaits(
  _ call: StaticString,
  _ begin: (_ here: Handle, _ done: @escaping WaitFunction) throws(Failure) -> Handle
) -> Int32 {
  do throws(Failure) {
    return try unsafe Engine.waitHere(begin)
  } catch {
    return complain(call, error)
  }
}

/// What a fiber has done that may have waited.
@inline(__always)
func outcome(_ call: StaticString, _ work: () throws(Failure) -> Int32) -> Int32 {
  do throws(Failure) {
    return try work()
  } catch {
    return complain(call, error)
  }
}

@c @implementation
public func roost_go(
  _ group: roost_group, _ fn: roost_fiber_fn!, _ data: UnsafeMutableRawPointer!
) -> Int32 {
  answer("roost_go") { () throws(Failure) in
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass what the fiber does") }
    try unsafe Engine.go(
      into: Handle(id: group.id), unsafeBitCast(fn, to: StartFunction.self), data)
    return .ok
  }
}

@c @implementation
public func roost_go_with(
  _ group: roost_group, _ options: UnsafePointer<roost_fiber_options>!,
  _ out: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  guard let options = unsafe options else {
    return complain("roost_go_with", missing("options is NULL; pass ROOST_FIBER(.fn = ...)"))
  }
  let given = unsafe read(options, empty: roost_fiber_options())
  return unsafe answer("roost_go_with", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    try unsafe check(options)
    let task = try unsafe Engine.go(
      into: Handle(id: group.id), fiberOptions(given), held: out != nil)
    unsafe out?.pointee.id = task.id
    return .ok
  }
}

private func fiberOptions(_ given: roost_fiber_options) throws(Failure) -> FiberOptions {
  guard let fn = unsafe given.fn else { throw missing("fn is NULL; pass what the fiber does") }
  var wanted = unsafe FiberOptions(run: unsafeBitCast(fn, to: StartFunction.self))
  unsafe wanted.data = given.data
  unsafe wanted.drop = given.drop
  wanted.common = try unsafe nodeOptions(
    name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
    moveOn: given.move_on, report: 0, shield: given.shield, grace: given.grace_ns,
    untilStopping: given.until_stopping)
  wanted.isDaemon = unsafe try flag(given.daemon, "daemon is neither 0 nor 1")
  wanted.stackSize = unsafe given.stack_size
  return wanted
}

@c @implementation
public func roost_self() -> roost_task { roost_task(id: Engine.current.id) }

@c @implementation
public func roost_here() -> roost_node { roost_node(id: Engine.here.id) }

@c @implementation
public func roost_return(
  _ rc: Int32, _ result: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_return", dropping: result, with: drop) { () throws(Failure) in
    try unsafe Engine.setResult(result, drop)
    return Status(rc)
  }
}

@c @implementation
public func roost_trim(_ runtime: roost_runtime) -> Int32 {
  answer("roost_trim") { () throws(Failure) in
    try Engine.trim(Handle(id: runtime.id))
    return .ok
  }
}

@c @implementation
public func roost_group_close(
  _ group: roost_group, _ rc: Int32, _ result: UnsafeMutablePointer<roost_result>!
) -> Int32 {
  outcome("roost_group_close") { () throws(Failure) in
    try unsafe checkSize(of: result)
    return try unsafe Engine.close(Handle(id: group.id), isGroup: true, rc, result)
  }
}

@c @implementation
public func roost_scope_close(
  _ scope: roost_scope, _ rc: Int32, _ result: UnsafeMutablePointer<roost_result>!
) -> Int32 {
  outcome("roost_scope_close") { () throws(Failure) in
    try unsafe checkSize(of: result)
    return try unsafe Engine.close(Handle(id: scope.id), isGroup: false, rc, result)
  }
}

func checkSize(of result: UnsafeMutablePointer<roost_result>?) throws(Failure) {
  guard let result = unsafe result else { return }
  let size = unsafe result.pointee.size
  let least = UInt64(unsafe MemoryLayout<roost_result>.size)
  guard size >= least, size <= 4096 else {
    throw missing("the size of result is not set; set it to its sizeof")
  }
}

@c @implementation
public func roost_result_release(_ result: UnsafeMutablePointer<roost_result>!) -> Int32 {
  answer("roost_result_release") { () throws(Failure) in
    guard let result = unsafe result else { throw missing("result is NULL; pass what was filled") }
    try unsafe checkSize(of: result)
    let node = unsafe Handle(id: result.pointee.node.id)
    let size = unsafe result.pointee.size
    unsafe result.initialize(to: roost_result())
    unsafe result.pointee.size = size
    return try Engine.releaseResult(of: node)
  }
}

@c @implementation
public func roost_sleep(_ ns: Int64) -> Int32 {
  if ns <= 0 { return outcome("roost_sleep") { () throws(Failure) in try Engine.pause() } }
  return unsafe awaits("roost_sleep") { (here, done) throws(Failure) in
    try unsafe Engine.after(ns, in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_sleep_until(_ deadline_ns: UInt64) -> Int32 {
  outcome("roost_sleep_until") { () throws(Failure) in try Engine.sleep(until: deadline_ns) }
}

@c @implementation
public func roost_sleep_forever() -> Int32 {
  unsafe awaits("roost_sleep_forever") { (here, done) throws(Failure) in
    try unsafe Engine.after(.max, in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_checkpoint() -> Int32 {
  outcome("roost_checkpoint") { () throws(Failure) in try Engine.checkpoint() }
}

@c @implementation
public func roost_await_end(_ node: roost_node) -> Int32 {
  unsafe awaits("roost_await_end") { (here, done) throws(Failure) in
    try unsafe Engine.onEnd(of: Handle(id: node.id), in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_cancel_and_await(
  _ node: roost_node, _ why: UnsafePointer<roost_cancel_options>!
) -> Int32 {
  unsafe awaits("roost_cancel_and_await") { (here, done) throws(Failure) in
    try unsafe Engine.cancelAndWait(
      Handle(id: node.id), in: here, try cancelOptions(why), done, nil, nil)
  }
}

@c @implementation
public func roost_await_go(
  _ group: roost_group, _ options: UnsafePointer<roost_fiber_options>!,
  _ task: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  let given = unsafe given(options)
  return unsafe startDropping("roost_await_go", given.data, given.drop) {
    (here, done) throws(Failure) in
    let begun = try unsafe Engine.startFiber(
      into: Handle(id: group.id), in: here, fiberOptions(options, given), held: task != nil, done,
      nil, nil)
    unsafe task?.pointee.id = begun.task.id
    return begun.wait
  }
}

@c @implementation
public func roost_await_start(
  _ group: roost_group, _ options: UnsafePointer<roost_task_options>!,
  _ task: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_task_options()) } ?? roost_task_options()
  return unsafe startDropping("roost_await_start", given.data, given.drop) {
    (here, done) throws(Failure) in
    guard let options = unsafe options else {
      throw missing("options is NULL; pass ROOST_TASK(.start = ...)")
    }
    try unsafe check(options)
    let begun = try unsafe Engine.start(
      into: Handle(id: group.id), in: here, taskOptions(given), held: task != nil, done, nil, nil)
    unsafe task?.pointee.id = begun.task.id
    return begun.wait
  }
}

@c @implementation
public func roost_start_fiber(
  _ group: roost_group, _ in_: roost_node, _ options: UnsafePointer<roost_fiber_options>!,
  _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!,
  _ task: UnsafeMutablePointer<roost_task>!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  let given = unsafe given(options)
  let code = unsafe begin("roost_start_fiber", fn, data, drop, out) { (done) throws(Failure) in
    let begun = try unsafe Engine.startFiber(
      into: Handle(id: group.id), in: Handle(id: in_.id), fiberOptions(options, given),
      held: task != nil, done, data, drop)
    unsafe task?.pointee.id = begun.task.id
    return begun.wait
  }
  if code < 0 { unsafe given.drop?(given.data) }
  return code
}

private func given(_ options: UnsafePointer<roost_fiber_options>?) -> roost_fiber_options {
  unsafe options.map { unsafe read($0, empty: roost_fiber_options()) } ?? roost_fiber_options()
}

private func fiberOptions(
  _ options: UnsafePointer<roost_fiber_options>?, _ given: roost_fiber_options
) throws(Failure) -> FiberOptions {
  guard let options = unsafe options else {
    throw missing("options is NULL; pass ROOST_FIBER(.fn = ...)")
  }
  try unsafe check(options)
  return try unsafe fiberOptions(given)
}

/// A start that fails has spawned nothing, and drops the data of the task.
private func startDropping(
  _ call: StaticString, _ data: UnsafeMutableRawPointer?, _ drop: roost_drop_fn?,
  _ begin: (Handle, @escaping WaitFunction) throws(Failure) -> Handle
) -> Int32 {
  do throws(Failure) {
    return try unsafe Engine.waitHere(begin)
  } catch {
    let code = complain(call, error)
    unsafe drop?(data)
    return code
  }
}

@c @implementation
public func roost_await_event(_ event: roost_event) -> Int32 {
  outcome("roost_await_event") { () throws(Failure) in
    try Engine.awaitEvent(Handle(id: event.id))
  }
}

@c @implementation
public func roost_await_permit(_ limiter: roost_limiter) -> Int32 {
  outcome("roost_await_permit") { () throws(Failure) in
    try Engine.awaitPermit(of: Handle(id: limiter.id))
  }
}

@c @implementation
public func roost_await_lock(_ lock: roost_lock) -> Int32 {
  outcome("roost_await_lock") { () throws(Failure) in
    try Engine.awaitLock(Handle(id: lock.id))
  }
}

@c @implementation
public func roost_await_condition(_ condition: roost_condition) -> Int32 {
  unsafe awaits("roost_await_condition") { (here, done) throws(Failure) in
    try unsafe Engine.waitNotified(at: Handle(id: condition.id), in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_send(_ channel: roost_channel, _ item: UnsafeMutableRawPointer!) -> Int32 {
  outcome("roost_send") { () throws(Failure) in
    try unsafe Engine.awaitSend(item, to: Handle(id: channel.id))
  }
}

@c @implementation
public func roost_receive(
  _ channel: roost_channel, _ item: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
  outcome("roost_receive") { () throws(Failure) in
    guard let item = unsafe item else { throw missing("item is NULL; pass where it goes") }
    return try unsafe Engine.awaitReceive(from: Handle(id: channel.id), to: item)
  }
}

@c @implementation
public func roost_await_signal(_ signum: Int32) -> Int32 {
  unsafe awaits("roost_await_signal") { (here, done) throws(Failure) in
    try unsafe Engine.onSignal(signum, in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_select(_ choices: UnsafeMutablePointer<roost_choice>!, _ count: UInt64) -> Int32 {
  outcome("roost_select") { () throws(Failure) in
    try unsafe Engine.select(UnsafeMutableRawPointer(choices), count)
  }
}

@c @implementation
public func roost_await_process(_ options: UnsafePointer<roost_process_options>!) -> Int32 {
  unsafe awaits("roost_await_process") { (here, done) throws(Failure) in
    try unsafe runProcess(options, in: here, done, nil, nil)
  }
}
