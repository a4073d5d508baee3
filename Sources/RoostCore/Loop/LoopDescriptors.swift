internal import CShim
internal import CUV

// Descriptors (S3). They are watched by a set of the runtime's own, and libuv watches that: on a
// descriptor that was closed behind its back libuv ends the program.

extension Loop {
  /// Has `Runtime.descriptorsCame` called when anything in the set has come. The handle stays until
  /// the runtime is closed, and does not keep the loop going.
  func watch(_ set: Int32, for runtime: Runtime) throws(Failure) -> UnsafeMutableRawPointer {
    guard let memory = unsafe shim_alloc(Loop.room(UV_POLL)) else {
      throw Failure(.noMemory, nil, "no memory to wait for descriptors")
    }
    let poll = unsafe memory.assumingMemoryBound(to: uv_poll_t.self)
    var code = unsafe uv_poll_init(loop, poll, set)
    guard code == 0 else {
      unsafe shim_free(memory)
      throw Failure(Status(code), nil, "libuv could not watch for descriptors")
    }
    unsafe own(handle(poll), by: runtime)
    code = unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
      let runtime = unsafe Runtime(raw: handle.unsafelyUnwrapped.pointee.data)
      if runtime.isOnItsThread {
        runtime.descriptorsCame()
      } else {
        // The set is shared with the parent, whose events these are (S8b).
        unsafe uv_poll_stop(handle)
      }
    }
    // What libuv would do before its next poll, where a failure ends the program.
    if code == 0 { code = unsafe shim_set_watch(uv_backend_fd(loop), set) }
    guard code == 0 else {
      unsafe closeHandle(of: memory)
      throw Failure(Status(code), nil, "the loop could not watch for descriptors")
    }
    unsafe uv_unref(handle(poll))
    return unsafe memory
  }
}
