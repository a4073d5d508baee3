internal import CShim

// What a host is told: the functions that its tasks, waits, cleanups, posts and drops have.

extension Engine {
  @inline(__always)
  private static func tell(_ told: HostTold) {
    guard let host = unsafe host else { return }
    unsafe host.pointee.told.append(told)
  }

  @inline(__always)
  private static func key(_ data: UnsafeMutableRawPointer?) -> UInt64 {
    UInt64(UInt(bitPattern: data))
  }

  /// The first step of a hosted task.
  @inline(__always)
  public static func hostBegins(_ task: Handle, _ data: UnsafeMutableRawPointer?) -> Int32 {
    guard let host = unsafe host, unsafe host.pointee.runtime.isOurs(task) else {
      return Status.order.code
    }
    let key = unsafe key(data)
    guard key != 0 else { return Status.invalid.code }
    var told = HostTold(what: HostTold.begin, code: 0, key: key, value: task.id)
    if nodes[task.slot].flags.contains(.cleanup) {
      told.what = HostTold.clean
      told.code = unsafe host.pointee.runtime.ending(cleanedBy: task.slot)
    }
    guard unsafe host.pointee.bind(key, task.id), unsafe host.pointee.told.append(told) else {
      return Status.noMemory.code
    }
    return Status.pending.code
  }

  /// The end of a wait of a hosted task.
  @inline(__always)
  public static func hostWakes(
    _ wait: Handle, _ code: Int32, _ data: UnsafeMutableRawPointer?
  ) {
    guard let host = unsafe host, let runtime = locate(wait, .waits),
      unsafe runtime.raw == host.pointee.runtime.raw
    else { return }
    let key = unsafe key(data)
    var value: UInt64 = 0
    if code == Status.cancelled.code {
      value = runtime.canceller(of: waits[wait.slot].node)
    } else if let entry = unsafe host.pointee.keys.entry(key), unsafe entry.pointee.item != nil {
      value = UInt64(UInt(bitPattern: unsafe entry.pointee.item))
      unsafe entry.pointee.item = nil
    }
    tell(HostTold(what: HostTold.wake, code: code, key: key, value: value))
  }

  /// A task has ended: what its drop tells.
  public static func hostEnds(_ data: UnsafeMutableRawPointer?) {
    guard let host = unsafe host else { return }
    let key = unsafe key(data)
    let task = Handle(id: unsafe host.pointee.keys.handle(key))
    guard unsafe host.pointee.runtime.isOurs(task) else { return }
    let row = nodes.row(task.slot)
    let flags = row[].flags
    let ending: Ending =
      flags.contains(.faulty) ? .failed : flags.contains(.endedCancelled) ? .cancelled : .completed
    tell(
      HostTold(
        what: HostTold.ended, code: row[].code, key: key,
        value: UInt64(bitPattern: ending.rawValue)))
  }

  /// A posted function.
  public static func hostPosted(_ data: UnsafeMutableRawPointer?) {
    tell(HostTold(what: HostTold.posted, code: 0, key: unsafe key(data), value: 0))
  }

  /// A drop.
  public static func hostDrops(_ data: UnsafeMutableRawPointer?) {
    tell(HostTold(what: HostTold.dropped, code: 0, key: unsafe key(data), value: 0))
  }
}

extension Runtime {
  /// The node whose cancellation applies to another; 0 for none (C9).
  @inline(__always)
  func canceller(of node: Slot) -> UInt64 {
    guard nodes[node].flags.contains(.cancelled) else { return 0 }
    return handle(source(of: node)).id
  }

  /// A hosted task goes on: it has let the others run (S1a), or what it closes has ended.
  func tellYielded(_ task: Slot, _ row: Place<Node>) {
    guard let host = unsafe state.host else { return }
    row[].state = .pending
    let key = UInt64(UInt(bitPattern: unsafe row[].data))
    if let entry = unsafe host.pointee.keys.entry(key), unsafe entry.pointee.closing == .ended {
      let kept = unsafe entry.pointee.kept
      if let kept = unsafe kept { unsafe hand(kept, to: host) }
      unsafe host.pointee.told.append(
        HostTold(
          what: HostTold.closed, code: entry.pointee.code, key: key,
          value: UInt64(UInt(bitPattern: kept))))
      unsafe (entry.pointee.closing, entry.pointee.kept) = (.none, nil)
      return
    }
    let node = here(task)
    let code = mark(of: node)
    if code == Status.cancelled.code { noteCutBody(node) }
    unsafe host.pointee.told.append(
      HostTold(
        what: HostTold.wake, code: code, key: key,
        value: code == Status.cancelled.code ? canceller(of: node) : 0))
  }

  /// How that has ended after which a task cleans up (K1).
  fileprivate func ending(cleanedBy task: Slot) -> Int32 {
    let node = nodes[task].parent
    return Int32(truncatingIfNeeded: outcome(of: node, nodes.row(node)).state)
  }

  /// Puts a cleanup that is a hosted task among its node's children, and among what is ready (K2).
  func beginHostedCleanup(
    _ task: Slot, _ own: Place<Node>, _ host: HostPointer, of node: Slot, _ row: Place<Node>
  ) {
    own[].state = .ready
    unsafe own[].start = host.pointee.options.begin
    own[].code = 0
    if row[].flags.isDisjoint(with: [.graced, .unsheltered, .stopping, .traced]) {
      linkCleanup()
    } else {
      expose(task, own, to: node, row)
    }
    push(task, own)
  }
}
