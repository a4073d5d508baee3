internal import CShim

extension Engine {
  /// Connects to an address, a `sockaddr`. A handle whose connecting is cancelled is of no more
  /// use: it is closed, unless it is to be kept open.
  @discardableResult
  public static func connectTCP(
    _ tcp: UnsafeMutableRawPointer, to address: UnsafeRawPointer, in handle: Handle,
    _ options: StreamOptions, _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?,
    _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: tcp)
    return try unsafe runtime.connect(tcp, in: node, options, done, data, drop) {
      unsafe Loop.connectTCP(tcp, $0, address)
    }
  }

  /// The same to the socket of a name.
  @discardableResult
  public static func connectPipe(
    _ pipe: UnsafeMutableRawPointer, to name: UnsafePointer<CChar>, in handle: Handle,
    _ options: StreamOptions, _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?,
    _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try unsafe find(handle, for: pipe)
    guard unsafe Loop.isPipe(pipe), unsafe !Loop.isOpen(pipe) else {
      throw Failure(.invalid, nil, "the handle is no fresh uv_pipe_t")
    }
    // libuv would cut it, and connect to another.
    guard unsafe name[0] != 0, unsafe strlen(name) < SHIM_SOCKET_NAME else {
      throw Failure(.invalid, nil, "the name is empty, or longer than the name of a socket can be")
    }
    return try unsafe runtime.connect(pipe, in: node, options, done, data, drop) {
      unsafe Loop.connectPipe(pipe, $0, name)
      return 0
    }
  }
}

extension Runtime {
  fileprivate func connect(
    _ handle: UnsafeMutableRawPointer, in node: Slot, _ options: StreamOptions,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?,
    _ begin: (UnsafeMutableRawPointer) -> Int32
  ) throws(Failure) -> Handle {
    guard unsafe !Loop.isConnecting(handle) else {
      throw Failure(.busy, nil, "the handle is being connected already")
    }
    var options = options
    options.closesOnCancel = !options.keepsOpen
    let (wait, isTaken) = try unsafe beginOutside(in: node, .connect, done, data, drop)
    if isTaken { return self.handle(wait: wait) }
    guard
      let request = unsafe StreamRequest.make(wait, handle, options, room: Loop.connectRoom)
    else {
      forgetOutside(wait)
      throw Failure(.noMemory, nil, "no memory to connect")
    }
    let code = unsafe begin(request[].request)
    guard code == 0 else {
      unsafe shim_free(request[].request)
      forgetOutside(wait)
      throw Failure(Status(code), nil, "the handle cannot be connected to this address")
    }
    unsafe transfers[wait].item = UnsafeMutableRawPointer(request.pointer)
    return self.handle(wait: wait)
  }
}
