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
    guard let host = unsafe host else { return Status.order.code }
    let key = unsafe key(data)
    guard unsafe host.pointee.bind(key, task.id),
      unsafe host.pointee.told.append(
        HostTold(what: HostTold.begin, code: 0, key: key, value: task.id))
    else { return Status.noMemory.code }
    return Status.pending.code
  }

  /// The end of a wait of a hosted task.
  @inline(__always)
  public static func hostWakes(
    _ wait: Handle, _ code: Int32, _ data: UnsafeMutableRawPointer?
  ) {
    guard let host = unsafe host else { return }
    let key = unsafe key(data)
    var value: UInt64 = 0
    if code == Status.cancelled.code {
      value = unsafe host.pointee.runtime.canceller(of: waits[wait.slot].node)
    } else if let entry = unsafe host.pointee.keys.entry(key), unsafe entry.pointee.item != nil {
      value = UInt64(UInt(bitPattern: unsafe entry.pointee.item))
      unsafe entry.pointee.item = nil
    }
    tell(HostTold(what: HostTold.wake, code: code, key: key, value: value))
  }

  /// A cleanup that is a hosted task.
  public static func hostCleans(
    _ task: Handle, _ why: UnsafePointer<Outcome>?, _ data: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let host = unsafe host else { return Status.order.code }
    let key = unsafe key(data)
    let state = unsafe why?.pointee.state ?? 0
    guard unsafe host.pointee.bind(key, task.id),
      unsafe host.pointee.told.append(
        HostTold(
          what: HostTold.clean, code: Int32(truncatingIfNeeded: state), key: key, value: task.id))
    else { return Status.noMemory.code }
    unsafe nodes[task.slot].start = host.pointee.options.begin
    return Status.pending.code
  }

  /// A task has ended: what its drop tells.
  public static func hostEnds(_ data: UnsafeMutableRawPointer?) {
    guard let host = unsafe host else { return }
    let key = unsafe key(data)
    let task = Handle(id: unsafe host.pointee.keys.handle(key))
    guard Engine.locate(task, .nodes) != nil, nodes[task.slot].generation == task.generation else {
      return
    }
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

  /// A hosted task that has let the others run goes on (S1a).
  func tellYielded(_ task: Slot, _ row: Place<Node>) {
    guard let host = unsafe state.host else { return }
    row[].state = .pending
    let node = here(task)
    let code = mark(of: node)
    if code == Status.cancelled.code { noteCutBody(node) }
    unsafe host.pointee.told.append(
      HostTold(
        what: HostTold.wake, code: code, key: UInt64(UInt(bitPattern: row[].data)),
        value: code == Status.cancelled.code ? canceller(of: node) : 0))
  }
}
