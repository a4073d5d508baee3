import RoostCore

extension NodeOptions {
  static func timeout(_ length: Double, moveOn: Bool = false) -> NodeOptions {
    var options = NodeOptions()
    options.timeout = seconds(length)
    options.moveOn = moveOn
    return options
  }

  static func deadline(_ instant: UInt64, moveOn: Bool = false) -> NodeOptions {
    var options = NodeOptions()
    options.deadline = instant
    options.moveOn = moveOn
    return options
  }

  static var reporting: NodeOptions {
    var options = NodeOptions()
    options.report = true
    return options
  }

  func named<Answer>(_ name: String, _ work: (NodeOptions) throws -> Answer) rethrows
    -> Answer
  {
    try unsafe name.withCString { name in
      var options = self
      unsafe options.name = name
      return try work(options)
    }
  }
}

extension World {
  func group(
    _ name: String, in parent: Handle? = nil, failFast: Bool = true, limit: UInt64 = 0,
    maxErrors: UInt64 = 0, _ common: NodeOptions = NodeOptions()
  ) throws -> Handle {
    try common.named(name) { common in
      var options = GroupOptions()
      options.common = common
      options.policy = failFast ? .failFast : .supervise
      options.limit = limit
      options.maxErrors = maxErrors
      return try calling { try Engine.openGroup(in: parent ?? root, options) }
    }
  }

  @discardableResult
  func scope(_ name: String, in parent: Handle? = nil, _ options: NodeOptions = NodeOptions())
    throws -> Handle
  {
    try options.named(name) { options in
      try calling { try Engine.openScope(in: parent ?? root, options) }
    }
  }

  /// A task that does what its closures do.
  @discardableResult
  func spawn(
    _ name: String, in group: Handle? = nil, held: Bool = false,
    _ common: NodeOptions = NodeOptions(), start: @escaping (Handle) throws -> Status,
    onCancel: ((Handle, Why) throws -> Status)? = nil
  ) throws -> Handle {
    try withTask(name, common, start, onCancel) { options in
      try Engine.spawn(into: group ?? root, options, held: held)
    }
  }

  /// Calls the engine with the options of a task.
  func withTask<Answer>(
    _ name: String, _ common: NodeOptions, _ start: @escaping (Handle) throws -> Status,
    _ onCancel: ((Handle, Why) throws -> Status)?, _ work: (TaskOptions) throws -> Answer
  ) throws -> Answer {
    let box = Box(name, in: self)
    box.start = { [unowned self] task in
      note(of: name, "+")
      return try start(task)
    }
    box.onCancel = { [unowned self] task, why in
      note(of: name, "?")
      return try onCancel?(task, why) ?? .ok
    }
    return try common.named(name) { common in
      var options = unsafe TaskOptions(start: Box.start)
      options.common = common
      unsafe options.onCancel = onCancel == nil ? nil : Box.onCancel
      unsafe options.data = box.data
      unsafe options.drop = Box.drop
      return try calling(with: box) { try work(options) }
    }
  }

  /// A task that takes one step, and then waits once, if it `lasts`; it ends with `ends`, or with
  /// `ifCut` when its wait is cancelled.
  @discardableResult
  func job(
    _ name: String, in group: Handle? = nil, lasts: Double = 0, ends: Status = .ok,
    ifCut: Status = .cancelled, held: Bool = false, _ common: NodeOptions = NodeOptions(),
    body: ((Handle) throws -> Void)? = nil, onCancel: ((Handle, Why) throws -> Status)? = nil
  ) throws -> Handle {
    let start: (Handle) throws -> Status = { [unowned self] task in
      try body?(task)
      return try end(task, name, lasts: lasts, ends: ends, ifCut: ifCut)
    }
    return try spawn(name, in: group, held: held, common, start: start, onCancel: onCancel)
  }

  /// A task that goes on until it is cancelled, or finished by somebody.
  @discardableResult
  func endless(
    _ name: String, in group: Handle? = nil, held: Bool = false,
    onCancel: ((Handle, Why) throws -> Status)? = nil
  ) throws -> Handle {
    try spawn(name, in: group, held: held, start: { _ in .pending }, onCancel: onCancel)
  }

  /// A cleanup of a node: as a job, one step, and a wait.
  @discardableResult
  func cleanup(
    _ name: String, of node: Handle, lasts: Double = 0, ends: Status = .ok,
    ifCut: Status = .cancelled, body: ((Handle, Told) throws -> Void)? = nil,
    onCancel: ((Handle, Why) throws -> Status)? = nil
  ) throws -> Handle {
    let box = Box(name, in: self)
    box.cleanup = { [unowned self] task, told in
      note(of: name, ":\(word(told))")
      try body?(task, told)
      return try end(task, name, lasts: lasts, ends: ends, ifCut: ifCut)
    }
    box.onCancel = { [unowned self] task, why in
      note(of: name, "?")
      return try onCancel?(task, why) ?? .ok
    }
    var options = unsafe CleanupOptions(run: Box.cleanup)
    unsafe options.onCancel = onCancel == nil ? nil : Box.onCancel
    unsafe options.data = box.data
    unsafe options.drop = Box.drop
    return try calling(with: box) { try Engine.deferCleanup(on: node, options) }
  }

  /// What the first step of a job or a cleanup answers. With PENDING, somebody else will finish it.
  func end(
    _ task: Handle, _ name: String, lasts: Double, ends: Status, ifCut: Status
  ) throws -> Status {
    if lasts > 0, ends != .pending {
      try after(lasts, in: task) { [unowned self] status in
        note(of: name, status == .cancelled ? "!" : "-")
        try finish(task, status == .cancelled ? ifCut : ends)
      }
      return .pending
    }
    // A positive code is no answer of a step (S2a).
    guard ends.code > 0, ends != .pending else { return ends }
    try finish(task, ends)
    return .ok
  }

  /// Closes a group or scope, and logs its result.
  func join(
    _ node: Handle, _ status: Status = .ok, then: ((Joined) throws -> Void)? = nil
  ) throws {
    let name = try unsafe String(cString: Engine.name(of: node))
    let box = Box(name, in: self)
    box.join = { [unowned self] joined in
      note(of: name, "=\(word(joined))")
      try then?(joined)
    }
    var options = JoinOptions()
    unsafe options.join = Box.join
    unsafe options.data = box.data
    unsafe options.drop = Box.drop
    try calling(with: box) { try Engine.join(node, status.code, options) }
  }

  /// Closes a group or scope, and nobody is told: its errors are the parent's (T1d).
  func joinSilently(_ node: Handle, _ status: Status = .ok) throws {
    try calling { try Engine.join(node, status.code, JoinOptions()) }
  }
}
