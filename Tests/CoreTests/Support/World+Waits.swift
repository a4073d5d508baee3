import RoostCore

extension World {
  /// Waits for a time.
  @discardableResult
  func after(_ delay: Double, in node: Handle? = nil, _ done: @escaping (Status) throws -> Void)
    throws -> Handle
  {
    let box = waiting("", done)
    return try calling(with: box) {
      try unsafe Engine.after(seconds(delay), in: node ?? root, Box.wait, box.data, Box.drop)
    }
  }

  /// The same, logged.
  @discardableResult
  func after(_ delay: Double, in node: Handle? = nil, _ name: String) throws -> Handle {
    let box = waiting(name)
    return try calling(with: box) {
      try unsafe Engine.after(seconds(delay), in: node ?? root, Box.wait, box.data, Box.drop)
    }
  }

  /// Waits in a node (the root) for another's end.
  @discardableResult
  func onEnd(
    of subject: Handle, in node: Handle? = nil, _ name: String,
    then: @escaping (Status) throws -> Void = { _ in }
  ) throws -> Handle {
    let box = waiting(name, then)
    return try calling(with: box) {
      try unsafe Engine.onEnd(of: subject, in: node ?? root, Box.wait, box.data, Box.drop)
    }
  }

  /// Parks. With `abort`, there is a request behind the wait.
  @discardableResult
  func park(
    in node: Handle? = nil, _ name: String, then: @escaping (Status) throws -> Void = { _ in },
    abort: ((Handle) throws -> Status)? = nil
  ) throws -> Handle {
    let box = waiting(name, then)
    box.abort = { [unowned self] wait in
      note(of: name, "/")
      return try abort?(wait) ?? .ok
    }
    return try calling(with: box) {
      try unsafe Engine.park(
        in: node ?? root, abort: abort == nil ? nil : Box.abort, Box.wait, box.data, Box.drop)
    }
  }

  /// Does something at an instant, as code of nobody's.
  func at(_ second: Double, _ action: @escaping () throws -> Void) throws {
    let delay = try instant(second) - Engine.now(runtime)
    try after(Double(delay) / 1e9) { status in if status == .ok { try action() } }
  }

  func waiting(_ name: String, _ then: @escaping (Status) throws -> Void = { _ in }) -> Box {
    let box = Box(name, in: self)
    box.wait = { [unowned self] _, status in
      note(of: name, "=\(word(status))")
      try then(status)
    }
    return box
  }
}

// The calls that take no callback.
extension World {
  @discardableResult
  func cancel(
    _ node: Handle, _ origin: Origin = .explicit, code: Int64 = 0, message: String? = nil
  ) throws -> Status {
    var options = CancelOptions()
    options.origin = origin
    options.code = code
    guard let message else { return try calling { try Engine.cancel(node, options) } }
    return try unsafe message.withCString { message in
      unsafe options.message = message
      return try calling { try Engine.cancel(node, options) }
    }
  }

  func finish(_ task: Handle, _ status: Status) throws {
    try calling { try unsafe Engine.finish(task, status.code, nil, nil) }
  }

  /// Finishes with something that has a drop, as the result or the error's object.
  func finish(_ task: Handle, _ status: Status, with object: Box) throws {
    try calling(with: object) {
      try unsafe Engine.finish(task, status.code, object.data, Box.drop)
    }
  }

  func explain(_ task: Handle, _ text: String) throws {
    try unsafe text.withCString { text in
      try calling { try unsafe Engine.explain(task, text) }
    }
  }

  func wake(_ wait: Handle, _ status: Status) throws {
    _ = try calling { try Engine.wake(wait, status.code) }
  }

  func unwait(_ wait: Handle) throws { try calling { try Engine.unwait(wait) } }

  func outcome(_ task: Handle) throws -> Told {
    Told(try calling { try Engine.outcome(of: task) })
  }

  @discardableResult
  func release(_ task: Handle) throws -> Status { try calling { try Engine.release(task) } }

  func isCancelled(_ node: Handle) throws -> Bool { try calling { try Engine.isCancelled(node) } }

  func why(_ node: Handle) throws -> Why? {
    try calling { unsafe Why(try Engine.reason(of: node)) }
  }

  func setDeadline(_ node: Handle, _ after: Double) throws -> Status {
    let deadline = after == .infinity ? UInt64.max : instant(after)
    return try calling { try Engine.setDeadline(node, deadline) }
  }
}
