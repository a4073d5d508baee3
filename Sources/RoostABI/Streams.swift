public import CRoost
public import CUV
internal import RoostCore

@c @implementation
public func roost_own_handle(
  _ node: roost_node, _ handle: UnsafeMutablePointer<uv_handle_s>!,
  _ closed: (@convention(c) (UnsafeMutablePointer<uv_handle_s>?) -> Void)!
) -> Int32 {
  answer("roost_own_handle") { () throws(Failure) in
    try unsafe Engine.own(
      needed(handle), by: Handle(id: node.id),
      closed: unsafeBitCast(closed, to: ClosedFunction?.self))
    return .ok
  }
}

@c @implementation
public func roost_tcp_connect(
  _ tcp: UnsafeMutablePointer<uv_tcp_s>!, _ address: UnsafePointer<sockaddr>!, _ in_: roost_node,
  _ options: UnsafePointer<roost_stream_options>!, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_tcp_connect", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe connect(tcp, address, Handle(id: in_.id), options, done, data, drop)
  }
}

private func connect(
  _ tcp: UnsafeMutablePointer<uv_tcp_s>?, _ address: UnsafePointer<sockaddr>?, _ node: Handle,
  _ options: UnsafePointer<roost_stream_options>?, _ done: @escaping WaitFunction,
  _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
) throws(Failure) -> Handle {
  guard let address = unsafe address else {
    throw missing("address is NULL; pass where to connect to")
  }
  return try unsafe Engine.connectTCP(
    needed(tcp), to: address, in: node, streamOptions(options), done, data, drop)
}

@c @implementation
public func roost_pipe_connect(
  _ pipe: UnsafeMutablePointer<uv_pipe_s>!, _ name: UnsafePointer<CChar>!, _ in_: roost_node,
  _ options: UnsafePointer<roost_stream_options>!, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_pipe_connect", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe connect(pipe, name, Handle(id: in_.id), options, done, data, drop)
  }
}

private func connect(
  _ pipe: UnsafeMutablePointer<uv_pipe_s>?, _ name: UnsafePointer<CChar>?, _ node: Handle,
  _ options: UnsafePointer<roost_stream_options>?, _ done: @escaping WaitFunction,
  _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
) throws(Failure) -> Handle {
  guard let name = unsafe name else { throw missing("name is NULL; pass the name of a socket") }
  return try unsafe Engine.connectPipe(
    needed(pipe), to: name, in: node, streamOptions(options), done, data, drop)
}

@c @implementation
public func roost_connection(_ server: UnsafeMutablePointer<uv_stream_s>!, _ status: Int32) {
  if let server = unsafe server { unsafe Engine.connectionCame(to: server, status) }
}

@c @implementation
public func roost_accept(
  _ server: UnsafeMutablePointer<uv_stream_s>!, _ client: UnsafeMutablePointer<uv_stream_s>!,
  _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_accept", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.accept(
      needed(server), needed(client), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_read(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffer: UnsafeMutableRawPointer!,
  _ size: UInt64, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_read", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.read(
      needed(stream), into: needed(buffer: buffer), size, exactly: false, count: nil,
      in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_read_exactly(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffer: UnsafeMutableRawPointer!,
  _ size: UInt64, _ count: UnsafeMutablePointer<UInt64>!, _ in_: roost_node,
  _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!,
  _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_read_exactly", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.read(
      needed(stream), into: needed(buffer: buffer), size, exactly: true, count: count,
      in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_write(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffers: UnsafePointer<uv_buf_t>!,
  _ buffer_count: UInt64, _ count: UnsafeMutablePointer<UInt64>!, _ in_: roost_node,
  _ options: UnsafePointer<roost_stream_options>!, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_write", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.write(
      needed(stream), buffers, buffer_count, count: count, in: Handle(id: in_.id),
      streamOptions(options), done, data, drop)
  }
}

// MARK: In fibers

@c @implementation
public func roost_await_tcp_connect(
  _ tcp: UnsafeMutablePointer<uv_tcp_s>!, _ address: UnsafePointer<sockaddr>!,
  _ options: UnsafePointer<roost_stream_options>!
) -> Int32 {
  unsafe awaits("roost_await_tcp_connect") { (here, done) throws(Failure) in
    try unsafe connect(tcp, address, here, options, done, nil, nil)
  }
}

@c @implementation
public func roost_await_pipe_connect(
  _ pipe: UnsafeMutablePointer<uv_pipe_s>!, _ name: UnsafePointer<CChar>!,
  _ options: UnsafePointer<roost_stream_options>!
) -> Int32 {
  unsafe awaits("roost_await_pipe_connect") { (here, done) throws(Failure) in
    try unsafe connect(pipe, name, here, options, done, nil, nil)
  }
}

@c @implementation
public func roost_await_accept(
  _ server: UnsafeMutablePointer<uv_stream_s>!, _ client: UnsafeMutablePointer<uv_stream_s>!
) -> Int32 {
  unsafe awaits("roost_await_accept") { (here, done) throws(Failure) in
    try unsafe Engine.accept(needed(server), needed(client), in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_await_read(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffer: UnsafeMutableRawPointer!, _ size: UInt64
) -> Int32 {
  unsafe awaits("roost_await_read") { (here, done) throws(Failure) in
    try unsafe Engine.read(
      needed(stream), into: needed(buffer: buffer), size, exactly: false, count: nil, in: here,
      done, nil, nil)
  }
}

@c @implementation
public func roost_await_read_exactly(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffer: UnsafeMutableRawPointer!,
  _ size: UInt64, _ count: UnsafeMutablePointer<UInt64>!
) -> Int32 {
  unsafe awaits("roost_await_read_exactly") { (here, done) throws(Failure) in
    try unsafe Engine.read(
      needed(stream), into: needed(buffer: buffer), size, exactly: true, count: count, in: here,
      done, nil, nil)
  }
}

@c @implementation
public func roost_await_write(
  _ stream: UnsafeMutablePointer<uv_stream_s>!, _ buffers: UnsafePointer<uv_buf_t>!,
  _ buffer_count: UInt64, _ count: UnsafeMutablePointer<UInt64>!,
  _ options: UnsafePointer<roost_stream_options>!
) -> Int32 {
  outcome("roost_await_write") { () throws(Failure) in
    try unsafe Engine.writeHere(
      needed(stream), buffers, buffer_count, count: count, streamOptions(options))
  }
}

// MARK: What is given

private func needed<T>(_ handle: UnsafeMutablePointer<T>?) throws(Failure)
  -> UnsafeMutableRawPointer
{
  guard let handle = unsafe handle else { throw missing("a handle is NULL; pass one of libuv's") }
  return UnsafeMutableRawPointer(handle)
}

private func needed(buffer: UnsafeMutableRawPointer?) throws(Failure) -> UnsafeMutableRawPointer {
  guard let buffer = unsafe buffer else { throw missing("buffer is NULL; pass where to read to") }
  return unsafe buffer
}

private func streamOptions(_ options: UnsafePointer<roost_stream_options>?) throws(Failure)
  -> StreamOptions
{
  var wanted = StreamOptions()
  guard let options = unsafe options else { return wanted }
  try unsafe check(options)
  let given = unsafe read(options, empty: roost_stream_options())
  wanted.closesOnCancel = try flag(given.close_on_cancel, "close_on_cancel is neither 0 nor 1")
  wanted.keepsOpen = try flag(given.keep_open, "keep_open is neither 0 nor 1")
  if wanted.closesOnCancel, wanted.keepsOpen {
    throw Failure(.invalid, nil, "close_on_cancel is given with keep_open; choose one of them")
  }
  return wanted
}
