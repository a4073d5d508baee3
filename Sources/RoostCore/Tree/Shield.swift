// Shields (C10), and the grace that bounds them (C11).
//
// A shield that is on either holds (`shielded`) or does not any more (`overrun`). With unlimited
// grace it always holds, and costs a flag. A bounded grace is known at the opening (`graced`), and
// two timers are reserved with it. It ends in two ways, whichever comes first:
//
// - `passing`, of a cancelled node: its own grace is over. From then on no shield beneath it holds,
//   not even one that is opened later (`unsheltered`).
// - `holding`, of a shield: its grace is over, counted from the earliest cancellation that it holds
//   off. A later one cannot be over sooner, since the shield's grace is the same for all.
//
// The shorter of the two graces counts, and the earliest moment of several ancestors: both follow.

extension Runtime {
  /// Takes over from the parent what every node beneath it has: its marks (C6, C12a), and whether
  /// its cancellation is seen, which a shield may hinder. What the node itself has been opened with
  /// must be there.
  func inherit(_ node: Slot, _ row: Place<Node>, _ above: Place<Node>) {
    row[].flags.formUnion(above[].flags.intersection([.stopping, .unsheltered]))
    if above[].flags.contains(.traced) { traceBegin(node) }
    guard above[].flags.contains(.cancelled) else { return }
    row[].flags.insert(.parentCancelled)
    if row[].flags.contains(.shielded) {
      if holdsOff(node) { return }
      overrun(node)
    }
    takeMark(row, above)
    if state.usesGrace { sinces[node] = sinces[row[].parent] }
  }

  /// The grace of a node that is opened: its own, or its parent's. False without memory for the
  /// timers, of which none may be missing when they are needed.
  func setGrace(_ node: Slot, _ row: Place<Node>, _ grace: Int64, under parent: Slot) -> Bool {
    let inherits = grace == 0
    if inherits, parent == 0 || !nodes[parent].flags.contains(.graced) { return true }
    if grace == .max { return true }
    guard state.timers.reserve(2) else { return false }
    if !state.usesGrace { beginGraces() }
    detail(node)
    row[].flags.insert(.graced)
    let length = inherits ? shelters[parent].grace : UInt64(max(grace, 0))
    shelters[node] = Shelter(grace: length, passing: 0, holding: 0)
    return true
  }

  /// Gives up the timers of a node that ends.
  func dropGrace(_ node: Slot) {
    guard nodes[node].flags.contains(.graced) else { return }
    stopTimer(&shelters[node].passing)
    stopTimer(&shelters[node].holding)
    state.timers.unreserve(2)
    // What its last callbacks do must not need them.
    nodes[node].flags.remove(.graced)
  }

  private func stopTimer(_ timer: inout TimerQueue.Index) {
    guard timer != 0 else { return }
    state.timers.remove(timer)
    state.timers.reserveAgain()
    timer = 0
  }

  /// Whether the shield of a node, which is on, holds off the cancellation of what is around it;
  /// sees to it that it is looked at again when it will not.
  func holdsOff(_ node: Slot) -> Bool {
    if nodes[nodes[node].parent].flags.contains(.unsheltered) { return false }
    guard nodes[node].flags.contains(.graced) else { return true }
    let (end, overflow) = sinces[nodes[node].parent]
      .addingReportingOverflow(shelters[node].grace)
    if overflow || end >= UInt64(Int64.max) {
      stopTimer(&shelters[node].holding)
      return true
    }
    guard end > now() else { return false }
    if shelters[node].holding == 0 {
      shelters[node].holding = state.timers.insertReserved(end, Reference(node: node, .holding))
    } else {
      state.timers.move(shelters[node].holding, to: end)
    }
    return true
  }

  /// When the first of those was cancelled that cancel a node: itself, and what is around it as far
  /// as no shield hides it. Its parent's is known.
  func firstCancellation(of node: Slot) -> UInt64 {
    let own = nodes[node].flags.contains(.cancelCalled) ? cancelTimes[node] : .max
    return seesCancelledParent(node) ? min(own, sinces[nodes[node].parent]) : own
  }

  /// The first bounded grace of a runtime: from now on it is kept who was cancelled since when.
  private func beginGraces() {
    state.usesGrace = true
    guard state.root != 0 else { return }
    linkCleanup()
    walk(state.root) { node in
      sinces[node] = firstCancellation(of: node)
      return nodes[node].first != 0
    }
  }

  /// The shield is on, and holds no more.
  func overrun(_ node: Slot) {
    if nodes[node].flags.contains(.graced) { stopTimer(&shelters[node].holding) }
    nodes[node].flags.remove(.shielded)
    nodes[node].rare.insert(.overrun)
  }

  /// No shield beneath a node ever holds its cancellation off.
  @inline(__always)
  func hasNoGrace(_ node: Slot) -> Bool {
    nodes[node].flags.contains(.graced) && shelters[node].grace == 0
  }

  /// A node was cancelled: its grace begins.
  func startGrace(_ node: Slot) {
    let (end, overflow) = cancelTimes[node].addingReportingOverflow(shelters[node].grace)
    if overflow || end >= UInt64(Int64.max) { return }
    if shelters[node].grace == 0 { return passShields(of: node) }
    shelters[node].passing = state.timers.insertReserved(end, Reference(node: node, .passing))
  }

  /// From the queue of timers, which has given up the entry.
  func graceOver(_ node: Slot) {
    shelters[node].passing = 0
    state.timers.reserveAgain()
    passShields(of: node)
  }

  func shieldOver(_ node: Slot) {
    shelters[node].holding = 0
    state.timers.reserveAgain()
    guard nodes[node].flags.contains(.shielded) else { return }
    overrun(node)
    reveal(node)
  }

  /// A cancelled node's grace is over, or it is a deadlock (D4): no shield beneath it holds any
  /// more. What lies beneath a node that was passed before is cancelled, and stays so: each node is
  /// passed once (C15).
  func passShields(of top: Slot) {
    guard !nodes[top].flags.contains(.unsheltered) else { return }
    linkCleanup()
    walk(top) { node in
      let wasPassed = nodes[node].flags.contains(.unsheltered)
      nodes[node].flags.insert(.unsheltered)
      if nodes[node].waits != 0 { hurryWrites(of: node) }
      if node == top { return true }
      if nodes[node].flags.contains(.shielded) { overrun(node) }
      nodes[node].flags.insert(.parentCancelled)
      see(node)
      return !wasPassed
    }
  }

  /// A node sees the cancellation of what is around it, which was hidden before. Further in,
  /// shields may have less time than they had.
  func reveal(_ top: Slot) {
    walk(top) { node in
      nodes[node].flags.insert(.parentCancelled)
      if node != top, nodes[node].flags.contains(.shielded) {
        guard nodes[node].flags.contains(.graced), !holdsOff(node) else { return false }
        overrun(node)
      }
      return see(node)
    }
  }

  /// A node sees its parent's cancellation from now on, whether it was cancelled before or not.
  /// Whether that changes anything for what is beneath it.
  @discardableResult
  private func see(_ node: Slot) -> Bool {
    let isNew = !nodes[node].flags.contains(.cancelled)
    if isNew { markAlone(node) }
    guard state.usesGrace else { return isNew }
    let since = firstCancellation(of: node)
    if !isNew, sinces[node] == since { return false }
    sinces[node] = since
    return !nodes[node].flags.contains(.unsheltered) || isNew
  }

  /// The opposite: a shield that holds was switched on. What was only reached through it is not
  /// cancelled any more; what had been reached remembers why, for it may end so yet (C13a).
  fileprivate func hide(_ top: Slot, from outermost: Slot) {
    walk(top) { node in
      let row = nodes.row(node)
      if node != top { hideAround(node, row) }
      let sees = seesCancelledParent(node)
      let isCancelled = sees || row[].flags.contains(.cancelCalled)
      if row[].flags.contains(.cancelled), !isCancelled {
        row[].flags.remove([.cancelled, .tellCancel])
        row.showMark(0)
        row[].rare.insert(.reached)
        reasons[node] = reasons[outermost]
      }
      row[].source = sees ? nodes[row[].parent].source : node
      if isCancelled, state.usesGrace { sinces[node] = firstCancellation(of: node) }
      let isBody =
        row[].kind != .task
        && isCancelled && (!sees || nodes[row[].parent].flags.contains(.bodyOfSource))
      if isBody {
        row[].flags.insert(.bodyOfSource)
      } else {
        row[].flags.remove(.bodyOfSource)
      }
      return true
    }
  }

  /// What a node beneath a hidden cancellation sees of its parent now, and whether its own shield
  /// holds again.
  private func hideAround(_ node: Slot, _ row: Place<Node>) {
    let isOn = row[].flags.contains(.shielded) || row[].rare.contains(.overrun)
    if nodes[row[].parent].flags.contains(.cancelled) {
      row[].flags.insert(.parentCancelled)
      guard isOn else { return }
      guard holdsOff(node) else { return overrun(node) }
    } else {
      row[].flags.remove(.parentCancelled)
      guard isOn else { return }
      if row[].flags.contains(.graced) { stopTimer(&shelters[node].holding) }
    }
    row[].rare.remove(.overrun)
    row[].flags.insert(.shielded)
  }

  /// Calls `visit` with each node of a subtree, each before what is beneath it, and in order. Where
  /// it answers false, what is beneath is left out. Without recursion (C15).
  @inline(__always)
  func walk(_ top: Slot, _ visit: (Slot) -> Bool) {
    var node = top
    while true {
      if visit(node), nodes[node].first != 0 {
        node = nodes[node].first
        continue
      }
      while node != top, nodes[node].next == 0 { node = nodes[node].parent }
      if node == top { return }
      node = nodes[node].next
    }
  }
}

extension Engine {
  /// Switches the shield of an open node on or off (C10); ALREADY where it was so.
  public static func setShield(_ handle: Handle, _ on: Bool) throws(Failure) -> Status {
    let (runtime, node) = try find(handle, .node)
    let row = nodes.row(node)
    guard !row[].flags.contains(.cleanup) else {
      throw Failure(.invalid, handle, "is the task of a cleanup; open a scope in it to shield")
    }
    guard row[].state.isOpen else {
      throw Failure(.closed, handle, "is ending; switch its shield before its end")
    }
    let isOn = row[].flags.contains(.shielded) || row[].rare.contains(.overrun)
    guard isOn != on else { return .already }
    if on { runtime.raiseShield(node, row) } else { runtime.lowerShield(node, row) }
    return .ok
  }
}

extension Runtime {
  fileprivate func raiseShield(_ node: Slot, _ row: Place<Node>) {
    guard row[].flags.contains(.parentCancelled) else {
      row[].flags.insert(.shielded)
      return
    }
    guard holdsOff(node) else {
      row[].rare.insert(.overrun)
      return
    }
    let outermost = source(of: node)
    row[].flags.insert(.shielded)
    hide(node, from: outermost)
  }

  fileprivate func lowerShield(_ node: Slot, _ row: Place<Node>) {
    row[].rare.remove(.overrun)
    guard row[].flags.contains(.shielded) else { return }
    if row[].flags.contains(.graced) { stopTimer(&shelters[node].holding) }
    row[].flags.remove(.shielded)
    if row[].flags.contains(.parentCancelled) { reveal(node) }
  }
}
