public import CRoost
internal import RoostCore

@c @implementation
public func roost_spawn(
  _ group: roost_group, _ options: UnsafePointer<roost_task_options>!,
  _ out: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  guard let options = unsafe options else {
    return complain("roost_spawn", missing("options is NULL; pass ROOST_TASK(.start = ...)"))
  }
  let given = unsafe read(options, empty: roost_task_options())
  return unsafe answer("roost_spawn", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    try unsafe check(options)
    guard let start = unsafe given.start else {
      throw missing("start is NULL; pass the function that begins the task")
    }
    var wanted = unsafe TaskOptions(start: unsafeBitCast(start, to: StartFunction.self))
    unsafe wanted.onCancel = unsafeBitCast(given.on_cancel, to: CancelFunction?.self)
    unsafe wanted.data = given.data
    unsafe wanted.drop = given.drop
    wanted.common = try unsafe nodeOptions(
      name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
      moveOn: given.move_on, report: 0)
    let out = unsafe out
    let task = try Engine.spawn(into: Handle(id: group.id), wanted, held: unsafe out != nil)
    unsafe out?.pointee.id = task.id
    return .ok
  }
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
public func roost_release(_ task: roost_task) -> Int32 {
  answer("roost_release") { () throws(Failure) in try Engine.release(Handle(id: task.id)) }
}
