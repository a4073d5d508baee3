extension Engine {
  /// Opens an event: something that has not happened yet.
  public static func openEvent(in handle: Handle) throws(Failure) -> Handle {
    let (runtime, event) = try open(.event, in: handle)
    return runtime.handle(primitive: event)
  }

  /// It has happened, for ever: all who wait go on. ALREADY where it was set before.
  public static func setEvent(_ handle: Handle) throws(Failure) -> Status {
    let (runtime, event) = try find(handle, primitive: .event)
    guard !primitives[event].isOver else { return .already }
    primitives[event].isOver = true
    runtime.endWaiting(for: event, .ok)
    return .ok
  }

  /// Whether an event has happened.
  public static func isSet(_ handle: Handle) throws(Failure) -> Bool {
    let (_, event) = try find(handle, primitive: .event)
    return primitives[event].isOver
  }

  /// Waits in a node until an event has happened.
  public static func wait(
    for subject: Handle, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, event, node) = try find(subject, primitive: .event, in: handle)
    let wait = try unsafe runtime.beginWait(in: node, .event, done, data, drop)
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      if primitives[event].isOver {
        runtime.complete(wait, 0)
      } else {
        runtime.queue(wait, for: event)
      }
    }
    return runtime.handle(wait: wait)
  }

  /// Destroys an event; who waits is told so (S3a).
  public static func destroyEvent(_ handle: Handle) throws(Failure) {
    let (runtime, event) = try find(handle, primitive: .event)
    runtime.destroy(event)
  }
}
