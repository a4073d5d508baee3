// Accepting. libuv takes a connection, tells of it, and keeps it until it is accepted, without
// listening for another meanwhile. Here it is accepted only just before somebody is told: so one
// that comes to a wait which is cancelled is there for the next (C4).

extension Engine {
  /// Waits for a connection, which the client is given.
  @discardableResult
  public static func accept(
    _ server: UnsafeMutableRawPointer, _ client: UnsafeMutableRawPointer, in handle: Handle,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: server)
    guard unsafe Loop.isListening(server) else {
      throw Failure(.invalid, nil, "the server does not listen; call uv_listen before")
    }
    try unsafe runtime.check(client)
    guard unsafe Loop.areOfOneType(server, client), unsafe !Loop.isOpen(client) else {
      throw Failure(.invalid, nil, "the client is no fresh handle of the server's kind")
    }
    let known = try unsafe runtime.know(server)
    guard unsafe known.pointee.acceptor == 0 else {
      throw Failure(.busy, nil, "somebody waits for a connection to the server already")
    }
    defer { unsafe HandleTable.forgetIfIdle(known) }
    let (wait, isTaken) = try unsafe runtime.beginOutside(in: node, .accept, done, data, drop)
    if !isTaken {
      unsafe known.pointee.acceptor = wait
      unsafe transfers[wait].item = server
      unsafe transfers[wait].client = client
      if unsafe Loop.hasConnection(server) { runtime.complete(wait, 0) }
    }
    return runtime.handle(wait: wait)
  }

  /// From libuv, by way of the header's function: a connection has come to a server, or an error.
  public static func connectionCame(to server: UnsafeMutableRawPointer, _ code: Int32) {
    guard let known = unsafe HandleTable.find(server) else { return }
    let wait = unsafe known.pointee.acceptor
    guard wait != 0, waits[wait].state == .waiting else { return }
    if code != 0 { unsafe Runtime.leave(known) }
    Runtime.runtime(of: wait).complete(wait, code)
  }
}

extension Runtime {
  /// A wait that was taken accepts nothing.
  func stopAccepting(for wait: Slot) {
    guard let server = unsafe transfers[wait].item, let known = unsafe HandleTable.find(server),
      unsafe known.pointee.acceptor == wait
    else { return }
    unsafe Runtime.leave(known)
  }

  /// Somebody is told of a connection now. It may have been given up since, or the client taken for
  /// something else.
  func acceptConnection(for wait: Slot) -> Int32 {
    guard let server = unsafe transfers[wait].item, let client = unsafe transfers[wait].client,
      let known = unsafe HandleTable.find(server)
    else { return Status.closed.code }
    unsafe Runtime.leave(known)
    if unsafe Loop.isClosing(client) { return Status.closed.code }
    if unsafe Loop.isOpen(client) { return Status.busy.code }
    return unsafe Loop.accept(server, client)
  }

  fileprivate static func leave(_ known: KnownPointer) {
    unsafe known.pointee.acceptor = 0
    unsafe HandleTable.forgetIfIdle(known)
  }
}
