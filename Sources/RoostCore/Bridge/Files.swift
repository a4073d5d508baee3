internal import CShim

// Waits for requests of libuv's file functions, which the program begins in memory of its own. As
// long as one waits, the request's `data` is the handle of the wait, and that names the request: so
// whatever a program passes is looked at without following what it points to.

/// A `uv_fs_t` of the program's.
public typealias FileRequest = UnsafeMutableRawPointer

extension Engine {
  /// Begins a wait in a node for a request that is to be begun then. ALREADY where that is not to
  /// be done: the wait ends with a mark.
  public static func waitForFile(
    _ request: FileRequest, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (wait: Handle, status: Status) {
    try unsafe checkFree(request)
    let (runtime, wait) = try unsafe beginRequest(.file, in: handle, done, data, drop)
    let name = runtime.handle(wait: wait)
    guard waits[wait].state == .waiting else { return (name, .already) }
    unsafe runtime.link(request, to: wait)
    return (name, .ok)
  }

  /// What the call has answered that was to begin a request.
  public static func fileBegun(_ request: FileRequest, _ code: Int32) throws(Failure) {
    let (runtime, wait) = try unsafe findFile(request)
    unsafe runtime.fileBegun(request, wait, code)
  }

  /// From libuv: a request has ended.
  public static func fileDone(_ request: FileRequest) {
    if let (runtime, wait) = unsafe waitOfFile(request, Loop.handle(in: request)) {
      unsafe runtime.fileDone(request, wait)
    }
  }

  /// Begins a wait of the fiber that runs for a request that is to be begun then; not where the
  /// answer is a code.
  public static func prepareFile(_ request: FileRequest) throws(Failure) -> Int32 {
    _ = try unsafe currentWorker()
    try unsafe checkFree(request)
    let begun = try unsafe beginUnclaimed { (here, done) throws(Failure) in
      try unsafe waitForFile(request, in: here, done, nil, nil).wait
    }
    return begun.code
  }

  /// Waits for it, when the call that was to begin it has answered.
  public static func awaitFile(_ request: FileRequest, _ code: Int32) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let (runtime, wait) = try unsafe findFile(request)
    try unsafe checkClaim(wait, by: worker)
    if waits[wait].state == .ended {
      unsafe runtime.fileBegunLate(request, wait, code)
    } else {
      unsafe runtime.fileBegun(request, wait, code)
    }
    return unsafe runtime.claim(wait, by: worker)
  }

  /// It is not to be begun, and says why; whoever does not know that may clean it up all the same.
  public static func refuseFile(_ request: FileRequest, _ code: Int32) {
    unsafe Loop.refuse(request, code)
  }

  private static func checkFree(_ request: FileRequest) throws(Failure) {
    guard unsafe waitOfFile(request, Loop.handle(ifAnyIn: request)) == nil else {
      throw Failure(.busy, nil, "the request is in use; wait for its end, or use another")
    }
  }

  /// The wait for a request that was not begun; else ORDER.
  private static func findFile(_ request: FileRequest) throws(Failure) -> (Runtime, Slot) {
    let name = unsafe Loop.handle(in: request)
    if let found = unsafe waitOfFile(request, name) {
      if unsafe transfers[found.1].item == nil { return found }
    } else {
      do throws(Failure) {
        _ = try findWait(name)
      } catch {
        if error.status == .child || error.status == .wrongThread { throw error }
      }
    }
    throw Failure(.order, nil, "nobody waits for the request, or it was begun; prepare it before")
  }

  /// The wait for a request; nil where it has none of this thread's.
  private static func waitOfFile(_ request: FileRequest, _ name: Handle) -> (Runtime, Slot)? {
    guard let (runtime, wait) = try? findWait(name), waits[wait].kind == .file,
      unsafe UnsafeMutableRawPointer(transfers[wait].out) == request
    else { return nil }
    return (runtime, wait)
  }
}

extension Runtime {
  fileprivate func link(_ request: FileRequest, to wait: Slot) {
    unsafe transfers[wait].out = request.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    unsafe Loop.setHandle(handle(wait: wait), in: request)
  }

  fileprivate func fileBegun(_ request: FileRequest, _ wait: Slot, _ code: Int32) {
    // One without a callback has ended.
    if code >= 0, unsafe !Loop.isSynchronous(request) {
      unsafe requestBegun(request, for: wait)
    } else {
      endFile(wait, code)
    }
  }

  /// A mark has come between the two calls, and the program has begun the request all the same: it
  /// is waited for as if the mark had come after that.
  fileprivate func fileBegunLate(_ request: FileRequest, _ wait: Slot, _ code: Int32) {
    guard code >= 0 else {
      unsafe transfers[wait].out = nil
      return
    }
    guard unsafe !Loop.isSynchronous(request) else { return endFile(wait, code) }
    waits[wait].state = .aborting
    unsafe requestBegun(request, for: wait)
    unsafe Loop.cancel(request)
  }

  fileprivate func fileDone(_ request: FileRequest, _ wait: Slot) {
    let code = unsafe Loop.result(of: request)
    guard unsafe transfers[wait].item != nil else {
      return endFile(wait, code)
    }
    unsafe transfers[wait].out = nil
    let isTaken = waits[wait].state != .waiting
    requestEnded(wait, isTaken && code == Status.cancelled.code ? nil : code)
  }

  /// One that the pool does not have.
  private func endFile(_ wait: Slot, _ code: Int32) {
    unsafe transfers[wait].out = nil
    complete(wait, code)
  }
}
