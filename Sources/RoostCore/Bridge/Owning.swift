internal import CShim

// Handles that a node owns: a cleanup closes them (K2).

/// Told that libuv has let go of a handle.
public typealias ClosedFunction = @convention(c) (_ handle: UnsafeMutableRawPointer?) -> Void

/// What the cleanup of a handle has.
@safe
struct Owner {
  let runtime: Runtime
  let handle: UnsafeMutableRawPointer
  let closed: ClosedFunction?
  var cleanup = Handle.none
  /// The cleanup's task, and what it waits with, when it has begun.
  var task = Handle.none
  var wait: Slot = 0
  /// It is this that closes the handle.
  var isClosing = false
  /// The handle is closed; or will be before the next batch of this loop.
  var isLost = false
}

typealias OwnerPointer = UnsafeMutablePointer<Owner>

extension Engine {
  /// Has a handle closed when a node ends, and waits for that. The node that owned it before does
  /// not close it any more.
  public static func own(
    _ handle: UnsafeMutableRawPointer, by nodeHandle: Handle, closed: ClosedFunction?
  ) throws(Failure) {
    let (runtime, _) = try find(nodeHandle, .node)
    try unsafe runtime.check(handle)
    let known = try unsafe runtime.know(handle)
    defer { unsafe HandleTable.forgetIfIdle(known) }
    // The cleanup waits in its turn, when nothing may fail (K2c).
    guard runtime.state.waitSlab.reserve(1) else {
      throw Failure(.noMemory, nodeHandle, "no memory for a cleanup on it")
    }
    guard let memory = unsafe shim_alloc(MemoryLayout<Owner>.size) else {
      runtime.state.waitSlab.unreserve(1)
      throw Failure(.noMemory, nodeHandle, "no memory for a cleanup on it")
    }
    let owner = unsafe memory.bindMemory(to: Owner.self, capacity: 1)
    unsafe owner.initialize(to: Owner(runtime: runtime, handle: handle, closed: closed))
    var cleanup = unsafe CleanupOptions(run: Owner.close)
    unsafe cleanup.data = memory
    do {
      unsafe owner.pointee.cleanup = try deferCleanup(on: nodeHandle, cleanup)
    } catch {
      runtime.state.waitSlab.unreserve(1)
      unsafe shim_free(memory)
      throw error
    }
    if let former = unsafe known.pointee.owner { unsafe Owner.retire(former) }
    unsafe known.pointee.owner = owner
  }
}

extension Owner {
  private static func at(_ data: UnsafeMutableRawPointer?) -> OwnerPointer {
    unsafe data.unsafelyUnwrapped.assumingMemoryBound(to: Owner.self)
  }

  /// Takes back the cleanup, which has not begun: the handle is not being closed.
  fileprivate static func retire(_ owner: OwnerPointer) {
    _ = unsafe try? Engine.undefer(owner.pointee.cleanup)
    unsafe owner.pointee.runtime.state.waitSlab.unreserve(1)
    unsafe shim_free(owner)
  }

  /// The cleanup. A handle that was closed by somebody else before is only waited for.
  fileprivate static let close: CleanupFunction = { task, _, data in
    let owner = unsafe at(data)
    let runtime = unsafe owner.pointee.runtime
    runtime.state.waitSlab.unreserve(1)
    if unsafe owner.pointee.isLost {
      unsafe tell(owner)
      return 0
    }
    if unsafe !Loop.isClosing(owner.pointee.handle) {
      unsafe owner.pointee.isClosing = true
      unsafe Loop.closeOwned(owner.pointee.handle)
    }
    unsafe owner.pointee.task = Handle(id: task)
    do throws(Failure) {
      unsafe owner.pointee.wait = try runtime.beginOutside(
        in: Handle(id: task).slot, .close, hasClosed, data, nil
      ).wait
    } catch {
      return error.status.code
    }
    return Status.pending.code
  }

  /// Its handle will have gone when the next batch runs.
  static func lose(_ owner: OwnerPointer) {
    unsafe owner.pointee.isLost = true
    let wait = unsafe owner.pointee.wait
    if wait != 0 { unsafe owner.pointee.runtime.complete(wait, 0) }
  }

  /// The wait of the cleanup has ended.
  private static let hasClosed: WaitFunction = { _, _, data in
    let owner = unsafe at(data)
    let task = unsafe owner.pointee.task
    unsafe tell(owner)
    // Unless what was told has ended it.
    _ = unsafe try? Engine.finish(task, 0, nil, nil)
  }

  private static func tell(_ owner: OwnerPointer) {
    let (handle, closed) = unsafe (owner.pointee.handle, owner.pointee.closed)
    unsafe shim_free(owner)
    unsafe closed?(handle)
  }
}
