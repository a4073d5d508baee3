public import CRoost
internal import RoostCore

@c @implementation
public func roost_spawn_blocking(
  _ group: roost_group, _ options: UnsafePointer<roost_blocking_options>!,
  _ out: UnsafeMutablePointer<roost_task>!
) -> Int32 {
  guard let options = unsafe options else {
    return complain(
      "roost_spawn_blocking", missing("options is NULL; pass ROOST_BLOCKING(.work = ...)"))
  }
  let given = unsafe read(options, empty: roost_blocking_options())
  return unsafe answer("roost_spawn_blocking", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    try unsafe check(options)
    let task = try unsafe Engine.spawnBlocking(
      into: Handle(id: group.id), blockingOptions(given), held: out != nil)
    unsafe out?.pointee.id = task.id
    return .ok
  }
}

private func blockingOptions(_ given: roost_blocking_options) throws(Failure) -> BlockingOptions {
  guard let work = unsafe given.work else {
    throw missing("work is NULL; pass the function that runs on the pool")
  }
  var wanted = unsafe BlockingOptions(run: unsafeBitCast(work, to: WorkFunction.self))
  unsafe wanted.data = given.data
  unsafe wanted.drop = given.drop
  unsafe wanted.resultDrop = given.result_drop
  wanted.isAbandoned = unsafe try flag(given.abandon, "abandon is neither 0 nor 1")
  wanted.common = try unsafe nodeOptions(
    name: given.name, timeout: given.timeout_ns, deadline: given.deadline_ns,
    moveOn: given.move_on, report: 0, shield: given.shield, grace: given.grace_ns,
    untilStopping: given.until_stopping)
  wanted.isDaemon = unsafe try flag(given.daemon, "daemon is neither 0 nor 1")
  return wanted
}
