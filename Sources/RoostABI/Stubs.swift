public import CRoost
internal import RoostCore

// Not there yet; each function leaves this file when it is written.

@c @implementation
public func roost_trace_start(
  _ runtime: roost_runtime, _ write: roost_write_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 { -22 }

@c @implementation
public func roost_trace_stop(_ runtime: roost_runtime) -> Int32 { -22 }

@c @implementation
public func roost_counters_of(
  _ runtime: roost_runtime, _ out: UnsafeMutablePointer<roost_counters>!
)
  -> Int32
{ -22 }
