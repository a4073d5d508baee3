#if ROOST_CHECKED
  // The same for events, limiters, locks, conditions and channels, and for the waits in their
  // queues.

  extension Runtime {
    func checkPrimitives() {
      var queued = 0
      unsafe state.primitiveSlab.withEveryChunk { chunk in
        for slot in unsafe chunk.pointee.usedRows where !primitives[slot].isVacant {
          queued += checkWaiting(slot)
          check(primitive: slot)
        }
      }
      unsafe state.waitSlab.withEveryChunk { chunk in
        for slot in unsafe chunk.pointee.usedRows where waits[slot].isQueued { queued -= 1 }
      }
      claim(queued == 0, "who waits for a primitive is in its queue (S3)")
    }

    /// Answers how many wait.
    private func checkWaiting(_ primitive: Slot) -> Int {
      let first = primitives[primitive].waiting.first
      var (wait, last, count) = (first, Slot(0), 0)
      while wait != 0 {
        claim(waits[wait].isQueued, "who is in a queue waits (S3)", wait)
        claim(waits[wait].subject == primitive, "and names what it waits for", wait)
        claim(last == 0 || waits[wait].previousWatcher == last, "and the one before", wait)
        checkKind(of: wait, in: primitives[primitive].kind)
        (last, wait) = (wait, waits[wait].nextWatcher)
        count += 1
      }
      claim(
        last == 0 || waits[first].previousWatcher == last, "the first names the last", primitive)
      return count
    }

    private func checkKind(of wait: Slot, in kind: Kind) {
      let relocks = waits[wait].state == .relocking
      let fits =
        switch waits[wait].kind {
        case .event: kind == .event
        case .permit: kind == .limiter
        case .lock: kind == .lock
        case .condition: kind == (relocks ? .lock : .condition)
        case .send, .receive: kind == .channel
        case .signal: kind == .signal
        default: false
        }
      claim(fits, "everyone waits where it should (S3b)", wait)
    }

    private func check(primitive slot: Slot) {
      let first = primitives[slot].waiting.first
      let (isOver, count, capacity) = (
        primitives[slot].isOver, primitives[slot].count, primitives[slot].capacity
      )
      switch primitives[slot].kind {
      case .event: claim(first == 0 || !isOver, "nobody waits for what has happened", slot)
      case .limiter: claim(first == 0 || count >= capacity, "a free permit is nobody's wish", slot)
      case .lock: checkLock(slot)
      case .condition:
        let lock = primitives[slot].lock
        claim(
          first == 0 || lock != 0 && !primitives[lock].isOver,
          "who waits at a condition can have its lock (S3b)", slot)
      case .channel:
        claim(count <= capacity, "a channel holds no more than it may", slot)
        guard first != 0 else { return }
        claim(!isOver, "nobody waits for a closed channel", slot)
        claim(
          waits[first].kind == .send ? count == capacity : count == 0,
          "senders wait where it is full, receivers where it is empty", slot)
      case .signal: claim(first != 0, "a signal is caught while somebody waits (S3)", slot)
      default: claim(false, "a primitive is of one of the five kinds, or a signal", slot)
      }
    }

    private func checkLock(_ lock: Slot) {
      let owner = primitives[lock].owner
      if owner == 0 {
        claim(primitives[lock].waiting.isEmpty, "nobody waits for a lock that is free (S3)", lock)
      } else {
        claim(!primitives[lock].isOver, "a lock that is over has no owner (S3b)", lock)
        claim(!nodes[owner].state.isGone, "an owner is alive (S3b)", lock)
        claim(contains(details[owner].locks, lock), "an owner knows its locks (S3b)", lock)
      }
      var condition = primitives[lock].conditions.first
      while condition != 0 {
        claim(primitives[condition].lock == lock, "a condition names its lock", condition)
        condition = primitives[condition].nextPart
      }
    }

    private func contains(_ list: List<PartLinks>, _ primitive: Slot) -> Bool {
      var entry = list.first
      while entry != 0, entry != primitive { entry = primitives[entry].nextPart }
      return entry != 0
    }
  }

  extension Wait {
    fileprivate var isQueued: Bool {
      switch kind {
      case .event, .permit, .lock, .condition, .send, .receive:
        state == .waiting || state == .relocking
      // In its queue until it has been told.
      case .signal: !isVacant
      default: false
      }
    }
  }
#endif
