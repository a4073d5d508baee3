internal import CShim

// Writing. Most writes fit into the socket's buffer and are over in the call that begins them. What
// is left of the others libuv writes, with a request of ours.

extension Engine {
  /// Writes all of an array of `uv_buf_t`, which is copied.
  @discardableResult
  public static func write(
    _ stream: UnsafeMutableRawPointer, _ buffers: UnsafeRawPointer?, _ bufferCount: UInt64,
    count: UnsafeMutablePointer<UInt64>?, in handle: Handle, _ options: StreamOptions,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: stream)
    guard bufferCount <= 1024 else {
      throw Failure(.invalid, nil, "there are more than 1,024 buffers; write them in turn")
    }
    let list = unsafe Buffers(buffers ?? UnsafeRawPointer(stream), Int(bufferCount))
    guard unsafe bufferCount == 0 || buffers != nil, let total = list.size() else {
      throw Failure(.invalid, nil, "the buffers are NULL, or have more bytes than there can be")
    }
    let known = unsafe HandleTable.find(stream)
    if let known = unsafe known, unsafe known.pointee.writer != 0 {
      throw Failure(.busy, nil, "somebody writes to the stream already")
    }
    let (wait, isTaken) = try unsafe runtime.beginOutside(in: node, .write, done, data, drop)
    var written = UInt64(0)
    if !isTaken {
      do {
        written = try unsafe runtime.write(
          stream, list, buffers, total, count, options, for: wait)
      } catch {
        runtime.forgetOutside(wait)
        throw error
      }
    }
    unsafe count?.pointee = written
    return runtime.handle(wait: wait)
  }
}

extension Runtime {
  /// Begins a write; answers how much of it went through at once.
  fileprivate func write(
    _ stream: UnsafeMutableRawPointer, _ list: Buffers, _ buffers: UnsafeRawPointer?,
    _ total: UInt64, _ count: UnsafeMutablePointer<UInt64>?, _ options: StreamOptions,
    for wait: Slot
  ) throws(Failure) -> UInt64 {
    var written = UInt64(0)
    if let buffers = unsafe buffers, total != 0, unsafe Loop.canTryWriting(stream) {
      let answer = unsafe Loop.tryWriting(stream, buffers, list.count)
      if answer >= 0 {
        written = UInt64(answer)
      } else if answer != Status.again.code {
        throw Failure(Status(answer), nil, "the stream cannot be written to")
      }
    }
    if written == total {
      complete(wait, 0)
      return written
    }
    let status = unsafe queueWrite(stream, list, total - written, count, options, for: wait, written)
    if status != .ok {
      guard written != 0 else { throw Failure(status, nil, "the stream cannot be written to") }
      complete(wait, status.code)
    }
    return written
  }

  /// Gives libuv what is left.
  private func queueWrite(
    _ stream: UnsafeMutableRawPointer, _ list: Buffers, _ left: UInt64,
    _ count: UnsafeMutablePointer<UInt64>?, _ options: StreamOptions, for wait: Slot,
    _ written: UInt64
  ) -> Status {
    let known: KnownPointer
    do { unsafe known = try unsafe know(stream) } catch { return error.status }
    defer { unsafe HandleTable.forgetIfIdle(known) }
    guard
      let request = unsafe StreamRequest.make(
        wait, stream, options, room: Loop.writeRoom, extra: Buffers.bytes(list.count))
    else { return .noMemory }
    let mayBeLate = !options.keepsOpen && !options.closesOnCancel
    if mayBeLate, nodes[waits[wait].node].flags.contains(.graced) {
      request[].hasTimer = state.timers.reserve(1)
      guard request[].hasTimer else {
        unsafe shim_free(request[].request)
        return .noMemory
      }
    }
    request[].isWrite = true
    request[].total = left
    unsafe request[].count = count
    request[].bufferCount = unsafe list.copy(to: request[].buffers, skipping: written)
    let code = unsafe Loop.write(
      stream, request[].request, request[].buffers, request[].bufferCount)
    guard code == 0 else {
      giveTimer(of: wait, request)
      unsafe shim_free(request[].request)
      return Status(code)
    }
    unsafe known.pointee.writer = wait
    unsafe transfers[wait].item = UnsafeMutableRawPointer(request.pointer)
    return .ok
  }
}
