public import CRoost
internal import RoostCore

@c @implementation
public func roost_on_readable(
  _ fd: Int32, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_on_readable", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.onReady(fd, to: .read, in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_on_writable(
  _ fd: Int32, _ in_: roost_node, _ fn: roost_wait_fn!, _ data: UnsafeMutableRawPointer!,
  _ drop: roost_drop_fn!, _ out: UnsafeMutablePointer<roost_wait>!
) -> Int32 {
  unsafe begin("roost_on_writable", fn, data, drop, out) { (done) throws(Failure) in
    try unsafe Engine.onReady(fd, to: .write, in: Handle(id: in_.id), done, data, drop)
  }
}

@c @implementation
public func roost_descriptor_closing(_ runtime: roost_runtime, _ fd: Int32) -> Int32 {
  answer("roost_descriptor_closing") { () throws(Failure) in
    try Engine.descriptorClosing(fd, of: Handle(id: runtime.id))
  }
}

@c @implementation
public func roost_await_readable(_ fd: Int32) -> Int32 {
  unsafe awaits("roost_await_readable") { (here, done) throws(Failure) in
    try unsafe Engine.onReady(fd, to: .read, in: here, done, nil, nil)
  }
}

@c @implementation
public func roost_await_writable(_ fd: Int32) -> Int32 {
  unsafe awaits("roost_await_writable") { (here, done) throws(Failure) in
    try unsafe Engine.onReady(fd, to: .write, in: here, done, nil, nil)
  }
}
