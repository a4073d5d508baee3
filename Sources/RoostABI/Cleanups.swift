public import CRoost
internal import RoostCore

@c @implementation
public func roost_defer(
  _ node: roost_node, _ fn: roost_cleanup_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 { unsafe register("roost_defer", node, fn, data, drop, isFiber: false) }

@c @implementation
public func roost_fiber_defer(
  _ node: roost_node, _ fn: roost_cleanup_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!
) -> Int32 { unsafe register("roost_fiber_defer", node, fn, data, drop, isFiber: true) }

@c @implementation
public func roost_defer_with(
  _ node: roost_node, _ options: UnsafePointer<roost_cleanup_options>!,
  _ out: UnsafeMutablePointer<roost_cleanup>!
) -> Int32 { unsafe register("roost_defer_with", node, options, out, isFiber: false) }

@c @implementation
public func roost_fiber_defer_with(
  _ node: roost_node, _ options: UnsafePointer<roost_cleanup_options>!,
  _ out: UnsafeMutablePointer<roost_cleanup>!
) -> Int32 { unsafe register("roost_fiber_defer_with", node, options, out, isFiber: true) }

@inline(__always)
private func register(
  _ call: StaticString, _ node: roost_node, _ fn: roost_cleanup_fn?,
  _ data: UnsafeMutableRawPointer?, _ drop: roost_drop_fn?, isFiber: Bool
) -> Int32 {
  unsafe answer(call, dropping: data, with: drop) { () throws(Failure) in
    guard let fn = unsafe fn else { throw missing("fn is NULL; pass the cleanup") }
    var wanted = unsafe CleanupOptions(run: unsafeBitCast(fn, to: CleanupFunction.self))
    unsafe wanted.data = data
    unsafe wanted.drop = drop
    wanted.isFiber = isFiber
    _ = try Engine.deferCleanup(on: Handle(id: node.id), wanted)
    return .ok
  }
}

private func register(
  _ call: StaticString, _ node: roost_node, _ options: UnsafePointer<roost_cleanup_options>?,
  _ out: UnsafeMutablePointer<roost_cleanup>?, isFiber: Bool
) -> Int32 {
  guard let options = unsafe options else {
    return complain(call, missing("options is NULL; pass ROOST_CLEANUP(.fn = ...)"))
  }
  let given = unsafe read(options, empty: roost_cleanup_options())
  return unsafe answer(call, dropping: given.data, with: given.drop) { () throws(Failure) in
    try unsafe check(options)
    guard let fn = unsafe given.fn else { throw missing("fn is NULL; pass the cleanup") }
    if isFiber, unsafe given.on_cancel != nil {
      throw missing("on_cancel is set; a cleanup that is a fiber is told by its waits")
    }
    var wanted = unsafe CleanupOptions(run: unsafeBitCast(fn, to: CleanupFunction.self))
    wanted.isFiber = isFiber
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
