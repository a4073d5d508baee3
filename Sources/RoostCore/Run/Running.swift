internal import CShim

extension Engine {
  /// Turns the runtime's own loop until nothing of ours keeps it going (S8).
  public static func run(_ handle: Handle) throws(Failure) -> Status {
    let runtime = try findRuntime(handle)
    guard runtime.state.loop.isOwn else {
      throw Failure(.order, handle, "runs on a borrowed loop; turn that with uv_run")
    }
    guard !runtime.isTurnedByHost else {
      throw Failure(.order, handle, "is turned by its host; call roost_host_turn")
    }
    guard !runtime.state.isRunning, !runtime.state.isTurning else {
      throw Failure(.order, handle, "is running already; return to its loop instead")
    }
    return runtime.run()
  }
}

extension Runtime {
  /// Turns an own loop until nothing keeps it going, or until the runtime has gone: it is freed
  /// then, and nothing of it may be touched.
  func run() -> Status {
    let (thread, outer) = unsafe (state.thread, leaveFiber())
    defer { unsafe comeBack(to: outer, on: thread) }
    state.isRunning = true
    forgetDeadlock()
    while state.closing.phase != .clear, state.deadlock != .stuck {
      // What was posted meanwhile has something run (S5).
      if state.busy == 0, hasMail { takeMail() }
      if state.busy == 0 { break }
      state.loop.runOnce()
    }
    state.isRunning = false
    if state.closing.phase == .clear {
      let met = state.deadlock != .none
      let status = finishClosing()
      return met ? .deadlock : status
    }
    defer { if state.deadlock == .met { state.deadlock = .none } }
    return state.deadlock == .none ? .ok : .deadlock
  }
}

// What a runtime calls is no part of a fiber of another runtime that turns its loop.

extension Runtime {
  /// The fiber that runs, if any, which then runs no more.
  func leaveFiber() -> UnsafeMutableRawPointer? {
    let fiber = unsafe state.thread.pointee.fiber
    unsafe state.thread.pointee.fiber = nil
    return unsafe fiber
  }

  /// The runtime may have gone. Where a fiber runs, its own keeps what is known of the thread.
  func comeBack(
    to fiber: UnsafeMutableRawPointer?, on thread: UnsafeMutablePointer<shim_thread>
  ) {
    if unsafe fiber != nil { unsafe thread.pointee.fiber = fiber }
  }
}
