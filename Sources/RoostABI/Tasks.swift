public import CRoost
internal import RoostCore

@c @implementation
public func roost_spawn(
  _ group: roost_group, _ options: UnsafePointer<roost_task_options>!,
  _ out: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  guard let options = unsafe options, unsafe isPlain(options),
    let start = unsafe options.pointee.start
  else { return unsafe spawnUncommon(group, options, out) }
  // The usual one: nothing is set but what most tasks have.
  let given = unsafe options
  return unsafe answer("roost_spawn", dropping: given.pointee.data, with: given.pointee.drop) {
    () throws(Failure) in
    var wanted = unsafe TaskOptions(start: unsafeBitCast(start, to: StartFunction.self))
    unsafe wanted.onCancel = unsafeBitCast(given.pointee.on_cancel, to: CancelFunction?.self)
    unsafe wanted.data = given.pointee.data
    unsafe wanted.drop = given.pointee.drop
    let out = unsafe out
    let task = try Engine.spawnPlain(into: Handle(id: group.id), wanted, held: unsafe out != nil)
    unsafe out?.pointee.id = task.id
    return .ok
  }
}

@inline(never)
private func spawnUncommon(
  _ group: roost_group, _ options: UnsafePointer<roost_task_options>?,
  _ out: UnsafeMutablePointer<roost_task>?
) -> Int32 {
  guard let options = unsafe options else {
    return complain("roost_spawn", missing("options is NULL; pass ROOST_TASK(.start = ...)"))
  }
  let given = unsafe read(options, empty: roost_task_options())
  return unsafe answer("roost_spawn", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    try unsafe check(options)
    let task = try unsafe Engine.spawn(
      into: Handle(id: group.id), taskOptions(given), held: out != nil)
    unsafe out?.pointee.id = task.id
    return .ok
  }
}

@c @implementation
public func roost_start(
  _ group: roost_group, _ in_: roost_node, _ options: UnsafePointer<roost_task_options>!,
  _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!,
  _ task: UnsafeMutablePointer<roost_task>!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_task_options()) }
    ?? roost_task_options()
  let code = unsafe answer("roost_start", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    guard let options = unsafe options else {
      throw missing("options is NULL; pass ROOST_TASK(.start = ...)")
    }
    try unsafe check(options)
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass what is told of the start") }
    let begun = try unsafe Engine.start(
      into: Handle(id: group.id), in: Handle(id: in_.id), try taskOptions(given), held: task != nil,
      unsafeBitCast(fn, to: WaitFunction.self), data, drop)
    unsafe task?.pointee.id = begun.task.id
    unsafe out?.pointee.id = begun.wait.id
    return .ok
  }
  if code < 0 { unsafe drop?(data) }
  return code
}

@c @implementation
public func roost_started(_ task: roost_task, _ value: Int32) -> Int32 {
  answer("roost_started") { () throws(Failure) in
    try Engine.started(Handle(id: task.id), value)
    return .ok
  }
}

/// Of the library's own size, with nothing set but what most tasks have. Of a shorter one, nothing
/// beyond its size may be read.
@inline(__always)
private func isPlain(_ options: UnsafePointer<roost_task_options>) -> Bool {
  guard unsafe options.pointee.size == UInt64(MemoryLayout<roost_task_options>.size) else {
    return false
  }
  let given = unsafe options
  let numbers =
    unsafe UInt64(bitPattern: given.pointee.timeout_ns | given.pointee.grace_ns)
    | given.pointee.deadline_ns | given.pointee.move_on | given.pointee.shield
    | given.pointee.until_stopping | given.pointee.daemon
    | UInt64(UInt(bitPattern: given.pointee.name))
  return numbers == 0
}

@inline(never)
func taskOptions(_ given: roost_task_options) throws(Failure) -> TaskOptions {
  guard let start = unsafe given.start else {
    throw missing("start is NULL; pass the function that begins the task")
  }
  var wanted = unsafe TaskOptions(start: unsafeBitCast(start, to: StartFunction.self))
  unsafe wanted.onCancel = unsafeBitCast(given.on_cancel, to: CancelFunction?.self)
  unsafe wanted.data = given.data
  unsafe wanted.drop = given.drop
  wanted.common = try unsafe nodeOptions(
    name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
    moveOn: given.move_on, report: 0, shield: given.shield, grace: given.grace_ns,
    untilStopping: given.until_stopping)
  wanted.isDaemon = unsafe try flag(given.daemon, "daemon is neither 0 nor 1")
  return wanted
}

@c @implementation
public func roost_finish(
  _ task: roost_task, _ rc: Int32, _ result: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_finish", dropping: result, with: drop) { () throws(Failure) in
    try unsafe Engine.finish(Handle(id: task.id), rc, result, drop)
    return .ok
  }
}

@c @implementation
public func roost_explain(_ task: roost_task, _ message: UnsafePointer<CChar>!) -> Int32 {
  answer("roost_explain") { () throws(Failure) in
    try unsafe Engine.explain(Handle(id: task.id), message)
    return .ok
  }
}

@c @implementation
public func roost_outcome_of(_ task: roost_task, _ out: UnsafeMutablePointer<roost_outcome>!)
  -> Int32
{
  answer("roost_outcome_of") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass the struct to fill") }
    var outcome = try Engine.outcome(of: Handle(id: task.id))
    try unsafe fill(out, from: &outcome)
    return .ok
  }
}

@c @implementation
public func roost_take_result(
  _ task: roost_task, _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
  answer("roost_take_result") { () throws(Failure) in
    guard let result = unsafe result else { throw missing("result is NULL; pass where it goes") }
    unsafe result.pointee = try Engine.takeResult(of: Handle(id: task.id))
    return .ok
  }
}

@c @implementation
public func roost_release(_ task: roost_task) -> Int32 {
  answer("roost_release") { () throws(Failure) in try Engine.release(Handle(id: task.id)) }
}

@c @implementation
public func roost_release_id(_ id: UInt64) -> Int32 {
  answer("roost_release_id") { () throws(Failure) in try Engine.releaseAny(Handle(id: id)) }
}
