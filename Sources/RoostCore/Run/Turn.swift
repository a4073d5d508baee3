internal import CShim
internal import CStack

// Turns of the loop. In each, the clock is looked at and one batch runs: what was ready when it
// began, first in, first out; what becomes ready meanwhile is for the next, after the loop has
// looked at timers and descriptors (S1).

extension Runtime {
  @inline(__always)
  func push(_ reference: Reference) {
    if reference.isNode { return push(reference.slot, nodes.row(reference.slot)) }
    if reference.isWait { return push(wait: reference.slot, waits.row(reference.slot)) }
    if reference.mark == .primitive { primitives[reference.slot].inReadyQueue = true }
    state.ready.push(reference)
    if !state.hasTurns { wantTurns() }
  }

  func push(wait: Slot, _ row: Place<Wait>) {
    guard !row[].inReadyQueue else { return }
    row[].inReadyQueue = true
    row[].readyLink = .none
    state.ready.append(Reference(wait: wait))
    if !state.hasTurns { wantTurns() }
  }

  @inline(__always)
  func push(_ node: Slot, _ row: Place<Node>) {
    guard !row[].flags.contains(.inReadyQueue) else { return }
    row[].flags.insert(.inReadyQueue)
    row[].readyLink = .none
    state.ready.append(Reference(node: node))
    if !state.hasTurns { wantTurns() }
  }

  @inline(never)
  func wantTurns() {
    // The handles are being closed: what is in the queue now goes with the runtime.
    guard state.closing.phase.isLive else { return }
    state.hasTurns = true
    state.loop.wantTurns()
    forgetDeadlock()
  }

  private func wantNoTurns() {
    state.hasTurns = false
    state.loop.wantNoTurns()
  }

  /// From the loop's idle handle.
  func turn() {
    // A loop that a callback turns from inside is not looked at: a step has one place (S1).
    guard !state.isTurning, state.closing.phase.isLive else { return }
    let (thread, outer) = unsafe (state.thread, leaveFiber())
    turnOnce()
    // A callback has turned a borrowed loop until the end. Nothing of the runtime is there then.
    if state.closing.phase == .clear, !state.loop.isOwn { _ = finishClosing() }
    unsafe comeBack(to: outer, on: thread)
  }

  private func turnOnce() {
    look()
    if reportsStalls, reportStalls() {
      // Whoever was told may have changed anything.
      state.polledInVain = false
      if state.ready.isEmpty { return }
    }
    if state.ready.isEmpty { return turnWithoutWork() }
    state.polledInVain = false
    state.isTurning = true
    state.counters.turns &+= 1
    if state.seed != 0 { shuffleReady() }
    let inbox = unsafe inbox
    unsafe shim_store64(&inbox.pointee.since, state.loop.turnTime)
    if state.reports.options.stepLimit == 0 {
      runBatch(isTimed: false)
    } else {
      runBatch(isTimed: true)
    }
    unsafe shim_store32(&inbox.pointee.current, 0)
    if unsafe state.trace != nil { writeTrace() }
    state.isTurning = false
    comeBackForHost()
    if state.ready.isEmpty, !state.isVirtual, state.hasTurns { wantNoTurns() }
  }

  /// What is ready now. Made twice, so that steps cost nothing more where nobody times them.
  @inline(__always)
  private func runBatch(isTimed: Bool) {
    let inbox = unsafe inbox
    let last = state.ready.last
    state.batchLast = last
    while true {
      let reference = state.ready.first
      if stopsForHost(before: reference) { return }
      // For fibers, which may go on straight with the next.
      state.batchIsOver = reference == last
      let timed = isTimed ? beginStep(of: reference) : nil
      if reference.isNode {
        let row = nodes.row(reference.slot)
        state.ready.pop(before: row[].readyLink)
        unsafe shim_store32(&inbox.pointee.current, reference.slot)
        step(reference.slot, row)
      } else if reference.isWait {
        state.ready.pop(before: waits[reference.slot].readyLink)
        warmNext()
        unsafe shim_store32(&inbox.pointee.current, waits[reference.slot].node)
        stepWait(reference.slot)
      } else {
        unsafe shim_store32(&inbox.pointee.current, state.root)
        stepRare(state.ready.pop())
      }
      if let timed { endStep(timed) }
      #if ROOST_CHECKED
        checkAfterStep()
      #endif
      if state.batchIsOver { return }
    }
  }

  /// The stack of a fiber may be far away.
  @inline(__always)
  private func warmNext() {
    let next = state.ready.first
    guard next.isWait, let worker = unsafe waits[next.slot].fiber else { return }
    unsafe stack_warm(Worker.context(worker))
  }

  @inline(never)
  private func stepRare(_ reference: Reference) {
    if reference.mark == .post {
      step(post: reference.slot)
    } else {
      step(primitive: reference.slot)
    }
  }

  @inline(__always)
  private func step(_ node: Slot, _ row: Place<Node>) {
    row[].flags.remove(.inReadyQueue)
    switch row[].state {
    case .ready:
      if row[].rare.contains(.fiber) { beginFiber(node, row) } else { begin(node, row) }
    case .yielding:
      guard row[].rare.contains(.fiber) else { return tellYielded(node, row) }
      row[].state = .running
      unsafe enter(Worker.at(row[].data))
    case .dismissed:
      endBody(node, row, Status.cancelled.code)
      settle(node, row)
    case .pending: if row[].flags.contains(.tellCancel) { tellCancel(node, row) }
    case .joining, .ending, .cleaning:
      if row[].kind != .task, blocks[node].askFirst != 0 { askFilter(of: node) }
      settle(node, row)
    case .open: if blocks[node].askFirst != 0 { askFilter(of: node) }
    case .ended: if row[].rare.contains(.stray) { endStray(node) } else { freeNow(node) }
    default: break
    }
  }

  /// From the loop's async handle: another thread has asked for something (C14).
  func mailCame() {
    guard !state.isTurning, state.closing.phase.isLive else { return }
    look()
    if !state.ready.isEmpty { turn() }
  }

  /// From the loop's prepare handle: sets the timer for the nearest deadline.
  func beforePoll() {
    if unsafe state.lingering != nil { stopLingering() }
    guard !state.isTurning, state.closing.phase.isLive else { return }
    comeBackForHost()
    if state.isVirtual {
      // D4: time stands still while a thread works for a task; its end comes through the loop.
      guard state.working == 0 else { return }
      // There is an instant to jump to; or what the program had on the loop has gone.
      guard !state.hasTurns, state.busy != 0, state.deadlock != .stuck else { return }
      if state.timers.next() < UInt64(Int64.max) || !isAliveWithoutUs() { wantTurns() }
      return
    }
    guard state.ready.isEmpty else { return }
    var next = state.timers.nextLook()
    if reportsStalls { next = min(next, nextStall()) }
    guard next != state.armed else { return }
    state.armed = next
    if next == .max { state.loop.disarm() } else { state.loop.arm(next) }
  }

  // MARK: What keeps the loop going (S8)

  @inline(__always)
  func addBusy() {
    if state.busy == 0 { state.loop.hold() }
    state.busy &+= 1
  }

  @inline(__always)
  func removeBusy() {
    state.busy &-= 1
    if state.busy == 0 { state.loop.letGo() }
  }

  // MARK: The virtual clock (D4)

  /// Nothing is ready. When the loop was polled since and has brought nothing, time jumps.
  private func turnWithoutWork() {
    guard state.isVirtual, state.busy != 0, state.working == 0 else { return wantNoTurns() }
    guard state.polledInVain else {
      state.polledInVain = true
      return
    }
    state.polledInVain = false
    let next = state.timers.next()
    if next < UInt64(Int64.max) {
      state.virtualNow = max(state.virtualNow, next)
      look()
    } else if isAliveWithoutUs() {
      wantNoTurns()
    } else {
      meetDeadlock()
    }
  }

  /// Nothing is left that could happen: that is reported, and unless whoever was told has seen to
  /// it that something will, the root is cancelled, whatever is sheltered from it too. When even
  /// that changes nothing, the loop is no longer kept going.
  private func meetDeadlock() {
    reportHang()
    look()
    let goesOn = !state.ready.isEmpty || state.busy == 0
    if goesOn || state.timers.next() < UInt64(Int64.max) || isAliveWithoutUs() { return }
    state.deadlock = .met
    unsafe cancel(state.root, .deadlock)
    passShields(of: state.root)
    if !state.ready.isEmpty { return }
    state.deadlock = .stuck
    wantNoTurns()
    state.loop.letGo()
  }

  /// Something happens after all.
  func forgetDeadlock() {
    if state.deadlock == .stuck, state.busy != 0 { state.loop.hold() }
    if state.deadlock == .stuck { state.deadlock = .none }
  }

  private func isAliveWithoutUs() -> Bool {
    if state.outside != 0 { return true }
    if state.hasTurns { state.loop.wantNoTurns() }
    state.loop.letGo()
    let isAlive = state.loop.isAliveWithoutUs
    state.loop.hold()
    if state.hasTurns { state.loop.wantTurns() }
    return isAlive
  }
}
