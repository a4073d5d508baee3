import RoostCore

/// What a filter decides of an error (G2).
enum Verdict: Int32, CaseIterable {
  case record = 0
  case cancelRest = 1
  case drop = 2
}

extension World {
  func race(_ name: String, in parent: Handle? = nil, limit: UInt64 = 0) throws -> Handle {
    try NodeOptions().named(name) { common in
      var options = GroupOptions()
      options.common = common
      options.policy = .race
      options.limit = limit
      return try calling { try Engine.openGroup(in: parent ?? root, options) }
    }
  }

  /// A group whose filter logs the error, `[a:EIO`, and decides.
  func filtered(
    _ name: String, in parent: Handle? = nil, _ policy: Policy = .failFast,
    decide: @escaping (Listed) throws -> Verdict
  ) throws -> Handle {
    let box = Box(name, in: self)
    box.filter = { [unowned self] error in
      note("[\(error.name):\(word(error.status))")
      return try decide(error)
    }
    return try NodeOptions().named(name) { common in
      var options = GroupOptions()
      options.common = common
      options.policy = policy
      unsafe options.filter = Box.filter
      unsafe options.filterData = box.data
      unsafe options.filterDrop = Box.drop
      return try calling(with: box) { try Engine.openGroup(in: parent ?? root, options) }
    }
  }

  /// As a job, but a daemon.
  @discardableResult
  func daemon(
    _ name: String, in group: Handle? = nil, lasts: Double = 0, ends: Status = .ok,
    ifCut: Status = .cancelled, held: Bool = false, _ common: NodeOptions = NodeOptions(),
    body: ((Handle) throws -> Void)? = nil
  ) throws -> Handle {
    let start: (Handle) throws -> Status = { [unowned self] task in
      try body?(task)
      return try end(task, name, lasts: lasts, ends: ends, ifCut: ifCut)
    }
    return try withTask(name, common, start, nil) { options in
      var options = options
      options.isDaemon = true
      return try Engine.spawn(into: group ?? root, options, held: held)
    }
  }

  /// As a job, started into a group, while `caller` waits for its report (L4); the wait is named
  /// after it, `a?`.
  @discardableResult
  func start(
    _ name: String, in group: Handle, from caller: Handle, lasts: Double = 0, ends: Status = .ok,
    ifCut: Status = .cancelled, isDaemon: Bool = false, _ common: NodeOptions = NodeOptions(),
    body: ((Handle) throws -> Void)? = nil
  ) throws -> (task: Handle, wait: Handle) {
    let start: (Handle) throws -> Status = { [unowned self] task in
      try body?(task)
      return try end(task, name, lasts: lasts, ends: ends, ifCut: ifCut)
    }
    let wait = waiting(name + "?")
    return try withTask(name, common, start, nil) { options in
      var options = options
      options.isDaemon = isDaemon
      return try calling(with: wait) {
        try unsafe Engine.start(
          into: group, in: caller, options, held: true, Box.wait, wait.data, Box.drop)
      }
    }
  }

  func report(_ task: Handle, _ value: Int32 = 0) throws {
    try calling { try Engine.started(task, value) }
  }
}
