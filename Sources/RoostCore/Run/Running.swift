extension Engine {
  /// Turns the runtime's own loop until nothing of ours keeps it going (S8).
  public static func run(_ handle: Handle) throws(Failure) -> Status {
    let runtime = try findRuntime(handle)
    guard runtime.state.loop.isOwn else {
      throw Failure(.order, handle, "runs on a borrowed loop; turn that with uv_run")
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
