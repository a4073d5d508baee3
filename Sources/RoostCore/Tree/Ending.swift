internal import CShim

// How a node ends. Its body is over (`endBody`, `join`), or its parent closes it; then, in steps of
// the loop: its children end, its waits are taken back, its cleanups run, its end is told, and its
// parent goes on. `settle` drives all of it in one loop, up and down, without recursion.

extension Runtime {
  /// Moves a node that is ending as far as it goes now, and then those around it.
  func settle(_ start: Slot, _ startRow: Place<Node>) {
    var (node, row) = (start, startRow)
    while true {
      switch advance(node, row) {
      case .blocked: return
      case .down(let child): node = child
      case .over:
        node = leave(node, row)
        if node == 0 { return }
      }
      row = nodes.row(node)
    }
  }

  /// Whether a node that something beneath it has left may be able to go on; one in the ready queue
  /// will be looked at anyway, and must not end before.
  @inline(__always)
  func goesOn(_ node: Slot) -> Bool {
    let row = nodes.row(node)
    guard !row[].flags.contains(.inReadyQueue) else { return false }
    switch row[].state {
    case .joining, .ending, .cleaning: return true
    default: return false
    }
  }

  enum Advance {
    /// Something of it has not ended.
    case blocked
    /// A cleanup's task has ended its body: it is next.
    case down(Slot)
    /// Nothing is left but to say so.
    case over
  }

  @inline(__always)
  private func advance(_ node: Slot, _ row: Place<Node>) -> Advance {
    if row[].state == .joining {
      if row[].first != 0 {
        return joinOpenChildren(of: node)
      }
      // What is opened from now on is late (T1d).
      blocks[node].sweeps = false
      // Errors that its filter has to see, tasks that will come when they report (L4).
      guard blocks[node].askFirst == 0, blocks[node].pendingStarts == 0 else { return .blocked }
      takeBackWaits(of: node)
      blocks[node].takesBack = true
      guard row[].waits == 0 else { return .blocked }
      row[].state = .ending
    }
    // T2: not before all that it opened has ended.
    guard row[].first == 0, row[].waits == 0 else { return .blocked }
    if row[].flags.contains(.leavesOpen) { listUnclosed(node) }
    if row[].cleanups != 0 {
      if row[].flags.contains(.asked) { return .blocked }
      let advance = runCleanups(of: node, row)
      guard case .over = advance else { return advance }
    }
    if row[].flags.contains(.keepsStack), row[].kind == .task { releaseStack(of: node) }
    // One that waits for its turn has it before it goes.
    return row[].flags.isDisjoint(with: [.inReadyQueue, .asked]) ? .over : .blocked
  }

  /// The last that happens to a node: whoever waits for its end is told, its memory goes. Answers
  /// its parent where that may go on, else 0. Every callback here finds the node gone, but still
  /// beneath its parent, which therefore cannot end meanwhile.
  @inline(__always)
  private func leave(_ node: Slot, _ row: Place<Node>) -> Slot {
    row[].state = .leaving
    return row[].kind == .task ? leaveTask(node, row) : leaveBlock(node)
  }

  /// A group in which nothing is left goes at once, where nobody's code may run; what is around it
  /// has its turn.
  func leaveNow(_ group: Slot) {
    let parent = leave(group, nodes.row(group))
    if parent != 0 { push(Reference(node: parent)) }
  }

  // MARK: Tasks

  /// The body of a task is over. Its outcome counts now (G2a); nobody's code runs in here (S2a).
  @inline(__always)
  func endBody(_ task: Slot, _ row: Place<Node>, _ answer: Int32) {
    row[].flags.remove(.tellCancel)
    row[].state = .ending
    row[].code = answer
    if answer < 0 {
      endBadly(task, answer)
    } else if row[].flags.contains(.tallied) {
      tallySuccess(task)
    }
    leaveNothing(in: task, row)
  }

  /// The same for a cancelled task that says that this is the end.
  @inline(__always)
  func endCancelled(_ task: Slot, _ row: Place<Node>) {
    row[].state = .ending
    row[].code = Status.cancelled.code
    markEndCancelled(task, row)
    leaveNothing(in: task, row)
  }

  @inline(__always)
  private func leaveNothing(in task: Slot, _ row: Place<Node>) {
    if row[].waits != 0 { takeBackWaits(of: task) }
    if row[].first != 0 { closeWhatIsOpen(in: task) }
  }

  /// It counts as cancelled, for the one that will absorb it too; or as timed out (D2a).
  @inline(__always)
  private func markEndCancelled(_ task: Slot, _ row: Place<Node>) {
    let source = source(of: task)
    if source == task, isTimedOut(task, source) {
      row[].code = Status.timedOut.code
      return fail(task, Status.timedOut.code)
    }
    row[].flags.insert(.endedCancelled)
    // G5a: a daemon does not count for any answer.
    if row[].flags.contains(.background) { return noteCutDaemon(by: source) }
    let group = row[].parent
    let it = blocks.place(group)
    if source == group { it[].cutShort = true } else { noteCutShort(by: source) }
    // C13: one that was cancelled alone is nothing to its group. One that is not cancelled any more
    // was reached before a shield hid that.
    if source != task || !row[].flags.contains(.cancelled) { it[].passedOn = true }
    if row[].flags.contains(.tallied) { it[].talliedCancel = true }
  }

  /// Cancelled, or failed.
  private func endBadly(_ task: Slot, _ answer: Int32) {
    var code = answer
    let row = nodes.row(task)
    if code == Status.cancelled.code {
      if row[].flags.contains(.cleanup) {
        code = Status.cut.code  // K3
      } else if !wasReached(row) {
        code = Status.notCancelled.code  // C13a
      } else {
        return markEndCancelled(task, row)
      }
    }
    row[].code = code
    fail(task, code)
  }

  /// A cancellation reaches it, or had, before a shield hid it (C13a).
  @inline(__always)
  func wasReached(_ row: Place<Node>) -> Bool {
    row[].flags.contains(.cancelled) || row[].rare.contains(.reached)
  }

  /// Its own deadline was to make it fail, and is what reached it (D2, D2a).
  @inline(__always)
  func isTimedOut(_ node: Slot, _ source: Slot) -> Bool {
    source == node && nodes[node].flags.contains(.cancelCalled)
      && reasons[node].origin == Origin.deadline.rawValue
      && !nodes[node].flags.contains(.moveOn)
  }

  @inline(__always)
  private func leaveTask(_ task: Slot, _ row: Place<Node>) -> Slot {
    let parent = row[].parent
    let unusual = row[].flags.intersection(.unusualEnd)
    if !unusual.isDisjoint(with: [.held, .cancelCalled, .traced]) { noteEnd(of: task) }
    if row[].flags.contains(.detailed) { tellEnd(of: task, row) }
    let above = nodes.row(parent)
    unlink(task, row, above)
    if unusual.isDisjoint(with: .allButCancelled) {
      state.counters.countUsualEnd(isCancelled: !unusual.isEmpty)
      removeBusy()
      state.nodeSlab.give(task, row)
    } else {
      leaveUnusual(task, row, unusual, under: parent)
    }
    if above[].kind != .task {
      let block = blocks.place(parent)
      block[].tasks &-= 1
      if unusual.contains(.background) { block[].daemons &-= 1 }
      // Nothing is left to do while other tasks are alive in it.
      if above[].state == .joining, block[].tasks != block[].daemons { return 0 }
    }
    return goesOn(parent) ? parent : 0
  }

  /// Wakes those that wait for a task's end, gives up what nobody can read any more (L6), and drops
  /// the task's data, the last of it to run (S2a).
  @inline(__always)
  private func tellEnd(of task: Slot, _ row: Place<Node>) {
    let detail = details.place(task)
    let unusual =
      detail[].timer | detail[].patience | detail[].watchers.first
      | detail[].locks.first
    if unusual != 0 || row[].flags.contains(.graced) {
      removeTimers(task)
      abandonLocks(of: task)
      tellWatchers(of: task, awaited(task))
    }
    if row[].flags.isDisjoint(with: [.held, .listed]) {
      let (text, drop) = unsafe (detail[].text, detail[].resultDrop)
      unsafe (detail[].text, detail[].resultDrop) = (nil, nil)
      if let text = unsafe text { unsafe shim_free(text) }
      if let drop = unsafe drop { unsafe drop(detail[].result) }
    }
    if let drop = unsafe detail[].drop { unsafe drop(row[].data) }
  }

  /// What few tasks are or have.
  @inline(never)
  private func leaveUnusual(
    _ task: Slot, _ row: Place<Node>, _ unusual: Node.Flags, under parent: Slot
  ) {
    if !unusual.contains(.cleanup) { countEnd(unusual) }
    if unusual.isDisjoint(with: [.cleanup, .background]) { removeBusy() }
    if unusual.isDisjoint(with: [.counted, .held, .listed, .blocking]) {
      state.nodeSlab.give(task, row)
    } else {
      putAway(task, under: parent)
    }
  }

  /// What is said of the end before anybody is told.
  @inline(never)
  private func noteEnd(of task: Slot) {
    let row = nodes.row(task)
    if row[].flags.contains([.held, .endedCancelled]) { keepReason(of: task) }
    if row[].flags.contains(.cancelCalled) { countCancelled(task) }
    if row[].flags.contains(.traced) { traceEnd(ofTask: task, row) }
  }

  /// The reason outlives the node that it came from.
  func keepReason(of task: Slot) {
    let source = source(of: task)
    if source != task { reasons[task] = reasons[source] }
  }

  /// The row of an ended task is kept for a handle or an error list, or given up.
  private func putAway(_ task: Slot, under parent: Slot) {
    let row = nodes.row(task)
    if row[].flags.contains(.counted) { startNext(in: parent) }
    if row[].flags.contains(.held) {
      row[].state = .ended
      // A start that was never reported is kept where it would have gone (L4, L5).
      keep(task, in: blocks[parent].target == 0 ? parent : blocks[parent].target)
    } else if row[].isKept {
      row[].state = .ended
    } else if row[].flags.contains(.detailed), unsafe details[task].resultDrop != nil {
      // Released by its own drop: its result goes later, as with every release.
      row[].state = .ended
      freeLater(task, row)
    } else {
      freeRow(task)
    }
  }

  /// What an awaiter of a task gets (L5, L5a).
  func awaited(_ task: Slot) -> Int32 {
    nodes[task].flags.contains(.endedCancelled) ? Status.taskCancelled.code : nodes[task].code
  }

  // MARK: Groups and scopes

  private func leaveBlock(_ block: Slot) -> Slot {
    let (row, it) = (nodes.row(block), blocks.place(block))
    var result = result(of: block)
    if row[].flags.contains(.held), unsafe result.reason != nil {
      keepReason(of: block)
      unsafe result.reason = UnsafePointer(reasons.pointer(block))
    }
    let code = Int32(truncatingIfNeeded: result.code)
    if !row[].flags.isDisjoint(with: [.detailed, .cancelCalled, .traced]) {
      tellEnd(ofBlock: block, code)
    }
    let parent = row[].parent
    guard parent != 0 else {
      rootEnded(result)
      return 0
    }
    state.counters.endBlock(row[].kind)
    if it[].cutShort || it[].passedOn, seesCancelledParent(block) {
      // What it would have caught, one further out will (C7: as things stand at the closing).
      noteCutShort(by: source(of: block))
    }
    if it[].cutDaemon, seesCancelledParent(block) { noteCutDaemon(by: source(of: block)) }
    let (join, data, drop) = unsafe (
      it[].join, it[].joinData, it[].joinDrop
    )
    if let join = unsafe join {
      unsafe join(handle(block).id, &result, data)
    } else if !row[].rare.contains(.hidden) || !endStart(block) {
      if code != 0 || row[].flags.contains(.leftOpen) { passOn(block, code) }
    }
    unsafe drop?(data)
    unsafe it[].filterDrop?(it[].filterData)
    let isKept = row[].flags.contains(.held)
    if !isKept {
      if it[].errors != 0 { freeErrors(it[].errors) }
      if it[].kept != 0 { releaseKept(in: block) }
    }
    state.nodeSlab.unreserve(UInt32(it[].reserved))
    if row[].flags.contains(.joined) { removeBusy() }
    unlink(block)
    if nodes[parent].kind != .task {
      blocks[parent].innerBlocks -= 1
      if row[].rare.contains(.hidden) { blocks[parent].starting -= 1 }
    }
    if isKept {
      row[].state = .ended
    } else if row[].flags.contains(.listed) {
      row[].state = .ended
    } else {
      freeRow(block)
    }
    return goesOn(parent) ? parent : 0
  }

  @inline(never)
  private func tellEnd(ofBlock block: Slot, _ code: Int32) {
    let row = nodes.row(block)
    if row[].flags.contains(.cancelCalled) { countCancelled(block) }
    if row[].flags.contains(.traced) { traceEnd(ofBlock: block, row) }
    guard row[].flags.contains(.detailed) else { return }
    removeTimers(block)
    abandonLocks(of: block)
    tellWatchers(of: block, code)
  }

  /// The result of a block that nobody is told of goes to what is around it (T1d, G7).
  private func passOn(_ block: Slot, _ code: Int32) {
    let parent = nodes[block].parent
    if nodes[block].flags.contains(.leftOpen) {
      let isError = code < 0 && code != Status.cancelled.code
      fill(block, isError ? code : Status.unclosed.code, of: block)
      nestAll(of: block, in: block)
      if nodes[parent].kind == .task {
        nest(block, in: extras[parent].unclosed)
      } else {
        list(block, in: parent)
      }
    } else if code == Status.cancelled.code {
      if nodes[parent].kind != .task { blocks[parent].passedOn = true }
    } else if code < 0, nodes[block].rare.contains(.hidden) {
      handOverErrors(of: block, to: answering(for: block))
    } else if code < 0 {
      fill(block, code, of: block)
      nestAll(of: block, in: block)
      if nodes[parent].kind == .task { nodes[parent].flags.insert(.faulty) }
      judge(block, in: answering(for: block), .task, waiter: 0)
    }
  }

  /// Closes what was opened in a closing block by name and is open when the closing begins, or when
  /// no task is left that could close it (T1d). A single one is closed in this step, so that a
  /// chain of them is.
  private func joinOpenChildren(of block: Slot) -> Advance {
    let it = blocks.place(block)
    // L3: daemons do not count.
    let hasNoTask = it[].hasNoTask
    guard it[].sweeps || hasNoTask else { return .blocked }
    it[].sweeps = false
    guard it[].openBlocks != 0 else {
      if hasNoTask, it[].innerBlocks == 0 { cancelDaemons(of: block) }
      return .blocked
    }
    let isSingle = it[].openBlocks == 1
    it[].openBlocks = 0
    var child = nodes[block].first
    while child != 0 {
      if nodes[child].state == .open {
        nodes[child].state = .joining
        blocks[child].sweeps = true
        // What was left open with it is named with it (G7).
        if nodes[block].flags.contains(.leftOpen) { nodes[child].flags.insert(.leftOpen) }
        if isSingle { return .down(child) }
        push(Reference(node: child))
      }
      child = nodes[child].next
    }
    return .blocked
  }

  // MARK: Rows

  /// Gives up a row, then what it kept: the message, and the result, whose drop is the last to run
  /// (L6).
  @inline(__always)
  func freeRow(_ node: Slot) {
    let row = nodes.row(node)
    guard row[].flags.contains(.detailed) else { return state.nodeSlab.give(node, row) }
    let detail = details.place(node)
    let (text, drop, result) = unsafe (detail[].text, detail[].resultDrop, detail[].result)
    state.nodeSlab.give(node, row)
    if let text = unsafe text { unsafe shim_free(text) }
    unsafe drop?(result)
  }
}
