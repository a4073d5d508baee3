public import CRoost
internal import RoostCore

@c @implementation
public func roost_defer(
  _ node: roost_node, _ fn: roost_cleanup_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 {
  unsafe answer("roost_defer", dropping: data, with: drop) { () throws(Failure) in
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass the cleanup") }
    var wanted = unsafe CleanupOptions(run: unsafeBitCast(fn, to: CleanupFunction.self))
    unsafe wanted.data = data
    unsafe wanted.drop = drop
    _ = try Engine.deferCleanup(on: Handle(id: node.id), wanted)
    return .ok
  }
}

@c @implementation
public func roost_defer_with(
  _ node: roost_node, _ options: UnsafePointer<roost_cleanup_options>!,
  _ out: UnsafeMutablePointer<roost_cleanup>!
) -> Int32 {
  guard let options = unsafe options else {
    return complain("roost_defer_with", missing("options is NULL; pass ROOST_CLEANUP(.fn = ...)"))
  }
  let given = unsafe read(options, empty: roost_cleanup_options())
  return unsafe answer("roost_defer_with", dropping: given.data, with: given.drop) {
    () throws(Failure) in
    try unsafe check(options)
    guard let fn = unsafe given.fn else { throw missing("fn is NULL; pass the cleanup") }
    var wanted = unsafe CleanupOptions(run: unsafeBitCast(fn, to: CleanupFunction.self))
    unsafe wanted.onCancel = unsafeBitCast(given.on_cancel, to: CancelFunction?.self)
    unsafe wanted.data = given.data
    unsafe wanted.drop = given.drop
    unsafe wanted.name = given.name
    let cleanup = try Engine.deferCleanup(on: Handle(id: node.id), wanted)
    unsafe out?.pointee.id = cleanup.id
    return .ok
  }
}

@c @implementation
public func roost_undefer(_ cleanup: roost_cleanup) -> Int32 {
  answer("roost_undefer") { () throws(Failure) in
    try Engine.undefer(Handle(id: cleanup.id))
    return .ok
  }
}
