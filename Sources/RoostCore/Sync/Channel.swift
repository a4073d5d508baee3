/// What a send or a receive carries, beside its wait, and that of a process, a stream or a
/// request: not touched for any other.
@safe
struct Transfer {
  /// To be sent; or received, and to be written when the receiver is told; or the child that runs;
  /// or the stream that is read, the server, or the request that libuv has; or the
  /// names that were found.
  var item: UnsafeMutableRawPointer?
  /// Where a receiver wants it, or who has asked for names. Of a file, its request.
  var out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  /// Who gets the connection.
  var client: UnsafeMutableRawPointer?
}

@inline(__always) var transfers: Column<Transfer> { Column(begin: Wait.transfers) }

extension Engine {
  /// Opens a channel that holds so many items.
  public static func openChannel(in handle: Handle, capacity: UInt64, drop: DropFunction?)
    throws(Failure) -> Handle
  {
    let (runtime, channel) = try open(.channel, in: handle)
    primitives[channel].capacity = capacity
    unsafe primitives[channel].drop = drop
    return runtime.handle(primitive: channel)
  }

  /// Sends an item, and waits in a node until there was room for it, or a receiver.
  public static func send(
    _ item: UnsafeMutableRawPointer?, to subject: Handle, in handle: Handle,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, channel, node) = try find(subject, primitive: .channel, in: handle)
    guard runtime.canTake(channel) else { throw noMemory(subject) }
    let wait = try unsafe runtime.beginWait(in: node, .send, done, data, drop)
    unsafe transfers[wait].item = item
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      switch unsafe runtime.offer(item, to: channel) {
      case .again: runtime.queue(wait, for: channel)
      case let status: runtime.complete(wait, status.code)
      }
    }
    return runtime.handle(wait: wait)
  }

  /// Sends an item if nobody has to wait for that; else AGAIN, or CLOSED.
  public static func trySend(_ item: UnsafeMutableRawPointer?, to handle: Handle) throws(Failure) {
    let (runtime, channel) = try find(handle, primitive: .channel)
    guard runtime.canTake(channel) else { throw noMemory(handle) }
    switch unsafe runtime.offer(item, to: channel) {
    case .again: throw Failure(.again, handle, "is full, and nobody receives; wait for room")
    case .closed: throw Failure(.closed, handle, "is closed; send before its closing")
    default: break
    }
  }

  /// Waits in a node for an item, which is written just before `done` is called.
  public static func receive(
    from subject: Handle, in handle: Handle,
    to out: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, channel, node) = try find(subject, primitive: .channel, in: handle)
    let wait = try unsafe runtime.beginWait(in: node, .receive, done, data, drop)
    unsafe transfers[wait].out = out
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      switch unsafe runtime.takeItem(from: channel, to: &transfers[wait].item) {
      case .again: runtime.queue(wait, for: channel)
      case let status: runtime.complete(wait, status.code)
      }
    }
    return runtime.handle(wait: wait)
  }

  /// Takes an item if there is one; else AGAIN, or CLOSED.
  public static func tryReceive(
    from handle: Handle, to out: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) throws(Failure) {
    let (runtime, channel) = try find(handle, primitive: .channel)
    switch unsafe runtime.takeItem(from: channel, to: &out.pointee) {
    case .again: throw Failure(.again, handle, "is empty; wait for an item")
    case .closed: throw Failure(.closed, handle, "is closed, and empty; nothing more will come")
    default: break
    }
  }

  /// Closes a channel: what is in it can still be received. ALREADY where it was closed before.
  public static func closeChannel(_ handle: Handle) throws(Failure) -> Status {
    let (runtime, channel) = try find(handle, primitive: .channel)
    guard !primitives[channel].isOver else { return .already }
    primitives[channel].isOver = true
    // Receivers wait only where it is empty.
    runtime.endWaiting(for: channel, .closed)
    return .ok
  }

  /// Destroys a channel, and then drops what is in it.
  public static func destroyChannel(_ handle: Handle) throws(Failure) {
    let (runtime, channel) = try find(handle, primitive: .channel)
    runtime.destroyChannel(channel)
  }

  private static func noMemory(_ channel: Handle) -> Failure {
    Failure(.noMemory, channel, "no memory for another item in it")
  }
}

extension Runtime {
  /// Whether an item that is offered now finds memory, should it have to be kept.
  @inline(__always)
  func canTake(_ channel: Slot) -> Bool {
    let it = primitives.row(channel)
    let isKept = it[].count < it[].capacity && it[].waiting.isEmpty && !it[].isOver
    return !isKept || it[].ring.makeRoom(it[].count)
  }

  /// Gives an item to a receiver, or keeps it; AGAIN where that is not possible now.
  @inline(__always)
  func offer(_ item: UnsafeMutableRawPointer?, to channel: Slot) -> Status {
    let it = primitives.row(channel)
    let count = it[].count
    if it[].isOver { return .closed }
    if hasReceiver(it) {
      let receiver = popWaiting(for: channel)
      unsafe transfers[receiver].item = item
      complete(receiver, 0)
    } else if count < it[].capacity {
      unsafe it[].ring[count] = item
      it[].count = count &+ 1
    } else {
      return .again
    }
    return .ok
  }

  /// Takes the first item, whether it is kept or its sender waits; AGAIN where there is none.
  @inline(__always)
  func takeItem(from channel: Slot, to out: inout UnsafeMutableRawPointer?) -> Status {
    let it = primitives.row(channel)
    let count = it[].count
    if count != 0 { unsafe out = it[].ring[0] }
    if it[].waiting.isEmpty || hasReceiver(it) {
      guard count != 0 else { return it[].isOver ? .closed : .again }
      it[].ring.removeFirst()
      it[].count = count &- 1
      return .ok
    }
    // There is room for the item of the first sender now, behind the others.
    let sender = popWaiting(for: channel)
    if count != 0 {
      it[].ring.removeFirst()
      unsafe it[].ring[count - 1] = transfers[sender].item
    } else {
      unsafe out = transfers[sender].item
    }
    complete(sender, 0)
    return .ok
  }

  @inline(__always)
  private func hasReceiver(_ it: Place<Primitive>) -> Bool {
    let first = it[].waiting.first
    return first != 0 && waits[first].kind == .receive
  }

  /// A receiver is told of its item.
  func writeItem(of wait: Slot) {
    unsafe transfers[wait].out.unsafelyUnwrapped.pointee = transfers[wait].item
  }

  /// Drops may call anything, so the channel is gone before the first.
  func destroyChannel(_ channel: Slot) {
    let (ring, count) = (primitives[channel].ring, primitives[channel].count)
    let drop = unsafe primitives[channel].drop
    destroy(channel)
    if let drop = unsafe drop {
      for index in 0..<count { unsafe drop(ring[index]) }
    }
    ring.free()
  }

  /// What is alive of them ends with the runtime, whose handles are stale already (S3a).
  func destroyPrimitives() {
    let (used, current) = unsafe state.primitiveSlab.chunks
    unsafe Slab<Primitive>.each(used, destroyAll)
    unsafe Slab<Primitive>.each(current, destroyAll)
  }

  private func destroyAll(in chunk: ChunkPointer) {
    for slot in unsafe chunk.pointee.usedRows where !primitives[slot].isVacant {
      destroyChannel(slot)
    }
  }
}
