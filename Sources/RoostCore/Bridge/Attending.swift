internal import CShim

// What all waits for the program's streams have in common.

/// What may be done to end a request that libuv cannot take back (S7).
public struct StreamOptions {
  /// Its handle is closed as soon as it is cancelled.
  public var closesOnCancel = false
  /// Its handle is never closed for it.
  public var keepsOpen = false

  /// A write's: it is closed when the grace is over.
  public init() {}
}

extension Engine {
  /// The node of a wait, and a check of the stream for which it shall wait.
  static func find(_ handle: Handle, for stream: UnsafeMutableRawPointer) throws(Failure)
    -> (Runtime, Slot)
  {
    let (runtime, node) = try find(handle, .node)
    try unsafe runtime.check(stream)
    guard unsafe Loop.isStream(stream) else {
      throw Failure(.invalid, nil, "the handle is no stream; pass a TCP handle, a pipe or a TTY")
    }
    return (runtime, node)
  }
}

extension Runtime {
  /// A handle must be on the loop, and stay there.
  func check(_ handle: UnsafeMutableRawPointer) throws(Failure) {
    guard unsafe state.loop.has(handle) else {
      throw Failure(.invalid, nil, "the handle is on another loop than the runtime of the node")
    }
    guard unsafe !Loop.isClosing(handle) else {
      throw Failure(.closed, nil, "the handle is being closed; nothing can be awaited of it")
    }
  }

  /// What is known of a handle.
  func know(_ handle: UnsafeMutableRawPointer) throws(Failure) -> KnownPointer {
    guard let known = unsafe HandleTable.know(handle) else {
      throw Failure(.noMemory, nil, "no memory to know more of the handle")
    }
    return unsafe known
  }

  /// Begins a wait for something from outside (D4). One that its node's marks have taken at once
  /// must not begin its request (C3a).
  func beginOutside(
    in node: Slot, _ kind: Wait.Kind, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (wait: Slot, isTaken: Bool) {
    let wait = try unsafe beginWait(in: node, kind, done, data, drop)
    unsafe transfers[wait].item = nil
    state.outside += 1
    checkBegun(wait)
    return (wait, waits[wait].state != .waiting)
  }

  /// Its request could not be begun.
  func forgetOutside(_ wait: Slot) {
    state.outside -= 1
    forget(wait)
  }

  // MARK: Handles that are closed

  /// From the loop, when it has polled and before it calls close callbacks: sees what is being
  /// closed, by whomever, and of which no pointer may be kept. Nobody waits for it any longer.
  func afterPoll() {
    unsafe state.loop.eachClosing {
      if let known = unsafe HandleTable.find($0) { unsafe Runtime.lose(known) }
    }
  }

  /// Requests that libuv has of it will end by themselves.
  private static func lose(_ known: KnownPointer) {
    let (reader, acceptor, writer, owner) = unsafe (
      known.pointee.reader, known.pointee.acceptor, known.pointee.writer, known.pointee.owner
    )
    if reader != 0 { runtime(of: reader).complete(reader, Status.closed.code) }
    if acceptor != 0 { runtime(of: acceptor).complete(acceptor, Status.closed.code) }
    if writer != 0 { StreamRequest.measure(writer) }
    unsafe (known.pointee.reader, known.pointee.acceptor, known.pointee.writer) = (0, 0, 0)
    if let owner = unsafe owner {
      // One that its owner closes is told of that by libuv.
      if unsafe owner.pointee.isClosing { return }
      unsafe Owner.lose(owner)
    }
    unsafe forget(lost: known)
  }

  /// From libuv: a handle that its owner has closed has gone.
  static func ownedHandleClosed(_ handle: UnsafeMutableRawPointer) {
    guard let known = unsafe HandleTable.find(handle), let owner = unsafe known.pointee.owner else {
      return
    }
    unsafe Owner.lose(owner)
    unsafe forget(lost: known)
  }

  /// What lingers is freed when the loop polls.
  private static func forget(lost known: KnownPointer) {
    unsafe HandleTable.remove(known)
    unsafe known.pointee.isLost = true
    if unsafe !known.pointee.lingers { unsafe shim_free(known) }
  }

  static func runtime(of wait: Slot) -> Runtime {
    unsafe Runtime(raw: chunk(of: wait).unsafelyUnwrapped.pointee.runtime)
  }
}

extension Wait.Kind {
  /// Being taken does not end it: its request does, or what is done to stop that.
  @inline(__always)
  var endsByItself: Bool {
    switch self {
    case .process, .connect, .write, .close, .call, .names, .file: true
    default: false
    }
  }

  /// For something of a handle of the program's.
  @inline(__always)
  var isOfHandle: Bool {
    switch self {
    case .connect, .accept, .read, .write, .close: true
    default: false
    }
  }
}
