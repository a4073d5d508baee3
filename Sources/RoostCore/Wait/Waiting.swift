// What all waits have in common: they begin in a node, are completed or taken, and are told of in
// the order in which they ended (S2b).

extension Runtime {
  /// A wait of a node, to which it belongs to its end (T1b); ECLOSED when that is ending.
  func beginWait(
    in named: Slot, _ kind: Wait.Kind, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Slot {
    let node = unsafe place(named, done)
    guard nodes[node].state.isOpen else {
      throw Failure(.closed, handle(node), "is ending; begin waits before its end")
    }
    guard let (wait, row) = state.waitSlab.takePlace() else {
      throw Failure(.noMemory, handle(node), "no memory to wait in it")
    }
    state.counters.allWaits &+= 1
    row[].state = .waiting
    row[].kind = kind
    row[].isTakenBack = false
    row[].inReadyQueue = false
    row[].timer = 0
    row[].code = 0
    unsafe row[].done = done
    unsafe row[].data = data
    unsafe row[].drop = drop
    unsafe row[].abort = nil
    row[].subject = 0
    row[].since = roughNow()
    (row[].nextChoice, row[].choice) = (0, 0)
    unsafe row[].fiber = isOfFiber(done) ? Engine.runningWorker : nil
    link(wait: wait, under: node)
    row[].isBackground = nodes[node].flags.contains(.background)
    if !row[].isBackground { addBusy() }
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
    let row = waits.row(wait)
    if row[].nextChoice != 0 { leaveOtherChoices(wait) }
    row[].state = .ended
    row[].code = code
    push(wait: wait, row)
  }

  /// A mark has reached it before it was completed: nothing of ours completes it any more (C4a). It
  /// ends with what the mark says, cancelled or stopping.
  func take(_ wait: Slot, _ mark: Status) {
    if waits[wait].kind == .condition { relock(wait, mark) } else { stop(wait, mark) }
  }

  private func stop(_ wait: Slot, _ mark: Status) {
    detach(wait)
    let row = waits.row(wait)
    if row[].nextChoice != 0 { leaveOtherChoices(wait) }
    row[].state = .taken
    row[].code = mark.code
    push(wait: wait, row)
  }

  /// Ends what it waited for, where that is ours.
  private func detach(_ wait: Slot) {
    switch waits[wait].kind {
    case .after:
      if waits[wait].timer != 0 { state.timers.remove(waits[wait].timer) }
      waits[wait].timer = 0
    case .end: unlinkWatcher(wait)
    case .park, .start, .signal, .process, .call, .names, .file: break
    case .event, .permit, .lock, .condition, .send, .receive: unqueue(wait)
    case .read: stopReading(for: wait)
    case .accept: stopAccepting(for: wait)
    case .connect, .write, .close: break
    case .readable, .writable: leaveDescriptor(wait)
    }
  }

  /// Takes back what still names a node that is ending: its function is not called any more, unless
  /// it was completed before (S2b).
  func takeBackWaits(of node: Slot) {
    var wait = nodes[node].waits
    while wait != 0 {
      let next = waits[wait].next
      if isListening(wait) {
        stopListening(wait)
      } else if waits[wait].state == .ended, waits[wait].isUnclaimed {
        giveUpOutcome(wait)
      } else {
        takeBack(wait, .leftOpen)
      }
      wait = next
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
    let row = waits.row(wait)
    row[].inReadyQueue = false
    switch row[].state {
    case .waiting:
      // A sleep of no length: what was ready has run (S1a).
      detach(wait)
      deliver(wait, 0)
    case .ended: deliver(wait, row[].code)
    case .taken, .aborting:
      if row[].kind.isSpecial, stopSpecial(wait, row) { return }
      if row[].state == .aborting { return }
      if unsafe row[].abort == nil { deliver(wait, row[].code) } else { abort(wait) }
    default: break
    }
  }

  func deliver(_ wait: Slot, _ code: Int32) {
    if let worker = unsafe endWait(wait, code) { unsafe enter(worker) }
  }

  /// Tells of a wait's end, unless it was taken back; drops its data; and lets its node go on.
  /// Answers the fiber that goes on, where it was one's.
  @inline(__always)
  func endWait(_ wait: Slot, _ outcome: Int32) -> WorkerPointer? {
    let row = waits.row(wait)
    let (node, before, isSpecial) = (row[].node, row[].state, row[].kind.isSpecial)
    row[].state = .leaving
    let (done, data, drop) = unsafe (row[].done, row[].data, row[].drop)
    var worker: WorkerPointer? = nil
    if !row[].isTakenBack {
      var code = outcome
      if code == Status.cancelled.code { noteCutBody(node) }
      if isSpecial, code == 0 { code = bring(wait) }
      if let fiber = unsafe row[].fiber {
        unsafe fiber.pointee.code = code
        unsafe fiber.pointee.chosen = before == .ended || before == .waiting ? row[].choice : 0
        nodes[unsafe fiber.pointee.task].state = .running
        unsafe worker = fiber
      } else if unsafe isOfFiber(done.unsafelyUnwrapped) {
        keepOutcome(wait, code)
        return nil
      } else {
        let name = Handle(.wait, generation: row[].generation, slot: wait)
        unsafe done.unsafelyUnwrapped(name.id, code, data)
      }
    }
    unsafe drop?(data)
    if isSpecial, staysAfter(wait) { return unsafe worker }
    forget(wait)
    if nodes[node].waits == 0, goesOn(node) { settle(node, nodes.row(node)) }
    return unsafe worker
  }

  /// It leaves its node, and its handle is stale.
  func forget(_ wait: Slot) {
    let row = waits.row(wait)
    unlink(wait: wait)
    if !row[].isBackground { removeBusy() }
    state.waitSlab.give(wait, row)
  }
}

// What only some kinds of waits do.

extension Wait.Kind {
  /// It does something besides waiting.
  @inline(__always)
  var isSpecial: Bool { rawValue >= Wait.Kind.receive.rawValue }
}

extension Runtime {
  /// What a wait that was taken does to stop what is behind it; false where there is nothing.
  @inline(never)
  private func stopSpecial(_ wait: Slot, _ row: Place<Wait>) -> Bool {
    switch row[].kind {
    case .process: stopChild(wait)
    case .connect, .write: stopRequest(of: wait)
    case .call, .names, .file: stopPooled(wait)
    case .close: row[].state = .aborting
    default: return false
    }
    return true
  }

  /// What a wait has got is there for who is told of it next: the outcome.
  @inline(never)
  private func bring(_ wait: Slot) -> Int32 {
    switch waits[wait].kind {
    case .receive, .names: writeItem(of: wait)
    case .accept: return acceptConnection(for: wait)
    default: break
    }
    return 0
  }

  /// What a wait that was told, or taken back, leaves behind; true where it stays itself.
  @inline(never)
  private func staysAfter(_ wait: Slot) -> Bool {
    let row = waits.row(wait)
    if row[].kind == .names, row[].isTakenBack { dropNames(of: wait) }
    if row[].kind.isOfHandle { state.outside -= 1 }
    guard row[].kind == .signal else { return false }
    guard unsafe row[].fiber == nil || !nodes[row[].node].state.isOpen else {
      listen(wait)
      return true
    }
    leaveSignal(wait)
    return false
  }
}

extension Engine {
  /// Takes a wait back (S2b, K3): its function will not be called.
  public static func unwait(_ handle: Handle) throws(Failure) {
    let (runtime, wait) = try findWait(handle)
    guard unsafe waits[wait].fiber == nil else {
      throw Failure(.order, handle, "is what a fiber waits for; cancel the node that it is in")
    }
    guard runtime.takeBack(wait, .explicit) else {
      throw Failure(.stale, handle, "was completed or taken back before; its end has its course")
    }
  }
}
