// What a dump for people says of a node: clauses, which the text has in one line and Graphviz one
// beneath the other.

extension Text {
  /// Between two clauses.
  mutating func separate() { add(script == .dot ? "\\l" : "; ") }

  /// A name in quotes after a space, if there is one.
  mutating func add(name: UnsafePointer<CChar>) {
    guard unsafe name[0] != 0 else { return }
    add(" ")
    unsafe add(quoted: name)
  }

  mutating func add(_ count: UInt64, _ one: StaticString, _ many: StaticString) {
    add(count)
    add(count == 1 ? one : many)
  }
}

extension Runtime {
  /// `task 'fetch' (0x...)`, of something whose row is there.
  func addMention(of handle: Handle, to text: inout Text) {
    text.add(handle.word)
    if Kinds.node.contains(handle.kindNumber) { unsafe text.add(name: name(handle.slot)) }
    text.add(" (")
    text.add(handle)
    text.add(")")
  }

  func addClauses(_ sight: NodeSight, to text: inout Text) {
    addDoing(sight, to: &text)
    addTimes(sight, to: &text)
    addShield(sight, to: &text)
    if unsafe sight.reason != nil { addCancelled(sight, to: &text) }
    if sight.isStopping {
      text.separate()
      text.add("stopping")
    }
    if sight.isDaemon {
      text.separate()
      text.add("daemon")
    }
    addCleanups(of: sight.node, to: &text)
    if nodes[sight.node].flags.contains(.detailed) { addLocks(of: sight.node, to: &text) }
    if nodes[sight.node].kind != .task { addCounts(of: sight.node, to: &text) }
  }

  // MARK: What it does

  private func addDoing(_ sight: NodeSight, to text: inout Text) {
    let node = sight.node
    switch sight.state {
    case .queued: text.add("held back by the limit of its group")
    case .dismissed: text.add("cancelled before its start")
    case .ready: text.add("about to start")
    case .running: text.add("running")
    case .pending:
      if nodes[node].flags.contains(.blocking) {
        text.add("works on a thread, or waits for one")
      } else if nodes[node].rare.contains(.fiber) {
        addSuspended(node, to: &text)
      } else if isHosted(node) {
        addHosted(node, to: &text)
      } else if nodes[node].waits == 0 {
        text.add("waits to be finished")
      }
    case .yielding: text.add("lets others run")
    case .open: text.add("open")
    case .joining: addClosing(node, to: &text)
    case .ending: addEnding(node, to: &text)
    case .cleaning: text.add("runs its cleanups")
    case .leaving:
      text.add(
        state.closing.phase == .strays ? "ended, waits for strays" : "ended, which is being told")
    case .vacant, .retired, .ended: break
    }
    let isSilent =
      nodes[node].rare.contains(.fiber)
      ? nodes[node].waits != 0 : !nodes[node].flags.contains(.blocking)
    let isFirst = sight.state == .pending && isSilent
    addWaits(of: node, isFirst: isFirst, to: &text)
  }

  /// A fiber waits in its innermost node, or for what it closes to end.
  private func addSuspended(_ task: Slot, to text: inout Text) {
    let worker = unsafe Worker.at(nodes[task].data)
    if unsafe worker.pointee.closing != 0 {
      text.add("waits for the end of ")
      addMention(of: handle(unsafe worker.pointee.closing), to: &text)
    } else if nodes[task].waits == 0 {
      text.add("waits in ")
      addMention(of: handle(unsafe worker.pointee.current), to: &text)
    }
  }

  /// A hosted task waits like a fiber. Which of those that were told to go on has its step now,
  /// only its host knows.
  private func addHosted(_ task: Slot, to text: inout Text) {
    let key = UInt64(UInt(bitPattern: unsafe nodes[task].data))
    let entry = unsafe state.host?.pointee.keys.entry(key)
    let current = here(task)
    if let entry = unsafe entry, unsafe entry.pointee.closing == .waits {
      text.add("waits for the end of ")
      addMention(of: handle(Slot(bitPattern: unsafe entry.pointee.code)), to: &text)
    } else if nodes[current].waits == 0 {
      text.add("runs, or is about to")
    } else if current != task {
      text.add("waits in ")
      addMention(of: handle(current), to: &text)
    }
  }

  private func addClosing(_ block: Slot, to text: inout Text) {
    let it = blocks.place(block)
    if nodes[block].rare.contains(.hidden) {
      if it[].startWait != 0 {
        text.add("waits for the report of its task, which is for ")
        return addMention(of: handle(it[].target), to: &text)
      }
      // Its task has moved, or nobody waits for that any more (L4).
      return text.add("about to go")
    }
    text.add("closing, waits for ")
    if it[].tasks != 0 || it[].innerBlocks != 0 {
      if it[].tasks != 0 { text.add(UInt64(it[].tasks), " task", " tasks") }
      if it[].tasks != 0, it[].innerBlocks != 0 { text.add(" and ") }
      if it[].innerBlocks != 0 {
        text.add(UInt64(it[].innerBlocks), " group or scope", " groups and scopes")
      }
    } else if it[].askFirst != 0 {
      text.add("its filter")
    } else if block == state.root, state.queuedPosts != 0 {
      text.add(UInt64(state.queuedPosts), " posted function", " posted functions")
    } else if it[].pendingStarts != 0 {
      text.add(UInt64(it[].pendingStarts), " task", " tasks")
      text.add(" to report")
    } else {
      text.add(nodes[block].waits == 0 ? "its turn" : "requests that it takes back")
    }
  }

  private func addEnding(_ node: Slot, to text: inout Text) {
    if nodes[node].first != 0 {
      text.add("ended, waits for what is in it")
    } else if nodes[node].waits != 0 {
      text.add("ended, waits for requests that it takes back")
    } else {
      text.add(nodes[node].flags.contains(.asked) ? "ended, waits for a filter" : "ended")
    }
  }

  // MARK: What will end it, and what has

  private func addTimes(_ sight: NodeSight, to text: inout Text) {
    if let timeout = sight.timeout {
      text.separate()
      text.add("timeout ")
      text.add(duration: UInt64(max(0, timeout)))
      text.add(" from its start")
    }
    if let deadline = sight.deadline { addInstant("deadline ", deadline, to: &text) }
    if let patience = sight.patience {
      addInstant("cancelled by its shutdown ", patience, to: &text)
    }
  }

  private func addInstant(_ words: StaticString, _ instant: UInt64, to text: inout Text) {
    let now = now()
    text.separate()
    text.add(words)
    guard instant > now else { return text.add("now") }
    text.add("in ")
    text.add(duration: instant - now)
  }

  private func addShield(_ sight: NodeSight, to text: inout Text) {
    switch sight.shield {
    case .off: break
    case .on:
      text.separate()
      text.add("shielded")
    case .holding:
      text.separate()
      text.add("shielded from the cancellation around it")
    case .over:
      text.separate()
      text.add("its shield does not hold any more")
    }
    if let end = sight.shieldEnd { addInstant("cancelled in spite of its shield ", end, to: &text) }
    if let grace = sight.grace {
      text.separate()
      text.add("grace ")
      text.add(duration: grace)
    }
  }

  /// `cancelled 3 s ago (deadline, of group 'downloads' (0x...))`
  private func addCancelled(_ sight: NodeSight, to text: inout Text) {
    guard let reason = unsafe sight.reason?.pointee else { return }
    text.separate()
    text.add("cancelled ")
    text.add(duration: elapsed(since: sight.cancelledSince))
    text.add(" ago (")
    add(reason, at: sight.handle, to: &text)
    text.add(")")
    guard sight.state == .pending else { return }
    text.separate()
    let flags = nodes[sight.node].flags
    if flags.contains(.blocking) {
      text.add("its function is asked")
    } else if nodes[sight.node].rare.contains(.fiber) || isHosted(sight.node) {
      text.add("its waits are cancelled")
    } else if flags.contains(.toldCancel) {
      text.add("its on_cancel was called")
    } else if unsafe flags.contains(.detailed) && details[sight.node].onCancel != nil {
      text.add("its on_cancel is due")
    } else {
      text.add("it has no on_cancel")
    }
  }

  func add(_ reason: Reason, at node: Handle, to text: inout Text) {
    text.add((Origin(rawValue: reason.origin) ?? .none).word)
    if reason.code != 0 {
      text.add(", code ")
      text.add(signed: reason.code)
    }
    if reason.message[0] != 0 {
      text.add(", ")
      text.add(quoted: reason.message)
    }
    guard reason.node != node.id else { return }
    let began = Handle(id: reason.node)
    text.add(", of ")
    text.add(began.word)
    if reason.name[0] != 0 {
      text.add(" ")
      text.add(quoted: reason.name)
    }
    text.add(" (")
    text.add(began)
    text.add(")")
  }

  /// From an instant that has passed, on either clock.
  func elapsed(since instant: UInt64) -> UInt64 {
    let now = now()
    return now > instant ? now - instant : 0
  }

  // MARK: What it has

  /// The first few; all are in JSON.
  private func addCleanups(of node: Slot, to text: inout Text) {
    var (cleanup, count) = (nodes[node].cleanups, UInt64(0))
    guard cleanup != 0 else { return }
    text.separate()
    text.add("cleanups: ")
    while cleanup != 0 {
      if count < 4 {
        if count != 0 { text.add(", ") }
        add(cleanup: cleanup, to: &text)
      }
      (count, cleanup) = (count + 1, cleanups[cleanup].next)
    }
    guard count > 4 else { return }
    text.add(" and ")
    text.add(count - 4)
    text.add(" more")
  }

  /// Its name in quotes, which is that of its node where it has none of its own.
  func add(cleanup: Slot, to text: inout Text) {
    if cleanups[cleanup].isNamed {
      let name = unsafe UnsafeRawPointer(cleanupNames.pointer(cleanup))
      return unsafe text.add(quoted: name.assumingMemoryBound(to: CChar.self))
    }
    let mark: StaticString = text.script == .json ? "\"" : "'"
    text.add(mark)
    text.add(Name.cleanupOf)
    unsafe text.add(escaped: name(cleanups[cleanup].node))
    text.add(mark)
  }

  private func addLocks(of node: Slot, to text: inout Text) {
    var lock = details[node].locks.first
    while lock != 0 {
      text.separate()
      text.add("owns ")
      addMention(of: handle(primitive: lock), to: &text)
      lock = primitives[lock].nextPart
    }
  }

  private func addCounts(of block: Slot, to text: inout Text) {
    let it = blocks.place(block)
    if it[].limit != .max {
      text.separate()
      text.add(UInt64(it[].running))
      text.add(" of at most ")
      text.add(UInt64(it[].limit), " task runs", " tasks run")
    }
    if it[].errorCount != 0 {
      text.separate()
      text.add(it[].errorCount, " error", " errors")
    }
  }
}
