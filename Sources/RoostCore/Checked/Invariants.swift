#if ROOST_CHECKED
  internal import CShim

  // What the comments of the engine claim of its tree, asserted of all of it between two steps. A
  // checked build (ROOST_CHECKED) does so often enough that every step of a small program is
  // followed by a walk, and the steps of a large one share them.

  /// What a walk over the tree counts, to be compared with what the runtime has counted itself.
  @safe
  struct Census {
    /// Rows that were looked at: what the walk has cost.
    var looks = 0
    var busy = 0
    var outside = 0
    var timers = 0
    var reservedTimers = 0
    var reservedRows = 0
    var queued = 0
    var pendingStarts = 0
    var hidden = 0
    var posts = 0
    var reservedStacks = 0
  }

  extension Runtime {
    /// From the end of a step.
    func checkAfterStep() {
      state.stepsUntilCheck -= 1
      guard state.stepsUntilCheck <= 0 else { return }
      state.stepsUntilCheck = checkTree() / 4
    }

    /// Answers what that has cost.
    @discardableResult
    func checkTree() -> Int {
      // On its way out it has no tree any more.
      guard state.closing.phase == .open || state.closing.phase == .asked else { return 0 }
      claim(state.unlinked == 0, "no cleanup is outside of the tree between two steps")
      var census = Census()
      walk(state.root) { node in
        check(node, &census)
        return true
      }
      checkQueue(&census)
      checkTotals(census)
      checkPrimitives()
      checkWatched()
      checkCounters()
      return census.looks
    }

    func claim(_ holds: Bool, _ what: StaticString, _ slot: Slot = 0) {
      if !holds { unsafe shim_broken(what.utf8Start, slot) }
    }

    // MARK: A node

    private func check(_ node: Slot, _ census: inout Census) {
      let row = nodes.row(node)
      let flags = row[].flags
      census.looks += 1
      if flags.contains(.inReadyQueue) { census.queued += 1 }
      if row[].kind != .task { census.reservedRows += Int(blocks[node].reserved) }
      claim(row[].mark == (flags.contains(.cancelled) ? 1 : 0), "other threads see the mark", node)
      switch row[].state {
      case .vacant, .retired, .leaving, .ended: claim(false, "what is in the tree is alive", node)
      case .open, .joining: claim(row[].kind != .task, "only groups and scopes are open", node)
      case .queued, .dismissed, .ready, .running, .pending, .yielding:
        claim(row[].kind == .task, "only tasks have a body", node)
      case .ending, .cleaning: break
      }
      claim(row[].state != .running, "no step is under way between two steps", node)
      claim(
        row[].state != .yielding || flags.contains(.inReadyQueue), "who lets others run goes on",
        node)
      if row[].kind == .task, row[].rare.contains(.fiber) { checkFiber(node, row, &census) }
      checkMarks(node, row)
      claim(
        unsafe !flags.contains(.traced) || state.trace != nil, "what is traced is in a trace (O2)",
        node)
      checkShield(node, row, &census)
      checkSource(node, row)
      checkChildren(node, row)
      checkWaits(node, row, &census)
      checkCleanups(node, row, &census)
      if flags.contains(.detailed) { checkDetail(node, &census) }
      if row[].kind == .task {
        if flags.isDisjoint(with: [.cleanup, .background]) { census.busy += 1 }
      } else {
        checkBlock(node, row, &census)
      }
    }

    /// C2, C10, C12a.
    private func checkMarks(_ node: Slot, _ row: Place<Node>) {
      let flags = row[].flags
      let sees = flags.contains(.parentCancelled) && !flags.contains(.shielded)
      claim(
        flags.contains(.cancelled) == (flags.contains(.cancelCalled) || sees),
        "cancelled is what was cancelled itself, or sees that its parent is (C2)", node)
      claim(
        row[].state != .queued || !flags.contains(.cancelled), "no queued task is cancelled (L2a)",
        node)
      let parent = row[].parent
      guard parent != 0 else { return }
      let above = nodes[parent].flags
      claim(
        flags.contains(.parentCancelled) == above.contains(.cancelled),
        "a node knows whether its parent is cancelled", node)
      claim(
        !above.contains(.stopping) || flags.contains(.stopping), "stopping is inherited (C12a)",
        node)
      claim(
        !above.contains(.unsheltered) || flags.contains([.unsheltered, .cancelled]),
        "where no shield holds, all is cancelled (C11)", node)
    }

    private func checkShield(_ node: Slot, _ row: Place<Node>, _ census: inout Census) {
      let flags = row[].flags
      claim(
        !(flags.contains(.shielded) && row[].rare.contains(.overrun)),
        "a shield holds or does not (C11)", node)
      let parent = row[].parent
      claim(
        !(flags.contains(.shielded) && parent != 0 && nodes[parent].flags.contains(.unsheltered)),
        "beneath what is unsheltered no shield holds (C11)", node)
      claim(
        !row[].rare.contains(.overrun) || flags.contains(.parentCancelled),
        "a shield is overrun by a cancellation (C11)", node)
      guard flags.contains(.graced) else { return }
      let shelter = shelters[node]
      census.timers += (shelter.passing == 0 ? 0 : 1) + (shelter.holding == 0 ? 0 : 1)
      census.reservedTimers += (shelter.passing == 0 ? 1 : 0) + (shelter.holding == 0 ? 1 : 0)
      claim(flags.contains(.detailed), "a bounded grace comes with a detail", node)
      claim(
        shelter.passing == 0 || flags.contains(.cancelCalled),
        "a grace runs from a cancellation (C11)", node)
      claim(
        shelter.holding == 0 || flags.contains([.shielded, .parentCancelled]),
        "a shield's time runs while it holds something off (C11)", node)
    }

    /// C9: the outermost visible one, by its definition.
    private func checkSource(_ node: Slot, _ row: Place<Node>) {
      guard row[].flags.contains(.cancelled) else {
        return claim(row[].source == node, "what is not cancelled is its own source", node)
      }
      var (outermost, depth) = (node, 0)
      while seesCancelledParent(outermost) {
        outermost = nodes[outermost].parent
        depth += 1
        if depth == 64 { return }
      }
      var source = row[].source
      while seesCancelledParent(source) { source = nodes[nodes[source].parent].source }
      claim(source == outermost, "the source leads to the outermost visible one (C9)", node)
      claim(nodes[source].flags.contains(.cancelCalled), "a source was cancelled itself (C9)", node)
      // Where no shield holds, nobody asks.
      guard state.usesGrace, !row[].flags.contains(.unsheltered) else { return }
      claim(
        sinces[node] == firstCancellation(of: node),
        "it is known since when a node is cancelled (C11)", node)
    }

    // MARK: Lists

    private func checkChildren(_ node: Slot, _ row: Place<Node>) {
      var (child, last) = (row[].first, Slot(0))
      while child != 0 {
        claim(nodes[child].parent == node, "a child names its parent", child)
        claim(last == 0 || nodes[child].previous == last, "a child names the one before", child)
        (last, child) = (child, nodes[child].next)
      }
      claim(last == 0 || nodes[row[].first].previous == last, "the first names the last", node)
    }

    private func checkWaits(_ node: Slot, _ row: Place<Node>, _ census: inout Census) {
      var (wait, last) = (row[].waits, Slot(0))
      while wait != 0 {
        claim(waits[wait].node == node, "a wait names its node", wait)
        claim(last == 0 || waits[wait].previous == last, "a wait names the one before", wait)
        census.looks += 1
        if !waits[wait].isBackground { census.busy += 1 }
        if waits[wait].timer != 0 { census.timers += 1 }
        if waits[wait].inReadyQueue { census.queued += 1 }
        if waits[wait].kind == .signal, !isListening(wait) { census.outside += 1 }
        if waits[wait].kind.isOfHandle { census.outside += 1 }
        if waits[wait].kind == .write, hasReservedTimer(wait) { census.reservedTimers += 1 }
        if isInTable(wait) {
          census.outside += 1
          claim(waits[wait].state == .waiting, "who waits for a descriptor waits (C4)", wait)
        }
        if waits[wait].kind == .process, child(of: wait) != nil {
          census.outside += 1
          if waits[wait].timer == 0 { census.reservedTimers += 1 }
        }
        switch waits[wait].state {
        case .waiting:
          claim(!row[].flags.contains(.cancelled), "a mark has taken every wait (C4a)", wait)
          claim(
            !row[].flags.contains([.stopping, .untilStopping]),
            "so has the mark of a shutdown, of those that want it (C12)", wait)
        case .taken, .ended:
          let isKept = waits[wait].state == .ended && waits[wait].isUnclaimed
          claim(isKept || waits[wait].inReadyQueue, "a wait that is over will be told (S2b)", wait)
        case .leaving: claim(isListening(wait), "a wait that was told is gone (S2b)", wait)
        case .vacant, .retired: claim(false, "a node's waits are alive", wait)
        default: break
        }
        (last, wait) = (wait, waits[wait].next)
      }
      claim(last == 0 || waits[row[].waits].previous == last, "the first wait names the last", node)
    }

    private func checkCleanups(_ node: Slot, _ row: Place<Node>, _ census: inout Census) {
      var cleanup = row[].cleanups
      while cleanup != 0 {
        claim(cleanups[cleanup].node == node, "a cleanup names its node", cleanup)
        claim(
          cleanups[cleanup].state == .registered, "a cleanup of a node's is registered", cleanup)
        census.looks += 1
        census.reservedRows += 1
        if row[].flags.contains(.graced) { census.reservedTimers += 2 }
        if cleanups[cleanup].stack != 0 { census.reservedStacks += 1 }
        cleanup = cleanups[cleanup].next
      }
    }

    private func checkFiber(_ task: Slot, _ row: Place<Node>, _ census: inout Census) {
      if row[].flags.contains(.keepsStack) { census.reservedStacks += 1 }
      if row[].flags.contains(.cleanup) {
        // Its stack is reserved until it begins, and what is lent again when its body is over.
        if row[].state == .ready, !extras[task].borrowsStack { census.reservedStacks += 1 }
        if row[].isInBody, extras[task].borrowsStack { census.reservedStacks -= 1 }
        if row[].flags.contains(.keepsStack), extras[task].borrowsStack {
          census.reservedStacks -= 1
        }
      }
      guard row[].isInBody else { return }
      let worker = unsafe Worker.at(row[].data)
      claim(unsafe worker.pointee.task == task, "a fiber's stack names its task", task)
      var node = unsafe worker.pointee.current
      while node != 0, node != task { node = nodes[node].parent }
      claim(node == task, "the innermost node of a fiber is its own (T1)", task)
    }

    private func checkDetail(_ node: Slot, _ census: inout Census) {
      if details[node].timer != 0 { census.timers += 1 }
      if details[node].patience != 0 { census.timers += 1 }
      var (watcher, last) = (details[node].watchers.first, Slot(0))
      while watcher != 0 {
        census.looks += 1
        claim(waits[watcher].subject == node, "a watcher names what it waits for", watcher)
        claim(waits[watcher].state == .waiting, "a watcher waits", watcher)
        claim(
          last == 0 || waits[watcher].previousWatcher == last, "a watcher names the one before",
          watcher)
        (last, watcher) = (watcher, waits[watcher].nextWatcher)
      }
    }

    // MARK: A group or scope

    private func checkBlock(_ block: Slot, _ row: Place<Node>, _ census: inout Census) {
      let it = blocks.place(block)
      var (tasks, daemons, inner, open, starting) = (
        UInt32(0), UInt32(0), UInt32(0), UInt32(0), UInt32(0)
      )
      var running = 0
      var child = row[].first
      while child != 0 {
        if nodes[child].kind == .task {
          tasks += 1
          if nodes[child].flags.contains(.background) { daemons += 1 }
          if nodes[child].flags.contains(.counted) { running += 1 }
        } else {
          inner += 1
          if nodes[child].state == .open { open += 1 }
          if nodes[child].rare.contains(.hidden) { starting += 1 }
        }
        child = nodes[child].next
      }
      claim(it[].tasks == tasks, "a group counts its tasks", block)
      claim(it[].daemons == daemons, "a group counts its daemons (L3)", block)
      claim(it[].innerBlocks == inner, "a group counts what is open in it", block)
      claim(it[].starting == starting, "a group counts who is being started from it (L4)", block)
      claim(it[].openBlocks == open, "a group counts what nobody closes (T1d)", block)
      claim(
        it[].limit == .max || Int(it[].running) == running, "a group counts what runs (L2)", block)
      checkLimitQueue(block)
      census.looks += checkErrors(block)
      claim(
        it[].askFirst == 0 || row[].flags.contains(.inReadyQueue),
        "a group whose filter is to be asked will be looked at (G2)", block)
      census.pendingStarts += Int(it[].pendingStarts)
      if it[].target != 0 {
        census.hidden += 1
        claim(row[].rare.contains(.hidden), "only a hidden group's task will move (L4)", block)
      }
      if row[].flags.contains(.joined) { census.busy += 1 }
    }

    private func checkLimitQueue(_ block: Slot) {
      var (task, last) = (blocks[block].queueFirst, Slot(0))
      claim(
        task == 0 || blocks[block].running >= blocks[block].limit,
        "nobody is held back where there is room (L2)", block)
      while task != 0 {
        claim(nodes[task].state == .queued, "what is held back is queued (L2)", task)
        claim(extras[task].queuePrevious == last, "it names the one before", task)
        (last, task) = (task, extras[task].queueNext)
      }
      claim(blocks[block].queueLast == last, "the last of the queue is the last", block)
    }

    private func checkErrors(_ block: Slot) -> Int {
      var (row, count) = (blocks[block].errors, UInt32(0))
      while row != 0 {
        claim(nodes[row].flags.contains(.listed), "what is listed is kept (G3)", row)
        count += 1
        row = errors[row].next
      }
      claim(blocks[block].listed >= count, "a list is as long as was counted (G3)", block)
      claim(blocks[block].errorCount >= UInt64(count), "all that happened is counted (G3)", block)
      var (kept, keptCount) = (blocks[block].kept, 0)
      while kept != 0 {
        keptCount += 1
        claim(nodes[kept].state == .ended, "what is kept has ended (L5)", kept)
        claim(nodes[kept].flags.contains(.held), "what is kept is held (L5)", kept)
        kept = nodes[kept].next
      }
      return Int(count) + keptCount
    }

    // MARK: Totals

    private func checkQueue(_ census: inout Census) {
      var (entry, count) = (state.ready.first, 0)
      while entry != .none {
        (count, census.looks) = (count + 1, census.looks + 1)
        if entry.isWait {
          claim(waits[entry.slot].inReadyQueue, "what is in the queue knows it", entry.slot)
          entry = entry.link
        } else if !entry.isNode {
          if entry.mark == .post {
            claim(posts[entry.slot].state == .posted, "what was posted runs once (S5)", entry.slot)
            census.posts += 1
          } else {
            claim(primitives[entry.slot].inReadyQueue, "so does a primitive", entry.slot)
          }
          census.busy += 1
          census.queued += 1
          entry = entry.link
        } else {
          claim(nodes[entry.slot].flags.contains(.inReadyQueue), "so does a node", entry.slot)
          if nodes[entry.slot].state == .ended {
            // Released, and freed in its turn.
            census.busy += 1
            census.queued += 1
          }
          entry = nodes[entry.slot].readyLink
        }
      }
      claim(count == census.queued, "the queue has what says that it is in it")
    }

    private func checkTotals(_ census: Census) {
      let closing = state.closing.phase == .open ? 0 : 1
      claim(Int(state.busy) == census.busy + closing, "the loop is kept going for what lives (S8)")
      claim(Int(state.outside) == census.outside, "what could come from outside is counted (D4)")
      claim(state.timers.count == census.timers, "every timer belongs to something (D1)")
      claim(state.timers.reserved == census.reservedTimers, "so does every reserved timer (C11)")
      claim(
        Int(state.nodeSlab.reserved) == census.reservedRows, "so does every reserved row (K2c)")
      var reservedStacks = 0
      for index in 0..<StackSize.count { reservedStacks += state.stacks[index].reserved }
      claim(
        reservedStacks == census.reservedStacks, "so does every reserved stack (K2c)")
      claim(
        census.pendingStarts == census.hidden + census.posts, "who will come is waited for (L4)")
    }
  }
#endif
