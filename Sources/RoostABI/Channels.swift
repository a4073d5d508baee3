public import CRoost
internal import RoostCore

@c @implementation
public func roost_channel_open(
  _ runtime: roost_runtime, _ capacity: UInt64, _ drop: roost_drop_fn!,
  _ out: UnsafeMutablePointer<roost_channel>!
) -> Int32 {
  answer("roost_channel_open") { () throws(Failure) in
    guard let out = unsafe out else { throw missing("out is NULL; pass where the handle goes") }
    unsafe out.pointee.id = 0
    unsafe out.pointee.id = try Engine.openChannel(
      in: Handle(id: runtime.id), capacity: capacity, drop: drop
    ).id
    return .ok
  }
}

@c @implementation
public func roost_channel_send(
  _ channel: roost_channel, _ in_: roost_node, _ item: UnsafeMutableRawPointer!,
  _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!,
  _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_channel_send", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.send(
      item, to: Handle(id: channel.id), in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_channel_try_send(
  _ channel: roost_channel, _ item: UnsafeMutableRawPointer!
) -> Int32 {
  answer("roost_channel_try_send") { () throws(Failure) in
    try unsafe Engine.trySend(item, to: Handle(id: channel.id))
    return .ok
  }
}

@c @implementation
public func roost_channel_receive(
  _ channel: roost_channel, _ in_: roost_node,
  _ item: UnsafeMutablePointer<UnsafeMutableRawPointer?>!, _ fn: roost_wait_fn!,
  _ data: UnsafeMutableRawPointer!, _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_channel_receive", fn, data, drop, out) { (done) throws(Failure) in
    guard let item = unsafe item else { throw missing("item is NULL; pass where the item goes") }
    return try unsafe Engine.receive(
      from: Handle(id: channel.id), in: Handle(id: in_.id), to: item, done, data, drop)
  }
}

@c @implementation
public func roost_channel_try_receive(
  _ channel: roost_channel, _ item: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 {
  answer("roost_channel_try_receive") { () throws(Failure) in
    guard let item = unsafe item else { throw missing("item is NULL; pass where the item goes") }
    try unsafe Engine.tryReceive(from: Handle(id: channel.id), to: item)
    return .ok
  }
}

@c @implementation
public func roost_channel_close(_ channel: roost_channel) -> Int32 {
  answer("roost_channel_close") { () throws(Failure) in
    try Engine.closeChannel(Handle(id: channel.id))
  }
}

@c @implementation
public func roost_channel_destroy(_ channel: roost_channel) -> Int32 {
  answer("roost_channel_destroy") { () throws(Failure) in
    try Engine.destroyChannel(Handle(id: channel.id))
    return .ok
  }
}
