internal import CShim
internal import CUV

// Requests for libuv's pool, whose ends are told to waits.

extension Loop {
  /// Has the pool call `Call.run`; `Call.returned` is called on the loop's thread afterwards. Libuv
  /// cannot fail here. The call lies behind the room for its request.
  func queue(call request: UnsafeMutableRawPointer) {
    unsafe uv_queue_work(
      loop, request.assumingMemoryBound(to: uv_work_t.self),
      { unsafe Call.run(UnsafeMutableRawPointer($0.unsafelyUnwrapped)) },
      {
        unsafe Call.returned(
          UnsafeMutableRawPointer($0.unsafelyUnwrapped), wasTakenBack: $1 != 0)
      })
  }

  /// Takes a request back that the pool has not begun. Its callback comes in any case.
  static func cancel(_ request: UnsafeMutableRawPointer) {
    unsafe uv_cancel(request.assumingMemoryBound(to: uv_req_t.self))
  }

  // MARK: Names

  /// The room that a request for a name needs, in front of what is said of it.
  static var lookupRoom: Int { (uv_req_size(UV_GETADDRINFO) + 15) & ~15 }

  /// Has a name looked up; `Lookup.ended` is called afterwards.
  func lookUp(_ options: LookupOptions, in request: UnsafeMutableRawPointer) -> Int32 {
    unsafe uv_getaddrinfo(
      loop, request.assumingMemoryBound(to: uv_getaddrinfo_t.self),
      { request, code, names in
        unsafe Lookup.ended(
          UnsafeMutableRawPointer(request.unsafelyUnwrapped), code,
          UnsafeMutableRawPointer(names), wasTakenBack: code == UV_EAI_CANCELED.rawValue)
      },
      options.name, options.service, options.hints?.assumingMemoryBound(to: addrinfo.self))
  }

  static func freeNames(_ names: UnsafeMutableRawPointer?) {
    unsafe uv_freeaddrinfo(names?.assumingMemoryBound(to: addrinfo.self))
  }

  // MARK: Requests of the file functions

  /// What stands in the `data` of a request, which may be anything.
  static func handle(in request: FileRequest) -> Handle {
    Handle(id: UInt64(UInt(bitPattern: unsafe file(request).pointee.data)))
  }

  /// The same of a request that may be fresh memory.
  static func handle(ifAnyIn request: FileRequest) -> Handle {
    Handle(id: unsafe shim_read_any(&file(request).pointee.data))
  }

  static func setHandle(_ handle: Handle, in request: FileRequest) {
    unsafe file(request).pointee.data = UnsafeMutableRawPointer(bitPattern: UInt(handle.id))
  }

  /// Whether a request that was begun has ended with that, for it has no callback.
  static func isSynchronous(_ request: FileRequest) -> Bool {
    unsafe file(request).pointee.cb == nil
  }

  static func result(of request: FileRequest) -> Int32 {
    Int32(clamping: unsafe file(request).pointee.result)
  }

  /// A request, perhaps fresh memory, that will not be begun: `uv_fs_req_cleanup` finds nothing.
  static func refuse(_ request: FileRequest, _ code: Int32) {
    let file = unsafe file(request)
    unsafe file.pointee.fs_type = UV_FS_UNKNOWN
    unsafe file.pointee.cb = nil
    unsafe file.pointee.result = Int(code)
    unsafe file.pointee.ptr = nil
    unsafe file.pointee.path = nil
    unsafe file.pointee.new_path = nil
    unsafe file.pointee.bufs = nil
  }

  private static func file(_ request: FileRequest) -> UnsafeMutablePointer<uv_fs_t> {
    unsafe request.assumingMemoryBound(to: uv_fs_t.self)
  }
}
