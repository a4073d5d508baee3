extension Engine {
  /// Waits in a node for a time; one of no length lets what is ready run first (S1a).
  @discardableResult
  public static func after(
    _ delay: Int64, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try find(handle, .node)
    var timer: TimerQueue.Index = 0
    if delay > 0, delay != .max {
      timer = runtime.state.timers.insert(runtime.now() &+ UInt64(delay), .none)
      guard timer != 0 else { throw Failure(.noMemory, handle, "no memory to wait in it") }
    }
    let wait: Slot
    do {
      wait = try unsafe runtime.beginWait(in: node, .after, done, data, drop)
    } catch {
      if timer != 0 { runtime.state.timers.remove(timer) }
      throw error
    }
    if timer != 0 {
      waits[wait].timer = timer
      runtime.state.timers.setOwner(timer, Reference(wait: wait))
    }
    if delay <= 0 { runtime.push(Reference(wait: wait)) }
    runtime.checkBegun(wait)
    return runtime.handle(wait: wait)
  }
}
