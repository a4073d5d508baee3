public import CRoost
internal import RoostCore

@c @implementation
public func roost_on_signal(
  _ signum: Int32, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_on_signal", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.onSignal(signum, in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_run_process(
  _ options: UnsafePointer<roost_process_options>!, _ in_: roost_node, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_run_process", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe runProcess(options, in: Handle(id: in_.id), done, data, drop)
  }
}

func runProcess(
  _ options: UnsafePointer<roost_process_options>?, in node: Handle,
  _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: roost_drop_fn?
) throws(Failure) -> Handle {
  guard let options = unsafe options else {
    throw missing("options is NULL; pass ROOST_PROCESS(.file = ...)")
  }
  try unsafe check(options)
  let given = unsafe read(options, empty: roost_process_options())
  let begun = try unsafe Engine.runProcess(processOptions(given), in: node, done, data, drop)
  unsafe given.pid?.pointee = Int64(begun.pid)
  return begun.wait
}

private func processOptions(_ given: roost_process_options) throws(Failure) -> ProcessOptions {
  guard let file = unsafe given.file else { throw missing("file is NULL; pass what to run") }
  var options = unsafe ProcessOptions(file: file)
  unsafe options.args = UnsafePointer(given.args)
  unsafe options.env = UnsafePointer(given.env)
  unsafe options.folder = given.folder
  unsafe options.stdio = UnsafeRawPointer(given.stdio)
  options.stdioCount = unsafe Int32(try number(given.stdio_count, upTo: UInt64(Int32.max)))
  unsafe options.inherits = try flag(given.inherit, "inherit is neither 0 nor 1")
  if options.inherits, unsafe given.stdio != nil {
    throw Failure(.invalid, nil, "inherit is given with stdio; say there what is inherited")
  }
  options.flags = unsafe UInt32(try number(given.flags, upTo: UInt64(UInt32.max)))
  options.uid = unsafe UInt32(try number(given.uid, upTo: UInt64(UInt32.max)))
  options.gid = unsafe UInt32(try number(given.gid, upTo: UInt64(UInt32.max)))
  unsafe options.stop = UnsafeRawPointer(given.stop)?.assumingMemoryBound(to: StopStep.self)
  options.stopCount = unsafe Int(try number(given.stop_count, upTo: 16))
  return options
}

private func number(_ value: UInt64, upTo limit: UInt64) throws(Failure) -> UInt64 {
  guard value <= limit else { throw Failure(.invalid, nil, "a number is greater than it can be") }
  return value
}
