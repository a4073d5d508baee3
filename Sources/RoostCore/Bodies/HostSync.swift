// What a hosted task's waits for primitives have of their own.

extension Runtime {
  /// The hosted task that is told of a wait; nil for another's.
  func hostedTask(of wait: Slot) -> Slot? {
    guard let host = unsafe state.host, unsafe isOfHost(waits[wait].done) else { return nil }
    let key = UInt64(UInt(bitPattern: unsafe waits[wait].data))
    return hosted(unsafe host.pointee.keys.handle(key))
  }

  /// The hosted task of a handle, in its body; nil where it is none.
  fileprivate func hosted(_ id: UInt64) -> Slot? {
    let handle = Handle(id: id)
    guard handle.kindNumber == Kind.task.rawValue, Engine.locate(handle, .nodes) != nil,
      nodes[handle.slot].generation == handle.generation, isHosted(handle.slot)
    else { return nil }
    return handle.slot
  }

  /// What a task that is parked waits for; 0 for nothing, or where that is over.
  fileprivate func wait(of task: Slot) -> Slot {
    var wait = nodes[here(task)].waits
    while wait != 0 {
      if waits[wait].state == .waiting, hostedTask(of: wait) == task { return wait }
      wait = waits[wait].next
    }
    return 0
  }
}

extension Engine {
  /// Ends the wait of a hosted task for a primitive, which gives it nothing.
  public static func interruptHosted(_ handle: Handle, _ key: UInt64, _ code: Int32)
    throws(Failure)
  {
    let (runtime, host) = try unsafe findHost(handle)
    let id = unsafe host.pointee.keys.handle(key)
    guard code < 0 else {
      throw Failure(.invalid, Handle(id: id), "cannot be told a success; pass a negative code")
    }
    guard let task = runtime.hosted(id) else {
      throw Failure(.stale, Handle(id: id), "is no hosted task in its body; nothing is left to end")
    }
    let wait = runtime.wait(of: task)
    guard wait != 0 else {
      throw Failure(.stale, Handle(id: id), "does not wait, or its wait is over; it will go on")
    }
    switch waits[wait].kind {
    case .event, .permit, .lock, .send, .receive: runtime.unqueue(wait)
    default:
      throw Failure(.order, Handle(id: id), "waits for what ends by itself; cancel it instead")
    }
    runtime.complete(wait, code)
  }
}
