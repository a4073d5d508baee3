// A wait at a condition has two parts: in the condition's queue; and then, notified or taken by a
// mark, and with its outcome in its row, in that of the lock (`relocking`), where no mark reaches
// it any more (S3b). Somebody waits at a condition only while its lock can be owned.

extension Engine {
  /// Opens a condition of a lock.
  public static func openCondition(of handle: Handle) throws(Failure) -> Handle {
    let (runtime, lock) = try find(handle, primitive: .lock)
    let condition = runtime.takePrimitive(.condition)
    guard condition != 0 else { throw Failure(.noMemory, handle, "no memory for a condition") }
    primitives[condition].lock = lock
    primitives[lock].conditions.append(condition)
    return runtime.handle(primitive: condition)
  }

  /// Releases the lock, waits to be notified, and waits for the lock again.
  public static func waitNotified(
    at subject: Handle, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, condition, node) = try find(subject, primitive: .condition, in: handle)
    let lock = primitives[condition].lock
    guard lock != 0 else {
      throw Failure(.stale, subject, "has lost its lock, which was destroyed; destroy it too")
    }
    let owner = unsafe runtime.owner(of: done, in: node)
    guard primitives[lock].owner == owner else { throw ownsNot(handle) }
    let wait = try unsafe runtime.beginWait(in: node, .condition, done, data, drop)
    runtime.queue(wait, for: condition)
    runtime.releaseLock(lock)
    runtime.checkBegun(wait)
    return runtime.handle(wait: wait)
  }

  /// Wakes the first so many of those who wait.
  public static func notify(_ handle: Handle, count: UInt64) throws(Failure) {
    let (runtime, condition) = try find(handle, primitive: .condition)
    var rest = count
    while rest != 0, !primitives[condition].waiting.isEmpty {
      runtime.relock(primitives[condition].waiting.first, .ok)
      rest -= 1
    }
  }

  /// Destroys a condition; who waits gets the lock again, and is told then.
  public static func destroyCondition(_ handle: Handle) throws(Failure) {
    let (runtime, condition) = try find(handle, primitive: .condition)
    runtime.destroyCondition(condition)
  }
}

extension Runtime {
  func destroyCondition(_ condition: Slot) {
    while !primitives[condition].waiting.isEmpty {
      relock(primitives[condition].waiting.first, .closed)
    }
    if primitives[condition].lock != 0 { leaveLock(condition) }
    destroy(condition)
  }

  /// A wait at a condition is over, and goes for its lock with what it will be told then.
  func relock(_ wait: Slot, _ status: Status) {
    let lock = primitives[waits[wait].subject].lock
    unqueue(wait)
    waits[wait].state = .relocking
    waits[wait].code = status.code
    queueForLock(wait, lock)
  }

  func leaveLock(_ condition: Slot) {
    primitives[primitives[condition].lock].conditions.remove(condition)
    primitives[condition].lock = 0
  }
}
