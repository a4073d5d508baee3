// A lock is owned by a node, which has a list of the locks that it owns. When the node ends with
// some left, these are over (S3b): nobody can own them any more.

extension Engine {
  /// Opens a lock.
  public static func openLock(in handle: Handle) throws(Failure) -> Handle {
    let (runtime, lock) = try open(.lock, in: handle)
    return runtime.handle(primitive: lock)
  }

  /// Waits for a lock, which the node owns then.
  public static func acquireLock(
    _ subject: Handle, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, lock, node) = try find(subject, primitive: .lock, in: handle)
    let owner = unsafe runtime.owner(of: done, in: node)
    guard primitives[lock].owner != owner else { throw ownsAlready(handle) }
    let wait = try unsafe runtime.beginWait(in: node, .lock, done, data, drop)
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      if primitives[lock].isOver {
        runtime.complete(wait, Status.ownerDead.code)
      } else {
        runtime.queueForLock(wait, lock)
      }
    }
    return runtime.handle(wait: wait)
  }

  /// Takes a lock for a node if nobody owns it; else AGAIN.
  public static func tryAcquireLock(_ subject: Handle, owner: Handle) throws(Failure) {
    let (runtime, lock, node) = try find(subject, primitive: .lock, in: owner)
    guard primitives[lock].owner != node else { throw ownsAlready(owner) }
    guard !primitives[lock].isOver else {
      throw Failure(.ownerDead, subject, "was not released by its last owner; destroy it")
    }
    guard nodes[node].state.isOpen else {
      throw Failure(.closed, owner, "is ending; take locks before its end")
    }
    guard primitives[lock].owner == 0 else {
      throw Failure(.again, subject, "is owned by another node; wait for it")
    }
    runtime.own(lock, by: node)
  }

  /// Releases a lock that the node owns.
  public static func releaseLock(_ subject: Handle, owner: Handle) throws(Failure) {
    let (runtime, lock, node) = try find(subject, primitive: .lock, in: owner)
    guard primitives[lock].owner == node else { throw ownsNot(owner) }
    runtime.releaseLock(lock)
  }

  /// Destroys a lock; who waits for it, or at its conditions, is told so (S3a).
  public static func destroyLock(_ handle: Handle) throws(Failure) {
    let (runtime, lock) = try find(handle, primitive: .lock)
    runtime.destroyLock(lock)
  }

  private static func ownsAlready(_ node: Handle) -> Failure {
    Failure(.deadlock, node, "owns the lock already; release it first")
  }

  static func ownsNot(_ node: Handle) -> Failure {
    Failure(.order, node, "does not own the lock; pass the node that does")
  }
}

extension Runtime {
  func destroyLock(_ lock: Slot) {
    if primitives[lock].owner != 0 { disown(lock) }
    endLock(lock, .closed)
    while !primitives[lock].conditions.isEmpty {
      leaveLock(primitives[lock].conditions.first)
    }
    destroy(lock)
  }

  /// The lock is its own if it is free, and else when all who came before had it.
  func queueForLock(_ wait: Slot, _ lock: Slot) {
    if primitives[lock].owner == 0 {
      give(lock, to: wait)
    } else {
      queue(wait, for: lock)
    }
  }

  /// The first who waits owns it now.
  func releaseLock(_ lock: Slot) {
    disown(lock)
    let wait = popWaiting(for: lock)
    if wait != 0 { give(lock, to: wait) }
  }

  /// A condition's wait has its outcome already, and gets it now that it has the lock (S3b).
  private func give(_ lock: Slot, to wait: Slot) {
    own(lock, by: owner(for: wait))
    complete(wait, waits[wait].code)
  }

  /// Who will own what is waited for with a function, in a node.
  func owner(of done: @escaping WaitFunction, in node: Slot) -> Slot {
    if unsafe isOfFiber(done) { return Engine.fiberTask(node) }
    return unsafe isOfHost(done) ? straightTask(node) : node
  }

  /// The task that has a node open as one of its brackets; else the node.
  private func straightTask(_ node: Slot) -> Slot {
    var task = node
    while nodes[task].kind != .task {
      guard blocks[task].isBracket else { return node }
      task = nodes[task].parent
    }
    return task
  }

  /// What straight-line code acquires its task owns, wherever it waits.
  private func owner(for wait: Slot) -> Slot {
    if let fiber = unsafe waits[wait].fiber { return unsafe fiber.pointee.task }
    return unsafe isOfHost(waits[wait].done) ? straightTask(waits[wait].node) : waits[wait].node
  }

  func own(_ lock: Slot, by node: Slot) {
    detail(node)
    primitives[lock].owner = node
    details[node].locks.append(lock)
  }

  fileprivate func disown(_ lock: Slot) {
    details[primitives[lock].owner].locks.remove(lock)
    primitives[lock].owner = 0
  }

  /// A node has ended, and owns locks (S3b).
  func abandonLocks(of node: Slot) {
    while !details[node].locks.isEmpty {
      let lock = details[node].locks.first
      disown(lock)
      primitives[lock].isOver = true
      endLock(lock, .ownerDead)
    }
  }

  /// Nobody can have it any more: neither who waits for it, nor who waits at its conditions.
  fileprivate func endLock(_ lock: Slot, _ status: Status) {
    endWaiting(for: lock, status)
    var condition = primitives[lock].conditions.first
    while condition != 0 {
      endWaiting(for: condition, status)
      condition = primitives[condition].nextPart
    }
  }
}
