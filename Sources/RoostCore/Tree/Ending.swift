internal import CShim

// How a node ends. Its body is over (`endBody`, `join`), or its parent closes it; then, in steps of
// the loop: its children end, its waits are taken back, its cleanups run, its end is told, and its
// parent goes on. `settle` drives all of it in one loop, up and down, without recursion.

extension Runtime {
  /// Moves a node that is ending as far as it goes now, and then those around it.
  func settle(_ start: Slot) {
    var node = start
    while true {
      switch advance(node) {
      case .blocked: return
      case .down(let child): node = child
      case .over:
        let parent = leave(node)
        guard parent != 0, goesOn(parent) else { return }
        node = parent
      }
    }
  }

  /// Whether a node that something beneath it has left may be able to go on; one in the ready queue
  /// will be looked at anyway, and must not end before.
  func goesOn(_ node: Slot) -> Bool {
    guard !nodes[node].flags.contains(.inReadyQueue) else { return false }
    switch nodes[node].state {
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

  private func advance(_ node: Slot) -> Advance {
    if nodes[node].state == .joining {
      if nodes[node].first != 0 {
        if blocks[node].tasks == 0, blocks[node].openBlocks != 0 { joinOpenChildren(of: node) }
        return .blocked
      }
      takeBackWaits(of: node)
      guard nodes[node].waits == 0 else { return .blocked }
      nodes[node].state = .ending
    }
    guard nodes[node].first == 0, nodes[node].waits == 0 else { return .blocked }
    listUnclosed(node)
    guard nodes[node].cleanups != 0 else { return .over }
    return runCleanup(of: node)
  }

  /// The last that happens to a node: whoever waits for its end is told, its memory goes. Answers
  /// its parent. Every callback here finds the node gone, but still beneath its parent, which
  /// therefore cannot end meanwhile.
  private func leave(_ node: Slot) -> Slot {
    nodes[node].state = .leaving
    if nodes[node].flags.contains(.detailed) { removeTimer(node) }
    return nodes[node].kind == .task ? leaveTask(node) : leaveBlock(node)
  }

  // MARK: Tasks

  /// The body of a task is over. Its outcome counts now (G2a); nobody's code runs in here (S2a).
  func endBody(_ task: Slot, _ answer: Int32) {
    let isCleanup = nodes[task].flags.contains(.cleanup)
    var code = answer
    if code == Status.cancelled.code {
      if isCleanup {
        code = Status.cut.code  // K3
      } else if !nodes[task].flags.contains(.cancelled) {
        code = Status.notCancelled.code  // C13a
      } else if isTimedOut(task) {
        code = Status.timedOut.code  // D2a
      }
    }
    nodes[task].flags.remove(.tellCancel)
    nodes[task].state = .ending
    nodes[task].code = code
    if code == Status.cancelled.code {
      nodes[task].flags.insert(.endedCancelled)
      noteCutShort(task)
      // C13: one that was cancelled alone is nothing to its group.
      let group = nodes[task].parent
      if nodes[group].flags.contains(.cancelled) { blocks[group].passedOn = true }
    } else if code < 0 {
      fail(task, code)
    }
    takeBackWaits(of: task)
    closeWhatIsOpen(in: task)
  }

  /// Its own deadline was to make it fail, and is what reached it (D2a).
  private func isTimedOut(_ node: Slot) -> Bool {
    source(of: node) == node && reasons[node].origin == Origin.deadline.rawValue
      && !nodes[node].flags.contains(.moveOn)
  }

  private func leaveTask(_ task: Slot) -> Slot {
    let parent = nodes[task].parent
    if nodes[task].flags.contains(.detailed) { tellWatchers(of: task, awaited(task)) }
    if nodes[task].flags.contains([.held, .endedCancelled]) {
      // The reason outlives the node that it came from.
      let source = source(of: task)
      if source != task { reasons[task] = reasons[source] }
    }
    if nodes[task].flags.contains(.detailed), let drop = unsafe details[task].drop {
      unsafe drop(nodes[task].data)
    }
    unlink(task)
    let isCleanup = nodes[task].flags.contains(.cleanup)
    if nodes[parent].kind != .task { blocks[parent].tasks &-= 1 }
    if !isCleanup { removeBusy() }
    if nodes[task].flags.contains(.counted) { startNext(in: parent) }
    if nodes[task].flags.contains(.held) {
      nodes[task].state = .ended
      keep(task, in: parent)
    } else if nodes[task].flags.contains(.listed) {
      nodes[task].state = .ended
    } else {
      freeRow(task)
    }
    return parent
  }

  /// What an awaiter of a task gets (L5, L5a).
  func awaited(_ task: Slot) -> Int32 {
    nodes[task].flags.contains(.endedCancelled) ? Status.taskCancelled.code : nodes[task].code
  }

  // MARK: Groups and scopes

  private func leaveBlock(_ block: Slot) -> Slot {
    var result = unsafe result(of: block)
    let code = unsafe Int32(truncatingIfNeeded: result.code)
    if nodes[block].flags.contains(.detailed) { tellWatchers(of: block, code) }
    let parent = nodes[block].parent
    guard parent != 0 else {
      unsafe rootEnded(result)
      return 0
    }
    let (join, data, drop) = unsafe (
      blocks[block].join, blocks[block].joinData, blocks[block].joinDrop
    )
    if let join = unsafe join {
      unsafe join(handle(block).id, &result, data)
    } else {
      passOn(block, code)
    }
    unsafe drop?(data)
    freeErrors(blocks[block].errors)
    releaseKept(in: block)
    state.nodeSlab.unreserve(UInt32(nodes[block].reserved))
    if nodes[block].flags.contains(.joined) { removeBusy() }
    unlink(block)
    if nodes[block].flags.contains(.listed) {
      nodes[block].state = .ended
    } else {
      freeRow(block)
    }
    return parent
  }

  /// The result of a block that nobody is told of goes to what is around it (T1d, G7).
  private func passOn(_ block: Slot, _ code: Int32) {
    let parent = nodes[block].parent
    if nodes[block].flags.contains(.leftOpen) {
      let isError = code < 0 && code != Status.cancelled.code
      fill(block, isError ? code : Status.unclosed.code, of: block)
      nestAll(of: block, in: block)
      nest(block, in: details[parent].unclosed)
    } else if code == Status.cancelled.code {
      if nodes[parent].kind != .task { blocks[parent].passedOn = true }
    } else if code < 0 {
      fill(block, code, of: block)
      nestAll(of: block, in: block)
      if nodes[parent].kind == .task { nodes[parent].flags.insert(.faulty) }
      let answering = answering(for: block)
      list(block, in: answering)
      cancelRest(of: answering, code, began: block)
    }
  }

  /// The result as things stand (G5): an error beats the own deadline, that beats a cancellation.
  func result(of block: Slot) -> Result {
    let caught = hasCaught(block)
    let isCut = caught || blocks[block].passedOn
    var (ending, code) = (Ending.completed, Int32(0))
    if blocks[block].errorCount != 0 {
      (ending, code) = (.failed, blocks[block].firstCode)
    } else if caught, isTimedOut(block) {
      (ending, code) = (.failed, Status.timedOut.code)
    } else if caught, nodes[block].flags.contains(.report) {
      (ending, code) = (.cancelled, Status.wasCancelled.code)  // C7a
    } else if isCut {
      (ending, code) = (.cancelled, caught ? 0 : Status.cancelled.code)
    }
    return unsafe Result(
      size: UInt64(MemoryLayout<Result>.size), state: ending.rawValue, code: Int64(code),
      cancelCalled: nodes[block].flags.contains(.cancelCalled) ? 1 : 0,
      cancelledCaught: caught ? 1 : 0, reason: reason(block),
      errors: recordPointer(blocks[block].errors), errorCount: blocks[block].errorCount)
  }

  /// Closes what was opened in a closing block by name and is still open (T1d).
  private func joinOpenChildren(of block: Slot) {
    blocks[block].openBlocks = 0
    var child = nodes[block].first
    while child != 0 {
      if nodes[child].state == .open {
        nodes[child].state = .joining
        push(Reference(node: child))
      }
      child = nodes[child].next
    }
  }

  // MARK: Left open (G7)

  /// What a task leaves open is cancelled and joined, the innermost first; what somebody joins
  /// already is only waited for.
  private func closeWhatIsOpen(in task: Slot) {
    guard nodes[task].first != 0 else { return }
    let last = nodes[nodes[task].first].previous
    var child = last
    repeat {
      if nodes[child].state == .open {
        nodes[child].flags.insert(.leftOpen)
        nodes[child].state = .joining
        collectUnclosed(task, from: child)
        cancel(child, .leftOpen)
        push(Reference(node: child))
      }
      child = nodes[child].previous
    } while child != last
  }

  /// The error that names all that was left open, on a row reserved with the first of them.
  private func collectUnclosed(_ task: Slot, from child: Slot) {
    detail(task)
    guard details[task].unclosed == 0 else { return }
    let row = takeReserved(from: child)
    fill(row, Status.unclosed.code, of: task)
    details[task].unclosed = row
  }

  private func listUnclosed(_ node: Slot) {
    guard nodes[node].kind == .task, nodes[node].flags.contains(.detailed),
      details[node].unclosed != 0
    else { return }
    let row = details[node].unclosed
    details[node].unclosed = 0
    nodes[node].flags.insert(.faulty)
    let block = answering(for: node)
    cancelRest(of: block, Status.unclosed.code, began: node)
    list(row, in: block)
  }

  // MARK: Rows

  /// Gives up a row, then what it kept: the message, and the result, whose drop is the last to run
  /// (L6).
  func freeRow(_ node: Slot) {
    guard nodes[node].flags.contains(.detailed) else { return state.nodeSlab.give(node) }
    let (text, drop, result) = unsafe (
      details[node].text, details[node].resultDrop, details[node].result
    )
    state.nodeSlab.give(node)
    unsafe shim_free(text)
    unsafe drop?(result)
  }
}
