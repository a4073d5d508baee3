public import CRoost
internal import RoostCore

@c @implementation
public func roost_post(
  _ runtime: roost_runtime, _ fn: roost_post_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_post", dropping: data, with: drop) { () throws(Failure) in
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass what shall be called") }
    try unsafe Engine.post(
      to: Handle(id: runtime.id), unsafeBitCast(fn, to: PostFunction.self), data, drop)
    return .ok
  }
}

@c @implementation
public func roost_current(_ runtime: roost_runtime, _ out: UnsafeMutablePointer<roost_step>!)
  -> Int32
{
  answer("roost_current") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass the struct to fill") }
    var step = try Engine.current(Handle(id: runtime.id))
    try unsafe fill(out, from: &step)
    return Status(step.node == 0 ? 0 : 1)
  }
}
