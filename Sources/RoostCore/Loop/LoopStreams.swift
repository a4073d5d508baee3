internal import CUV

// Handles and streams that are the program's. Four things of them are read that libuv has no
// function for, all in structs that a program is compiled with: whose callback reads a stream, who
// connects it, whether a connection waits at it, and what of the loop's is being closed.

extension Loop {
  private static func handle(_ raw: UnsafeMutableRawPointer) -> UnsafeMutablePointer<uv_handle_t> {
    unsafe raw.assumingMemoryBound(to: uv_handle_t.self)
  }

  private static func stream(_ raw: UnsafeMutableRawPointer) -> UnsafeMutablePointer<uv_stream_t> {
    unsafe raw.assumingMemoryBound(to: uv_stream_t.self)
  }

  // MARK: Any handle

  func has(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe uv_handle_get_loop(Loop.handle(raw)) == loop
  }

  static func isClosing(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe uv_is_closing(handle(raw)) != 0
  }

  /// Closes what is the program's; `Runtime.afterPoll` sees it go, as it does what the program
  /// closes.
  static func close(_ raw: UnsafeMutableRawPointer) {
    if unsafe !isClosing(raw) { unsafe uv_close(handle(raw), nil) }
  }

  /// The same, of what `Runtime.ownedHandleClosed` is told then.
  static func closeOwned(_ raw: UnsafeMutableRawPointer) {
    unsafe uv_close(handle(raw)) {
      unsafe Runtime.ownedHandleClosed(UnsafeMutableRawPointer($0.unsafelyUnwrapped))
    }
  }

  /// All whose close callbacks will be called in this turn of the loop, or in the next.
  func eachClosing(_ visit: (UnsafeMutableRawPointer) -> Void) {
    var closing = unsafe loop.pointee.closing_handles
    while let handle = unsafe closing {
      unsafe closing = handle.pointee.next_closing
      unsafe visit(handle)
    }
  }

  // MARK: Streams

  static func isStream(_ raw: UnsafeMutableRawPointer) -> Bool {
    let type = unsafe uv_handle_get_type(handle(raw))
    return type == UV_TCP || type == UV_NAMED_PIPE || type == UV_TTY
  }

  static func isPipe(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe uv_handle_get_type(handle(raw)) == UV_NAMED_PIPE
  }

  static func areOfOneType(_ raw: UnsafeMutableRawPointer, _ other: UnsafeMutableRawPointer) -> Bool
  {
    unsafe uv_handle_get_type(handle(raw)) == uv_handle_get_type(handle(other))
  }

  /// It has a descriptor.
  static func isOpen(_ raw: UnsafeMutableRawPointer) -> Bool {
    var descriptor = uv_os_fd_t()
    return unsafe uv_fileno(handle(raw), &descriptor) == 0
  }

  // MARK: Reading

  /// Has the stream read into what `Runtime.roomToRead` gives; `Runtime.hasRead` is told. What is
  /// read so already goes on; EALREADY where it is the program that reads.
  static func startReading(_ raw: UnsafeMutableRawPointer) -> Int32 {
    let code = unsafe uv_read_start(stream(raw), giveRoom, haveRead)
    return unsafe code == UV_EALREADY.rawValue && isReadHere(raw) ? 0 : code
  }

  static func stopReading(_ raw: UnsafeMutableRawPointer) {
    if unsafe isReadHere(raw) { unsafe uv_read_stop(stream(raw)) }
  }

  private static func isReadHere(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe unsafeBitCast(stream(raw).pointee.read_cb, to: UInt.self)
      == unsafeBitCast(haveRead, to: UInt.self)
  }

  private static let giveRoom: uv_alloc_cb = { handle, _, buffer in
    let (base, length) = unsafe Runtime.roomToRead(
      of: UnsafeMutableRawPointer(handle.unsafelyUnwrapped))
    unsafe buffer.unsafelyUnwrapped.pointee = uv_buf_init(
      base?.assumingMemoryBound(to: CChar.self), length)
  }

  private static let haveRead: uv_read_cb = { stream, count, _ in
    unsafe Runtime.hasRead(from: UnsafeMutableRawPointer(stream.unsafelyUnwrapped), count)
  }

  // MARK: Accepting

  static func isListening(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe stream(raw).pointee.connection_cb != nil
  }

  /// One has come, and libuv keeps it until it is accepted.
  static func hasConnection(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe stream(raw).pointee.accepted_fd != -1
  }

  static func accept(_ server: UnsafeMutableRawPointer, _ client: UnsafeMutableRawPointer) -> Int32
  {
    unsafe uv_accept(stream(server), stream(client))
  }

  // MARK: Connecting

  static var connectRoom: Int { (uv_req_size(UV_CONNECT) + 15) & ~15 }

  static func isConnecting(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe stream(raw).pointee.connect_req != nil
  }

  /// `StreamRequest.ended` is told.
  static func connectTCP(
    _ raw: UnsafeMutableRawPointer, _ request: UnsafeMutableRawPointer, _ address: UnsafeRawPointer
  ) -> Int32 {
    unsafe uv_tcp_connect(
      request.assumingMemoryBound(to: uv_connect_t.self),
      raw.assumingMemoryBound(to: uv_tcp_t.self),
      address.assumingMemoryBound(to: sockaddr.self), connected)
  }

  static func connectPipe(
    _ raw: UnsafeMutableRawPointer, _ request: UnsafeMutableRawPointer,
    _ name: UnsafePointer<CChar>
  ) {
    unsafe uv_pipe_connect(
      request.assumingMemoryBound(to: uv_connect_t.self),
      raw.assumingMemoryBound(to: uv_pipe_t.self), name, connected)
  }

  private static let connected: uv_connect_cb = { request, code in
    unsafe StreamRequest.ended(
      UnsafeMutableRawPointer(request.unsafelyUnwrapped) + Loop.connectRoom, code)
  }

  // MARK: Writing

  static var writeRoom: Int { (uv_req_size(UV_WRITE) + 15) & ~15 }

  /// Nothing is queued on the stream.
  static func canTryWriting(_ raw: UnsafeMutableRawPointer) -> Bool {
    unsafe uv_stream_get_write_queue_size(stream(raw)) == 0
  }

  /// Writes what can be written without waiting; answers how much that was.
  static func tryWriting(_ raw: UnsafeMutableRawPointer, _ buffers: UnsafeRawPointer, _ count: Int)
    -> Int32
  {
    unsafe uv_try_write(
      stream(raw), buffers.assumingMemoryBound(to: uv_buf_t.self), UInt32(count))
  }

  /// `StreamRequest.ended` is told.
  static func write(
    _ raw: UnsafeMutableRawPointer, _ request: UnsafeMutableRawPointer,
    _ buffers: UnsafeRawPointer, _ count: Int
  ) -> Int32 {
    unsafe uv_write(
      request.assumingMemoryBound(to: uv_write_t.self), stream(raw),
      buffers.assumingMemoryBound(to: uv_buf_t.self), UInt32(count)
    ) { request, code in
      unsafe StreamRequest.ended(
        UnsafeMutableRawPointer(request.unsafelyUnwrapped) + Loop.writeRoom, code)
    }
  }

  /// How much of a write that is not over, or has failed, was not written. Of one that has failed
  /// with more than four buffers, libuv does not know of parts of a buffer any more.
  static func unwritten(
    _ request: UnsafeMutableRawPointer, of buffers: UnsafeRawPointer, _ count: Int
  ) -> UInt64 {
    let write = unsafe request.assumingMemoryBound(to: uv_write_t.self)
    let first = unsafe Int(write.pointee.write_index)
    return unsafe withUnsafePointer(to: &write.pointee.bufsml) { few in
      let known =
        unsafe UnsafeRawPointer(write.pointee.bufs)
        ?? (count <= 4 ? UnsafeRawPointer(few) : buffers)
      return unsafe Buffers(known, count).size(from: first) ?? 0
    }
  }
}

/// An array of libuv's buffers.
@safe
struct Buffers {
  private let first: UnsafeMutablePointer<uv_buf_t>
  let count: Int

  init(_ raw: UnsafeRawPointer, _ count: Int) {
    unsafe first = UnsafeMutableRawPointer(mutating: raw).assumingMemoryBound(to: uv_buf_t.self)
    self.count = count
  }

  static func bytes(_ count: Int) -> Int { unsafe count * MemoryLayout<uv_buf_t>.stride }

  /// All that shall be read from them is somewhere.
  var areThere: Bool {
    for buffer in 0..<count {
      if unsafe first[buffer].base == nil && first[buffer].len != 0 { return false }
    }
    return true
  }

  /// How many bytes they have, of those from one on; nil for more than can be counted.
  func size(from index: Int = 0) -> UInt64? {
    var size = UInt64(0)
    for buffer in index..<max(count, index) {
      let (sum, overflow) = unsafe size.addingReportingOverflow(UInt64(first[buffer].len))
      guard !overflow, sum <= UInt64(Int64.max) else { return nil }
      size = sum
    }
    return size
  }

  /// Copies what is left of them behind so many bytes; answers how many are left.
  func copy(to raw: UnsafeMutableRawPointer, skipping bytes: UInt64) -> Int {
    let copies = unsafe raw.assumingMemoryBound(to: uv_buf_t.self)
    var (left, rest) = (0, Int(bytes))
    for buffer in 0..<count {
      var copy = unsafe first[buffer]
      let skipped = unsafe min(rest, copy.len)
      rest -= skipped
      if unsafe copy.len == skipped { continue }
      unsafe copy.base += skipped
      unsafe copy.len -= skipped
      unsafe copies[left] = copy
      left += 1
    }
    return left
  }
}
