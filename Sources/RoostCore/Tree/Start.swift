// The start handshake (L4). Until it reports, the task is the only one of a hidden group beneath
// the node that waits for it; the report moves it into the group that it was meant for. The hidden
// group is being joined from its beginning, so that it goes when it has nothing left.

extension Engine {
  /// Spawns a task that will belong to `group` once it has reported, and waits for that in a node.
  public static func start(
    into group: Handle, in handle: Handle, _ options: TaskOptions, held: Bool,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (task: Handle, wait: Handle) {
    let (runtime, target) = try find(group, .group)
    let (other, named) = try find(handle, .node)
    guard unsafe runtime.raw == other.raw else {
      throw Failure(.foreign, handle, "belongs to another runtime than the group")
    }
    let node = unsafe runtime.place(named, done)
    try runtime.checkTakesTasks(target)
    let hidden = try runtime.openHidden(in: node, target: target)
    do {
      let wait = try unsafe runtime.beginWait(in: node, .start, done, data, drop)
      waits[wait].state = .starting
      waits[wait].subject = hidden
      blocks[hidden].startWait = wait
      let task = try runtime.spawnHidden(into: hidden, options, held: held)
      return (runtime.handle(task), runtime.handle(wait: wait))
    } catch {
      runtime.undoHidden(hidden)
      throw error
    }
  }

  /// The same with a fiber.
  public static func startFiber(
    into group: Handle, in handle: Handle, _ options: FiberOptions, held: Bool,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (task: Handle, wait: Handle) {
    let exponent = try options.stackExponent()
    let begun = try unsafe start(
      into: group, in: handle, options.task, held: held, done, data, drop)
    nodes[begun.task.slot].makeFiber(exponent)
    return begun
  }

  /// Reports that a task is started, which moves it to where it belongs.
  public static func started(_ handle: Handle, _ value: Int32) throws(Failure) {
    let (runtime, task) = try find(handle, .task)
    let row = nodes.row(task)
    guard value >= 0 else { throw Failure(.invalid, handle, "reports a value below 0") }
    guard !row[].flags.contains(.cleanup) else {
      throw Failure(.invalid, handle, "is the task of a cleanup, which nobody starts")
    }
    guard row[].state.rawValue >= Node.State.running.rawValue else {
      throw Failure(.invalid, handle, "has not begun; report from its start on")
    }
    guard row[].isInBody, !row[].rare.contains(.reported) else {
      throw Failure(.done, handle, "has reported already, or ended; report once, before its end")
    }
    row[].rare.insert(.reported)
    let hidden = row[].parent
    guard nodes[hidden].rare.contains(.hidden) else { return }
    guard blocks[hidden].startWait != 0, !nodes[hidden].flags.contains(.cancelled) else {
      throw Failure(
        .cancelled, handle, "reports to nobody: who waited was cancelled, or took the wait back")
    }
    runtime.moveStarted(task, from: hidden, value)
  }
}

extension Runtime {
  fileprivate func openHidden(in node: Slot, target: Slot) throws(Failure) -> Slot {
    let hidden = try openBlock(.group, in: node, NodeOptions(), limit: 0)
    nodes[hidden].state = .joining
    nodes[hidden].rare.insert(.hidden)
    if nodes[node].kind != .task {
      blocks[node].openBlocks -= 1
      blocks[node].starting += 1
    }
    state.counters.allGroups -= 1
    blocks[hidden].policy = .supervise
    blocks[hidden].tallies = true
    blocks[hidden].target = target
    blocks[hidden].stackSize = blocks[target].stackSize
    blocks[target].pendingStarts += 1
    return hidden
  }

  /// Not a daemon before it has moved: the hidden group would cancel it.
  fileprivate func spawnHidden(into hidden: Slot, _ options: TaskOptions, held: Bool)
    throws(Failure) -> Slot
  {
    var options = options
    let isDaemon = options.isDaemon
    options.isDaemon = false
    let task = try spawnUncommon(into: hidden, options, held: held)
    if isDaemon { nodes[task].rare.insert(.daemonLater) }
    return task
  }

  /// Memory was missing on the way.
  fileprivate func undoHidden(_ hidden: Slot) {
    let wait = blocks[hidden].startWait
    if wait != 0 {
      unlink(wait: wait)
      if !waits[wait].isBackground { removeBusy() }
      state.waitSlab.give(wait)
      state.counters.allWaits -= 1
    }
    blocks[blocks[hidden].target].pendingStarts -= 1
    let parent = nodes[hidden].parent
    if nodes[parent].kind != .task {
      blocks[parent].innerBlocks -= 1
      blocks[parent].starting -= 1
    }
    if nodes[hidden].flags.contains(.traced) {
      unsafe traceEnd(hidden, nodes.row(hidden), .failed, Int64(Status.noMemory.code), nil)
    }
    unlink(hidden)
    if nodes[hidden].flags.contains(.detailed) { removeTimers(hidden) }
    state.nodeSlab.unreserve(UInt32(blocks[hidden].reserved))
    freeRow(hidden)
  }

  fileprivate func moveStarted(_ task: Slot, from hidden: Slot, _ value: Int32) {
    let row = nodes.row(task)
    let target = blocks[hidden].target
    let above = nodes.row(target)
    unlink(task)
    blocks[hidden].tasks -= 1
    link(task, under: target)
    blocks[target].tasks += 1
    row[].flags.remove(.tallied)
    if row[].rare.contains(.daemonLater) {
      blocks[target].daemons += 1
      removeBusy()
      becomeBackground(task)
    } else {
      if blocks[target].tallies { tally(task, in: target) }
      if blocks[target].limit != .max {
        row[].flags.insert(.counted)
        blocks[target].running += 1
      }
    }
    if row[].flags.contains(.traced) { traceStarted(task, row, value) }
    meetMarks(task, row, above)
    let wait = blocks[hidden].startWait
    complete(wait, value)
    blocks[hidden].startWait = 0
    nodes[hidden].rare.insert(.reported)
    // A hosted task may close what is around it at once (K2a).
    if unsafe isOfHost(waits[wait].done), bringsNothing(hidden) { return leaveNow(hidden) }
    // It goes in a later turn, and until then the target waits for what it brings.
    push(Reference(node: hidden))
  }

  /// Whether a hidden group whose task has moved has nothing to hand over.
  private func bringsNothing(_ hidden: Slot) -> Bool {
    let (row, it) = (nodes.row(hidden), blocks.place(hidden))
    return row[].first == 0 && row[].waits == 0 && it[].errorCount == 0 && it[].askFirst == 0
      && !row[].flags.contains(.inReadyQueue)
  }

  /// What has failed in the task before its report, or after nobody waited for it any more, is for
  /// another group to judge; nobody knows of the hidden one. Errors that do not fit are freed,
  /// which calls drops: from the loop only.
  func handOverErrors(of hidden: Slot, to group: Slot) {
    var row = blocks[hidden].errors
    (blocks[hidden].errors, blocks[hidden].lastError) = (0, 0)
    (blocks[hidden].errorCount, blocks[hidden].listed) = (0, 0)
    while row != 0 {
      let next = errors[row].next
      errors[row].next = 0
      unsafe errors[row].record.next = nil
      judge(row, in: group, .task, waiter: 0)
      row = next
    }
  }

  /// A daemon from now on: neither it nor what it waits for keeps the loop going (S8).
  private func becomeBackground(_ task: Slot) {
    walk(task) { node in
      guard node == task || nodes[node].kind != .task else { return false }
      nodes[node].flags.insert(.background)
      var wait = nodes[node].waits
      while wait != 0 {
        waits[wait].isBackground = true
        removeBusy()
        wait = waits[wait].next
      }
      return true
    }
  }

  /// The marks of its new parent reach it, with all that it has opened.
  private func meetMarks(_ task: Slot, _ row: Place<Node>, _ above: Place<Node>) {
    if above[].flags.contains(.stopping) { markStopping(task) }
    guard above[].flags.contains(.cancelled) else { return }
    row[].flags.insert(.parentCancelled)
    if row[].flags.contains(.shielded), !holdsOff(task) { overrun(task) }
    if !row[].flags.contains(.shielded) { reveal(task) }
    if above[].flags.contains(.unsheltered) { passShields(of: task) }
  }

  /// The hidden group goes. False where the wait was taken back, and nobody is told.
  func endStart(_ hidden: Slot) -> Bool {
    // It counts for no group.
    state.counters.endedGroups -= 1
    let target = blocks[hidden].target
    let hasMoved = nodes[hidden].rare.contains(.reported)
    if hasMoved { handOverErrors(of: hidden, to: target) }
    blocks[hidden].target = 0
    blocks[target].pendingStarts -= 1
    if goesOn(target) { push(Reference(node: target)) }
    let wait = blocks[hidden].startWait
    guard wait != 0 else { return hasMoved }
    let code: Int32
    if blocks[hidden].errorCount != 0 {
      code = blocks[hidden].firstCode
    } else if nodes[hidden].flags.contains(.cancelled) {
      code = Status.cancelled.code
    } else {
      let status: Status = blocks[hidden].talliedCancel ? .taskCancelled : .notStarted
      code = status.code
    }
    complete(wait, code)
    return true
  }

  /// Nobody waits any more: the task is cancelled (L4). `reason` says who has given it up.
  func giveUpStart(_ wait: Slot, _ reason: Origin) {
    let hidden = waits[wait].subject
    blocks[hidden].startWait = 0
    let task = nodes[hidden].first
    if task != 0, !nodes[task].state.isGone { unsafe cancel(task, reason) }
  }
}
