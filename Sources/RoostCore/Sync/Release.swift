// A primitive is released where nobody will use it any more who does not wait for it now: it is
// destroyed when the last of those has gone, and nobody's wait is broken (C14c). That happens in a
// step of the loop, for the drops of a channel's items are the program's code.

extension Engine {
  /// Gives up whatever a handle names, from any thread: the outcome of a task, a primitive.
  public static func releaseAny(_ handle: Handle) throws(Failure) -> Status {
    guard let kind = Kind(rawValue: handle.kindNumber), kind.isPrimitive else {
      guard handle.kindNumber == Kind.none.rawValue || handle.kindNumber == Kind.task.rawValue
      else {
        throw Failure(
          .wrongKind, handle, "is nothing to be released; only tasks and primitives are")
      }
      return try release(handle)
    }
    guard
      let (runtime, primitive) = try orAsk({ () throws(Failure) in
        try find(handle, primitive: kind)
      })
    else { return try askToRelease(handle, .primitives) }
    return runtime.release(primitive: primitive)
  }
}

extension Kind {
  var isPrimitive: Bool {
    switch self {
    case .event, .limiter, .lock, .condition, .channel: true
    default: false
    }
  }
}

extension Runtime {
  func release(primitive: Slot) -> Status {
    guard !primitives[primitive].isVacant else { return .already }
    guard !primitives[primitive].isReleased else { return .already }
    primitives[primitive].isReleased = true
    lookAtReleased(primitive)
    return .ok
  }

  /// Somebody has left the queue of a primitive that was released.
  func lookAtReleased(_ primitive: Slot) {
    guard primitives[primitive].isReleased, !isWaitedFor(primitive),
      !primitives[primitive].inReadyQueue
    else { return }
    addBusy()
    push(Reference(primitive: primitive))
  }

  /// Also at the conditions of a lock, whose waits will come for it.
  private func isWaitedFor(_ primitive: Slot) -> Bool {
    if !primitives[primitive].waiting.isEmpty { return true }
    var condition = primitives[primitive].conditions.first
    while condition != 0 {
      if !primitives[condition].waiting.isEmpty { return true }
      condition = primitives[condition].nextPart
    }
    return false
  }

  /// Its turn in the ready queue. It may have been destroyed meanwhile, or be waited for again.
  func step(primitive: Slot) {
    primitives[primitive].inReadyQueue = false
    removeBusy()
    if primitives[primitive].isVacant { return state.primitiveSlab.give(primitive) }
    guard !isWaitedFor(primitive) else { return }
    switch primitives[primitive].kind {
    case .lock: destroyLock(primitive)
    case .condition: destroyCondition(primitive)
    case .channel: destroyChannel(primitive)
    default: destroy(primitive)
    }
  }

  /// The runtime goes before the turn of a primitive, which was destroyed with all of them. Its row
  /// is given back, so that its handle stays stale in the next runtime (T3).
  func giveUpQueued(_ reference: Reference) {
    if reference.mark == .primitive { state.primitiveSlab.give(reference.slot) }
  }

  /// Gives up the row of a primitive; one in the ready queue goes when it has its turn.
  func giveUp(_ primitive: Slot) {
    primitives[primitive].vacate()
    if !primitives[primitive].inReadyQueue { state.primitiveSlab.give(primitive) }
  }
}
