internal import CShim

// Reading. libuv reads a stream from when it is told to start until it is told to stop, and each
// change of that costs a system call or two. So what was read is not stopped at once: it lingers
// until the loop polls, by when whoever has read it will mostly read on. Meanwhile libuv is given
// no room, so it takes no byte that nobody has asked for (C4).

extension Engine {
  /// Reads what is there; of an exact length, until the room is full.
  @discardableResult
  public static func read(
    _ stream: UnsafeMutableRawPointer, into buffer: UnsafeMutableRawPointer, _ size: UInt64,
    exactly: Bool, count: UnsafeMutablePointer<UInt64>?, in handle: Handle,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: stream)
    // The answer of a plain read is a number of bytes.
    guard size > 0, size <= (exactly ? UInt64(Int64.max) : UInt64(Int32.max)) else {
      throw Failure(.invalid, nil, "there is nothing to read, or more than 2 GiB at a time")
    }
    let known = try unsafe runtime.know(stream)
    guard unsafe known.pointee.reader == 0 else {
      throw Failure(.busy, nil, "somebody reads the stream already")
    }
    do {
      let (wait, isTaken) = try unsafe runtime.beginOutside(in: node, .read, done, data, drop)
      if !isTaken { try unsafe runtime.startReading(known, for: wait) }
      unsafe known.pointee.room = buffer
      unsafe known.pointee.roomSize = Int(size)
      unsafe known.pointee.isExact = exactly
      unsafe known.pointee.count = count
      unsafe count?.pointee = 0
      if isTaken { unsafe HandleTable.forgetIfIdle(known) }
      return runtime.handle(wait: wait)
    } catch {
      unsafe HandleTable.forgetIfIdle(known)
      throw error
    }
  }
}

extension Runtime {
  fileprivate func startReading(_ known: KnownPointer, for wait: Slot) throws(Failure) {
    let code = unsafe Loop.startReading(known.pointee.handle)
    guard code == 0 else {
      forgetOutside(wait)
      guard code != Status.done.code else {
        throw Failure(.busy, nil, "the program reads the stream; call uv_read_stop before")
      }
      throw Failure(Status(code), nil, "the stream cannot be read")
    }
    unsafe known.pointee.reader = wait
    unsafe transfers[wait].item = known.pointee.handle
  }

  /// From libuv: where to read to.
  static func roomToRead(of handle: UnsafeMutableRawPointer) -> (UnsafeMutableRawPointer?, UInt32) {
    guard let known = unsafe HandleTable.find(handle), unsafe known.pointee.reader != 0 else {
      return (nil, 0)
    }
    return unsafe (known.pointee.room, UInt32(min(known.pointee.roomSize, Int(Int32.max))))
  }

  /// From libuv: so many bytes are there, or an error.
  static func hasRead(from handle: UnsafeMutableRawPointer, _ count: Int) {
    // 0 is nothing after all; what comes where nobody reads will come again.
    guard count != 0, let known = unsafe HandleTable.find(handle) else { return }
    let wait = unsafe known.pointee.reader
    guard wait != 0 else { return }
    var code = Int32(truncatingIfNeeded: count)
    if unsafe count > 0 && known.pointee.isExact {
      unsafe known.pointee.room = known.pointee.room.map { unsafe $0 + count }
      unsafe known.pointee.roomSize -= count
      unsafe known.pointee.count?.pointee += UInt64(count)
      if unsafe known.pointee.roomSize != 0 { return }
      code = 0
    }
    let runtime = runtime(of: wait)
    unsafe runtime.linger(known)
    runtime.complete(wait, code)
  }

  /// A wait that was taken reads nothing more.
  func stopReading(for wait: Slot) {
    guard let handle = unsafe transfers[wait].item, let known = unsafe HandleTable.find(handle),
      unsafe known.pointee.reader == wait
    else { return }
    unsafe linger(known)
  }

  // MARK: Lingering

  /// Nobody reads it now; that will be looked at before the loop polls.
  private func linger(_ known: KnownPointer) {
    unsafe known.pointee.reader = 0
    guard unsafe !known.pointee.lingers else { return }
    unsafe known.pointee.lingers = true
    unsafe known.pointee.nextLingering = state.lingering
    unsafe state.lingering = known
  }

  /// The loop polls, or the runtime goes.
  func stopLingering() {
    while let known = unsafe state.lingering {
      unsafe state.lingering = known.pointee.nextLingering
      unsafe known.pointee.lingers = false
      if unsafe known.pointee.isLost {
        unsafe shim_free(known)
        continue
      }
      if unsafe known.pointee.reader == 0 { unsafe Loop.stopReading(known.pointee.handle) }
      unsafe HandleTable.forgetIfIdle(known)
    }
  }
}
