internal import CShim

// What a host may ask for.

extension HostAsk {
  static let spawn: Int32 = 1
  static let finish: Int32 = 2
  static let checkpoint: Int32 = 3
  static let sleep: Int32 = 4
  static let event: Int32 = 5
  static let permit: Int32 = 6
  static let lock: Int32 = 7
  static let condition: Int32 = 8
  static let send: Int32 = 9
  static let receive: Int32 = 10
  static let end: Int32 = 11
  static let scope: Int32 = 12
  static let group: Int32 = 13
  static let close: Int32 = 14
  static let cancel: Int32 = 15

  static let daemon: Int32 = 1
  static let tell: UInt64 = 1
  static let shield: Int32 = 1
  static let moveOn: Int32 = 2
}

extension Runtime {
  @inline(__always)
  func carryOut(_ ask: HostAsk, _ host: HostPointer, _ open: HostGroupOpener) throws(Failure) {
    switch ask.what {
    case HostAsk.spawn: try unsafe spawn(ask, host)
    case HostAsk.finish: try unsafe finish(ask, host)
    case HostAsk.checkpoint: try unsafe checkpoint(ask, host)
    case HostAsk.sleep: try unsafe sleep(ask, host)
    case HostAsk.scope: try unsafe openScope(ask, host)
    case HostAsk.close: try unsafe close(ask, host)
    case HostAsk.group: try unsafe openGroup(ask, host, open)
    default: try unsafe carryOutOther(ask, host)
    }
  }

  @inline(never)
  private func carryOutOther(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    if ask.what == HostAsk.cancel {
      let (_, node) = try Engine.find(Handle(id: unsafe host.pointee.keys.handle(ask.key)), .node)
      unsafe cancel(node, .explicit, code: Int64(ask.code))
      return
    }
    let task = try handle(unsafe hostedTask(ask.key, host))
    let subject = Handle(id: ask.node)
    let wake = unsafe host.pointee.options.wake
    let data = unsafe UnsafeMutableRawPointer(bitPattern: UInt(ask.key))
    switch ask.what {
    case HostAsk.event: _ = try unsafe Engine.wait(for: subject, in: task, wake, data, nil)
    case HostAsk.permit: _ = try unsafe Engine.acquirePermit(of: subject, in: task, wake, data, nil)
    case HostAsk.lock: _ = try unsafe Engine.acquireLock(subject, in: task, wake, data, nil)
    case HostAsk.condition:
      _ = try unsafe Engine.waitNotified(at: subject, in: task, wake, data, nil)
    case HostAsk.send:
      let item = unsafe UnsafeMutableRawPointer(bitPattern: UInt(ask.value))
      _ = try unsafe Engine.send(item, to: subject, in: task, wake, data, nil)
    case HostAsk.receive:
      guard let entry = unsafe host.pointee.keys.entry(ask.key) else { throw noKey() }
      let room = unsafe UnsafeMutableRawPointer(entry) + 8
      _ = try unsafe Engine.receive(
        from: subject, in: task, to: room.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
        wake, data, nil)
    case HostAsk.end:
      _ = try unsafe Engine.onEnd(of: subject, in: handle(here(task.slot)), wake, data, nil)
    default: throw Failure(.invalid, nil, "a host asks for what is not known")
    }
  }

  /// The hosted task that a key names, in its body.
  @inline(__always)
  private func hostedTask(_ key: UInt64, _ host: HostPointer) throws(Failure) -> Slot {
    let handle = Handle(id: unsafe host.pointee.keys.handle(key))
    let slot = handle.slot
    guard isOurs(handle), isHosted(slot), nodes[slot].state != .yielding,
      unsafe host.pointee.keys.closing(key) == .none
    else { throw noHostedTask(handle) }
    return slot
  }

  @inline(never)
  private func noHostedTask(_ handle: Handle) -> Failure {
    guard handle.id != 0 else { return noKey() }
    return Failure(
      .order, handle, "is no hosted task that runs; ask for one that was told to go on")
  }

  private func noKey() -> Failure { Failure(.invalid, nil, "a key names nothing") }

  // MARK: Tasks

  @inline(__always)
  private func spawn(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    try HostKeys.check(ask.key)
    // Room first: what was spawned has its key (B4).
    guard unsafe host.pointee.reserve(ask.key) else {
      throw Failure(.noMemory, nil, "no memory for a key")
    }
    var options = unsafe TaskOptions(start: host.pointee.options.begin)
    unsafe options.data = UnsafeMutableRawPointer(bitPattern: UInt(ask.key))
    let group = Handle(id: unsafe host.pointee.keys.handle(ask.node))
    let task: Handle
    if ask.value == 0, ask.code == 0 {
      task = try Engine.spawnPlain(into: group, options, held: false)
    } else {
      unsafe options.common.name = UnsafePointer(bitPattern: UInt(ask.value))
      options.isDaemon = ask.code & HostAsk.daemon != 0
      task = try Engine.spawn(into: group, options, held: false)
    }
    _ = unsafe host.pointee.bind(ask.key, task.id)
    // It may end without having begun, which its host has to know.
    if nodes[task.slot].state != .ready { unsafe tellEnd(of: task.slot, host) }
  }

  private func tellEnd(of task: Slot, _ host: HostPointer) {
    detail(task)
    if unsafe details[task].drop == nil { unsafe details[task].drop = host.pointee.options.ended }
  }

  @inline(__always)
  private func finish(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    let handle = Handle(id: unsafe host.pointee.keys.handle(ask.key))
    let task = handle.slot
    guard isOurs(handle), isHosted(task),
      unsafe host.pointee.keys.closing(ask.key) == .none
    else { throw noHostedTask(handle) }
    let row = nodes.row(task)
    if ask.value != 0 {
      detail(task)
      unsafe details[task].result = UnsafeMutableRawPointer(bitPattern: UInt(ask.value))
      unsafe details[task].resultDrop = host.pointee.options.drops
    }
    if ask.node & HostAsk.tell != 0 { unsafe tellEnd(of: task, host) }
    endBody(task, row, ask.code)
    settle(task, row)
  }

  // MARK: Waits that need no more

  private func checkpoint(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    yield(try unsafe hostedTask(ask.key, host))
  }

  /// It goes on in the next batch (S1a).
  private func yield(_ task: Slot) {
    let row = nodes.row(task)
    row[].state = .yielding
    push(task, row)
  }

  private func sleep(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    let task = try unsafe hostedTask(ask.key, host)
    let now = now()
    guard ask.value > now else { return yield(task) }
    let delay = ask.value >= UInt64(Int64.max) ? Int64.max : Int64(ask.value - now)
    _ = try unsafe Engine.after(
      delay, in: handle(here(task)), host.pointee.options.wake,
      UnsafeMutableRawPointer(bitPattern: UInt(ask.key)), nil)
  }

  // MARK: Groups and scopes

  private func openScope(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    let task = try unsafe opener(ask, host)
    var options = NodeOptions()
    options.deadline = ask.value
    options.shield = ask.code & HostAsk.shield != 0
    options.moveOn = ask.code & HostAsk.moveOn != 0
    let scope = try openBracket(.scope, of: task, options, limit: 0)
    _ = unsafe host.pointee.bind(ask.key, handle(scope).id)
  }

  private func openGroup(_ ask: HostAsk, _ host: HostPointer, _ open: HostGroupOpener)
    throws(Failure)
  {
    let task = try unsafe opener(ask, host)
    if let options = unsafe UnsafeRawPointer(bitPattern: UInt(ask.value)) {
      let group = try unsafe open(handle(task), options)
      _ = unsafe host.pointee.bind(ask.key, group.id)
    } else {
      let group = try openBracket(.group, of: task, NodeOptions(), limit: 0)
      _ = unsafe host.pointee.bind(ask.key, handle(group).id)
    }
  }

  /// Who opens; what it opens has its key.
  private func opener(_ ask: HostAsk, _ host: HostPointer) throws(Failure) -> Slot {
    let task = try unsafe hostedTask(ask.node, host)
    try HostKeys.check(ask.key)
    guard unsafe host.pointee.reserve(ask.key) else {
      throw Failure(.noMemory, nil, "no memory for a key")
    }
    return task
  }

  private func close(_ ask: HostAsk, _ host: HostPointer) throws(Failure) {
    let task = try unsafe hostedTask(ask.key, host)
    let handle = Handle(id: unsafe host.pointee.keys.handle(ask.node))
    let (runtime, block) = try Engine.find(handle, .block)
    guard unsafe runtime.raw == raw, here(task) == block, block != task else {
      throw Failure(.order, handle, "is not the innermost that its task has open; close that first")
    }
    try unsafe closeBracket(block, of: task, ask, host)
  }
}
