public import CRoost
public import CUV
internal import CShim
internal import RoostCore

@c @implementation
public func roost_runtime_open(
  _ options: UnsafePointer<roost_runtime_options>!, _ out: UnsafeMutablePointer<roost_runtime>!
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_runtime_options()) }
    ?? roost_runtime_options()
  let code = unsafe answer(
    "roost_runtime_open", dropping: given.filter_data, with: given.filter_drop
  ) {
    () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    let wanted = try unsafe runtimeOptions(options, given)
    unsafe out.pointee.id = try Engine.openRuntime(wanted).id
    return .ok
  }
  if code < 0 { unsafe given.report_drop?(given.report_data) }
  return code
}

private func runtimeOptions(
  _ options: UnsafePointer<roost_runtime_options>?, _ given: roost_runtime_options
) throws(Failure) -> RuntimeOptions {
  var wanted = RuntimeOptions()
  if let options = unsafe options {
    try unsafe check(options)
    guard unsafe given.clock <= UInt64(ROOST_CLOCK_VIRTUAL) else {
      throw Failure(.invalid, nil, "clock is neither ROOST_CLOCK_REAL nor ROOST_CLOCK_VIRTUAL")
    }
    unsafe wanted.loop = given.loop.map { UnsafeMutableRawPointer($0) }
    wanted.isVirtual = unsafe given.clock == UInt64(ROOST_CLOCK_VIRTUAL)
    wanted.seed = unsafe given.seed
    wanted.root.policy = unsafe try policy(given.policy, byDefault: .supervise)
    wanted.root.limit = unsafe given.limit
    wanted.root.maxErrors = unsafe given.max_errors
    wanted.root.stackSize = unsafe given.stack_size
    unsafe wanted.root.common.name = given.name
    unsafe wanted.root.common.grace = given.grace_ns
    unsafe wanted.root.filter = unsafeBitCast(given.filter, to: FilterFunction?.self)
    unsafe wanted.root.filterData = given.filter_data
    unsafe wanted.root.filterDrop = given.filter_drop
    wanted.reports = unsafe try reportOptions(given)
  }
  return wanted
}

private func reportOptions(_ given: roost_runtime_options) throws(Failure) -> ReportOptions {
  guard unsafe given.stall_ns >= 0, unsafe given.step_ns >= 0 else {
    throw Failure(.invalid, nil, "stall_ns or step_ns is negative; pass 0 for never")
  }
  var wanted = ReportOptions()
  unsafe wanted.report = unsafeBitCast(given.report, to: ReportFunction?.self)
  unsafe wanted.data = given.report_data
  unsafe wanted.drop = given.report_drop
  wanted.stallAfter = unsafe given.stall_ns
  wanted.stepLimit = unsafe given.step_ns
  return wanted
}

@c @implementation
public func roost_main(_ fn: roost_fiber_fn!, _ data: UnsafeMutableRawPointer!) -> Int32 {
  unsafe runProgram("roost_main", nil, fn, data)
}

@c @implementation
public func roost_main_with(
  _ options: UnsafePointer<roost_runtime_options>!, _ fn: roost_fiber_fn!,
  _ data: UnsafeMutableRawPointer!
) -> Int32 { unsafe runProgram("roost_main_with", options, fn, data) }

/// What is wrong with the call is said on stderr, too, where a program would hardly say it.
private func runProgram(
  _ call: StaticString, _ options: UnsafePointer<roost_runtime_options>?, _ fn: roost_fiber_fn?,
  _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let given =
    unsafe options.map { unsafe read($0, empty: roost_runtime_options()) }
    ?? roost_runtime_options()
  do throws(Failure) {
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass what the program does") }
    let wanted = try unsafe runtimeOptions(options, given)
    return try unsafe Engine.main(wanted, unsafeBitCast(fn, to: StartFunction.self), data)
  } catch {
    let code = complain(call, error)
    unsafe shim_say(roost_last_error())
    unsafe shim_say(shim_line_end())
    return code
  }
}

@c @implementation
public func roost_run(_ runtime: roost_runtime) -> Int32 {
  answer("roost_run") { () throws(Failure) in try Engine.run(Handle(id: runtime.id)) }
}

@c @implementation
public func roost_close(
  _ runtime: roost_runtime, _ patience_ns: Int64, _ fn: roost_close_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!
) -> Int32 {
  let code = unsafe answer("roost_close", dropping: data, with: drop) { () throws(Failure) in
    var options = CloseOptions()
    options.patience = patience_ns
    unsafe options.done = unsafeBitCast(fn, to: CloseFunction?.self)
    unsafe options.data = data
    unsafe options.drop = drop
    return try Engine.close(Handle(id: runtime.id), options)
  }
  if code == ROOST_ALREADY { unsafe drop?(data) }
  return code
}

@c @implementation
public func roost_root(_ runtime: roost_runtime) -> roost_node {
  var root = roost_node()
  _ = answer("roost_root") { () throws(Failure) in
    root.id = try Engine.root(of: Handle(id: runtime.id)).id
    return .ok
  }
  return root
}

@c @implementation
public func roost_loop(_ runtime: roost_runtime) -> UnsafeMutablePointer<uv_loop_s>! {
  var loop: UnsafeMutablePointer<uv_loop_s>? = nil
  _ = answer("roost_loop") { () throws(Failure) in
    unsafe loop = try Engine.loop(of: Handle(id: runtime.id))
      .assumingMemoryBound(to: uv_loop_s.self)
    return .ok
  }
  return unsafe loop
}

@c @implementation
public func roost_runtime_of(_ node: roost_node) -> roost_runtime {
  var runtime = roost_runtime()
  _ = answer("roost_runtime_of") { () throws(Failure) in
    runtime.id = try Engine.runtime(of: Handle(id: node.id)).id
    return .ok
  }
  return runtime
}

@c @implementation
public func roost_now(_ runtime: roost_runtime) -> UInt64 {
  var now: UInt64 = 0
  _ = answer("roost_now") { () throws(Failure) in
    now = try Engine.now(Handle(id: runtime.id))
    return .ok
  }
  return now
}
