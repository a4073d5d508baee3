internal import CShim

// Writing. Most writes fit into the socket's buffer and are over in the call that begins them. What
// is left of the others libuv writes, with a request of ours.

/// What is to be written, and where to.
@safe
struct Writing {
  let stream: UnsafeMutableRawPointer
  let buffers: UnsafeRawPointer?
  let list: Buffers
  let total: UInt64
  let count: UnsafeMutablePointer<UInt64>?
  let options: StreamOptions
  /// What went through by now.
  var written: UInt64 = 0

  init(
    _ stream: UnsafeMutableRawPointer, _ buffers: UnsafeRawPointer?, _ bufferCount: UInt64,
    _ count: UnsafeMutablePointer<UInt64>?, _ options: StreamOptions
  ) throws(Failure) {
    guard bufferCount <= 1024 else {
      throw Failure(.invalid, nil, "there are more than 1,024 buffers; write them in turn")
    }
    unsafe list = Buffers(buffers ?? UnsafeRawPointer(stream), Int(bufferCount))
    guard unsafe bufferCount == 0 || buffers != nil, list.areThere, let total = list.size() else {
      throw Failure(.invalid, nil, "the buffers are NULL, or have more bytes than there can be")
    }
    if let known = unsafe HandleTable.find(stream), unsafe known.pointee.writer != 0 {
      throw Failure(.busy, nil, "somebody writes to the stream already")
    }
    unsafe (self.stream, self.buffers, self.count) = (stream, buffers, count)
    (self.total, self.options) = (total, options)
  }

  /// Writes what can be written without waiting.
  mutating func start() throws(Failure) {
    guard let buffers = unsafe buffers, total != 0, unsafe Loop.canTryWriting(stream) else {
      return
    }
    let answer = unsafe Loop.tryWriting(stream, buffers, list.count)
    if answer >= 0 {
      written = UInt64(answer)
    } else if answer != Status.again.code {
      throw Failure(Status(answer), nil, "the stream cannot be written to")
    }
  }

  func tellCount() { unsafe count?.pointee = written }
}

extension Engine {
  /// Writes all of an array of `uv_buf_t`, which is copied.
  @discardableResult
  public static func write(
    _ stream: UnsafeMutableRawPointer, _ buffers: UnsafeRawPointer?, _ bufferCount: UInt64,
    count: UnsafeMutablePointer<UInt64>?, in handle: Handle, _ options: StreamOptions,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: stream)
    var writing = try unsafe Writing(stream, buffers, bufferCount, count, options)
    let (wait, isTaken) = try unsafe runtime.beginOutside(in: node, .write, done, data, drop)
    if !isTaken {
      do {
        try writing.start()
        try runtime.go(on: writing, for: wait)
      } catch {
        runtime.forgetOutside(wait)
        throw error
      }
    }
    writing.tellCount()
    return runtime.handle(wait: wait)
  }

  /// The same for the fiber that runs; one that is over at once is no wait.
  public static func writeHere(
    _ stream: UnsafeMutableRawPointer, _ buffers: UnsafeRawPointer?, _ bufferCount: UInt64,
    count: UnsafeMutablePointer<UInt64>?, _ options: StreamOptions
  ) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let (runtime, node) = try unsafe find(here, for: stream)
    var writing = try unsafe Writing(stream, buffers, bufferCount, count, options)
    if unsafe runtime.mayTakeAtOnce(worker) {
      try writing.start()
      writing.tellCount()
      if writing.written == writing.total {
        unsafe runtime.hasTakenAtOnce(worker)
        return 0
      }
    }
    return try unsafe waitHere { (_, done) throws(Failure) in
      let (wait, isTaken) = try unsafe runtime.beginOutside(in: node, .write, done, nil, nil)
      writing.tellCount()
      if !isTaken {
        do throws(Failure) {
          try runtime.go(on: writing, for: wait)
        } catch {
          runtime.forgetOutside(wait)
          throw error
        }
      }
      return runtime.handle(wait: wait)
    }
  }
}

extension Runtime {
  /// Has libuv write what is left, if anything is.
  fileprivate func go(on writing: Writing, for wait: Slot) throws(Failure) {
    if writing.written == writing.total { return complete(wait, 0) }
    let status = queueWrite(writing, for: wait)
    if status == .ok { return }
    guard writing.written != 0 else {
      throw Failure(status, nil, "the stream cannot be written to")
    }
    complete(wait, status.code)
  }

  private func queueWrite(_ writing: Writing, for wait: Slot) -> Status {
    let (stream, options) = unsafe (writing.stream, writing.options)
    let known: KnownPointer
    do { unsafe known = try unsafe know(stream) } catch { return error.status }
    defer { unsafe HandleTable.forgetIfIdle(known) }
    guard
      let request = unsafe StreamRequest.make(
        wait, stream, options, room: Loop.writeRoom, extra: Buffers.bytes(writing.list.count))
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
    request[].total = writing.total - writing.written
    unsafe request[].count = writing.count
    request[].bufferCount = unsafe writing.list.copy(
      to: request[].buffers, skipping: writing.written)
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
