internal import CShim
internal import CUV

// Child processes (S3).

extension Loop {
  /// Where what the engine keeps of a child begins, behind libuv's handle.
  static var processRoom: Int { room(UV_PROCESS) }

  /// Starts a child in memory that begins with room for a handle, which has to be closed whatever
  /// this answers. `Runtime.childEnded` is called when it has ended.
  func spawn(
    _ wanted: ProcessOptions, in memory: UnsafeMutableRawPointer, for runtime: Runtime
  ) -> Int32 {
    let process = unsafe memory.assumingMemoryBound(to: uv_process_t.self)
    var options = unsafe uv_process_options_t()
    unsafe options.exit_cb = {
      unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).childEnded(
        UnsafeMutableRawPointer($0.unsafelyUnwrapped), $1, $2)
    }
    unsafe options.file = wanted.file
    unsafe options.env = Loop.texts(wanted.env)
    unsafe options.cwd = wanted.folder
    unsafe options.flags = wanted.flags
    unsafe options.uid = wanted.uid
    unsafe options.gid = wanted.gid
    unsafe options.stdio_count = wanted.stdioCount
    unsafe options.stdio = UnsafeMutableRawPointer(mutating: wanted.stdio)?.assumingMemoryBound(
      to: uv_stdio_container_t.self)
    var inherited = unsafe Loop.inherited
    var alone: InlineArray<2, UnsafeMutablePointer<CChar>?> = unsafe [
      UnsafeMutablePointer(mutating: wanted.file), nil,
    ]
    let code = unsafe withUnsafeMutablePointer(to: &inherited) { inherited in
      unsafe withUnsafeMutablePointer(to: &alone) { alone in
        unsafe options.args =
          Loop.texts(wanted.args)
          ?? UnsafeMutableRawPointer(alone).assumingMemoryBound(
            to: UnsafeMutablePointer<CChar>?.self)
        if wanted.inherits {
          unsafe options.stdio = UnsafeMutableRawPointer(inherited).assumingMemoryBound(
            to: uv_stdio_container_t.self)
          unsafe options.stdio_count = 3
        }
        return unsafe uv_spawn(loop, process, &options)
      }
    }
    unsafe own(handle(process), by: runtime)
    if code == 0 { unsafe uv_unref(handle(process)) }
    return code
  }

  /// Whether a child runs whose start has failed: libuv had it, and then could not open a pipe.
  func hasChild(_ memory: UnsafeMutableRawPointer) -> Bool {
    unsafe uv_is_active(memory.assumingMemoryBound(to: uv_handle_t.self)) != 0
  }

  static func pid(of memory: UnsafeMutableRawPointer) -> Int32 {
    unsafe uv_process_get_pid(memory.assumingMemoryBound(to: uv_process_t.self))
  }

  /// Sends a child a signal; false where that was not possible.
  @discardableResult
  static func kill(_ memory: UnsafeMutableRawPointer, _ signal: Int32) -> Bool {
    unsafe uv_process_kill(memory.assumingMemoryBound(to: uv_process_t.self), signal) == 0
  }

  /// What libuv knows of flags: on any other it would end the program.
  static var processFlags: UInt64 {
    UInt64(UV_PROCESS_DETACHED.rawValue | UV_PROCESS_SETUID.rawValue | UV_PROCESS_SETGID.rawValue)
  }

  /// Whether libuv can take these descriptions of descriptors: on wrong ones it would end the
  /// program, or start a child and then fail.
  static func areSound(_ stdio: UnsafeRawPointer?, _ count: Int32) -> Bool {
    let containers = unsafe stdio?.assumingMemoryBound(to: uv_stdio_container_t.self)
    for index in 0..<Int(count) {
      guard let containers = unsafe containers else { return false }
      let container = unsafe containers[index]
      switch unsafe container.flags.rawValue & 7 {
      case UV_IGNORE.rawValue, UV_INHERIT_FD.rawValue: break
      case UV_INHERIT_STREAM.rawValue:
        guard unsafe container.data.stream != nil else { return false }
      case UV_CREATE_PIPE.rawValue:
        guard let stream = unsafe container.data.stream, unsafe isFresh(stream) else {
          return false
        }
      default: return false
      }
    }
    return true
  }

  /// A pipe that was not opened yet.
  private static func isFresh(_ stream: UnsafeMutablePointer<uv_stream_t>) -> Bool {
    let handle = unsafe UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self)
    var descriptor = uv_os_fd_t()
    return unsafe handle.pointee.type == UV_NAMED_PIPE && uv_is_closing(handle) == 0
      && uv_fileno(handle, &descriptor) != 0
  }

  private static var inherited: InlineArray<3, uv_stdio_container_t> {
    var all = unsafe InlineArray<3, uv_stdio_container_t>(repeating: uv_stdio_container_t())
    for descriptor in 0..<3 {
      unsafe all[descriptor].flags = UV_INHERIT_FD
      unsafe all[descriptor].data.fd = Int32(descriptor)
    }
    return unsafe all
  }

  /// Libuv changes none of them.
  private static func texts(_ texts: UnsafePointer<UnsafePointer<CChar>?>?)
    -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  {
    unsafe UnsafeMutableRawPointer(mutating: UnsafeRawPointer(texts))?.assumingMemoryBound(
      to: UnsafeMutablePointer<CChar>?.self)
  }
}
