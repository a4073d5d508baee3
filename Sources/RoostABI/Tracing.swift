public import CRoost
internal import RoostCore

@c @implementation
public func roost_trace_start(
  _ runtime: roost_runtime, _ write: roost_write_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_trace_start", dropping: data, with: drop) { () throws(Failure) in
    guard let write = unsafe write else { throw missing("write is NULL; pass what gets the text") }
    try unsafe Engine.startTrace(
      of: Handle(id: runtime.id), write, data, drop)
    return .ok
  }
}

@c @implementation
public func roost_trace_stop(_ runtime: roost_runtime) -> Int32 {
  answer("roost_trace_stop") { () throws(Failure) in
    try Engine.stopTrace(of: Handle(id: runtime.id))
  }
}

@c @implementation
public func roost_counters_of(
  _ runtime: roost_runtime, _ out: UnsafeMutablePointer<roost_counters>!
) -> Int32 {
  answer("roost_counters_of") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass the struct to fill") }
    var counters = try Engine.counters(of: Handle(id: runtime.id))
    try unsafe fill(out, from: &counters)
    return .ok
  }
}

@c @implementation
public func roost_usage_of(_ id: UInt64, _ out: UnsafeMutablePointer<roost_usage>!) -> Int32 {
  answer("roost_usage_of") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass the struct to fill") }
    var usage = try Engine.usage(of: Handle(id: id))
    try unsafe fill(out, from: &usage)
    return .ok
  }
}
