internal import CShim
internal import CUV

// Handles that waits put on the loop. They do not keep it going: that is for what waits (S8).

extension Loop {
  /// Has `Runtime.signalCame` called for each signal of this number that the process receives.
  func catchSignal(_ number: Int32, for runtime: Runtime) throws(Failure)
    -> UnsafeMutableRawPointer
  {
    guard let memory = unsafe shim_alloc(Loop.room(UV_SIGNAL)) else {
      throw Failure(.noMemory, nil, "no memory to wait for a signal")
    }
    let signal = unsafe memory.assumingMemoryBound(to: uv_signal_t.self)
    var code = unsafe uv_signal_init(loop, signal)
    guard code == 0 else {
      unsafe shim_free(memory)
      throw Failure(Status(code), nil, "libuv could not make a signal handle")
    }
    unsafe own(handle(signal), by: runtime)
    shim_signal_begin(number)
    code = unsafe uv_signal_start(
      signal,
      { unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).signalCame($1) },
      number)
    shim_signal_begun(number, code)
    guard code == 0 else {
      unsafe closeHandle(of: memory)
      throw Failure(Status(code), nil, "there is no such signal, or it cannot be caught")
    }
    unsafe uv_unref(handle(signal))
    return unsafe memory
  }

  /// No more of them: `caught` is what `catchSignal` has given.
  func leaveSignal(_ number: Int32, _ caught: UnsafeMutableRawPointer) {
    shim_signal_end(number)
    unsafe closeHandle(of: caught)
    shim_signal_ended(number)
  }

  /// From now on the runtime waits for it to be closed.
  func own(_ handle: UnsafeMutablePointer<uv_handle_t>, by runtime: Runtime) {
    unsafe handle.pointee.data = runtime.raw
    runtime.state.handlesOfWaits += 1
  }

  /// Closes a handle, and frees the memory that it stands at the beginning of.
  func closeHandle(of memory: UnsafeMutableRawPointer) {
    unsafe uv_close(memory.assumingMemoryBound(to: uv_handle_t.self)) {
      let runtime = unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data)
      unsafe shim_free($0)
      runtime.handleOfWaitClosed()
    }
  }
}
