// What all waits have in common: they begin in a node, are completed or taken, and are told of in
// the order in which they ended (S2b).

extension Runtime {
  /// A wait of a node, to which it belongs to its end (T1b); ECLOSED when that is ending.
  func beginWait(
    in node: Slot, _ kind: Wait.Kind, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Slot {
    guard nodes[node].state.isOpen else {
      throw Failure(.closed, handle(node), "is ending; begin waits before its end")
    }
    let wait = state.waitSlab.take()
    guard wait != 0 else { throw Failure(.noMemory, handle(node), "no memory to wait in it") }
    waits[wait].state = .waiting
    waits[wait].kind = kind
    waits[wait].isTakenBack = false
    waits[wait].inReadyQueue = false
    waits[wait].timer = 0
    waits[wait].code = 0
    unsafe waits[wait].done = done
    unsafe waits[wait].data = data
    unsafe waits[wait].drop = drop
    unsafe waits[wait].abort = nil
    waits[wait].subject = 0
    waits[wait].since = roughNow()
    link(wait: wait, under: node)
    waits[wait].isBackground = nodes[node].flags.contains(.background)
    if !waits[wait].isBackground { addBusy() }
    return wait
  }

  /// C3, C3a: in a node that is cancelled a wait ends so, and takes nothing. In a block that
  /// closes, and whose waits are being taken back, it is one of them.
  func checkBegun(_ wait: Slot) {
    let node = nodes.row(waits[wait].node)
    if node[].flags.contains(.cancelled) {
      if waits[wait].state == .waiting { take(wait, .cancelled) }
    } else if node[].flags.contains([.untilStopping, .stopping]), waits[wait].state == .waiting {
      take(wait, .stopping)  // C12
    }
    if node[].state == .joining, node[].first == 0, blocks[waits[wait].node].takesBack {
      takeBack(wait, .leftOpen)
    }
  }

  /// It has ended with its outcome (C4).
  func complete(_ wait: Slot, _ code: Int32) {
    waits[wait].state = .ended
    waits[wait].code = code
    push(Reference(wait: wait))
  }

  /// A mark has reached it before it was completed: nothing of ours completes it any more (C4a). It
  /// ends with what the mark says, cancelled or stopping.
  func take(_ wait: Slot, _ mark: Status) {
    if waits[wait].kind == .condition { relock(wait, mark) } else { stop(wait, mark) }
  }

  private func stop(_ wait: Slot, _ mark: Status) {
    detach(wait)
    waits[wait].state = .taken
    waits[wait].code = mark.code
    push(Reference(wait: wait))
  }

  /// Ends what it waited for, where that is ours.
  private func detach(_ wait: Slot) {
    switch waits[wait].kind {
    case .after:
      if waits[wait].timer != 0 { state.timers.remove(waits[wait].timer) }
      waits[wait].timer = 0
    case .end: unlinkWatcher(wait)
    case .park, .start, .signal, .process: break
    case .event, .permit, .lock, .condition, .send, .receive: unqueue(wait)
    }
  }

  /// Takes back what still names a node that is ending: its function is not called any more, unless
  /// it was completed before (S2b).
  func takeBackWaits(of node: Slot) {
    var wait = nodes[node].waits
    while wait != 0 {
      takeBack(wait, .leftOpen)
      wait = waits[wait].next
    }
  }

  /// False when the wait was completed, or taken back, before. A task that was only waited for to
  /// start is cancelled, with an origin that says who has given it up (L4).
  @discardableResult
  func takeBack(_ wait: Slot, _ origin: Origin) -> Bool {
    guard !waits[wait].isTakenBack else { return false }
    switch waits[wait].state {
    case .starting:
      giveUpStart(wait, origin)
      stop(wait, .cancelled)
    case .waiting, .relocking: stop(wait, .cancelled)
    case .taken, .aborting: break
    default: return false
    }
    waits[wait].isTakenBack = true
    return true
  }

  /// A wait's turn in the ready queue.
  func stepWait(_ wait: Slot) {
    waits[wait].inReadyQueue = false
    switch waits[wait].state {
    case .waiting:
      // A sleep of no length: what was ready has run (S1a).
      detach(wait)
      deliver(wait, 0)
    case .taken where waits[wait].kind == .process, .aborting where waits[wait].kind == .process:
      stopChild(wait)
    case .taken:
      guard unsafe waits[wait].abort != nil else { return deliver(wait, waits[wait].code) }
      abort(wait)
    case .ended: deliver(wait, waits[wait].code)
    default: break
    }
  }

  /// Tells of a wait's end, unless it was taken back; drops its data; and lets its node go on.
  func deliver(_ wait: Slot, _ code: Int32) {
    let node = waits[wait].node
    waits[wait].state = .leaving
    let (done, data, drop) = unsafe (waits[wait].done, waits[wait].data, waits[wait].drop)
    if !waits[wait].isTakenBack {
      if code == Status.cancelled.code { noteCutBody(node) }
      if code == 0, waits[wait].kind == .receive { writeItem(of: wait) }
      unsafe done.unsafelyUnwrapped(handle(wait: wait).id, code, data)
    }
    unsafe drop?(data)
    if waits[wait].kind == .signal { leaveSignal(wait) }
    forget(wait)
    if nodes[node].waits == 0, goesOn(node) { settle(node, nodes.row(node)) }
  }

  /// It leaves its node, and its handle is stale.
  func forget(_ wait: Slot) {
    unlink(wait: wait)
    if !waits[wait].isBackground { removeBusy() }
    state.waitSlab.give(wait)
  }
}

extension Engine {
  /// Takes a wait back (S2b, K3): its function will not be called.
  public static func unwait(_ handle: Handle) throws(Failure) {
    let (runtime, wait) = try findWait(handle)
    guard runtime.takeBack(wait, .explicit) else {
      throw Failure(.stale, handle, "was completed or taken back before; its end has its course")
    }
  }
}
