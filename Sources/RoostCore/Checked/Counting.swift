#if ROOST_CHECKED
  // The counters, which are worked out of what has begun and ended, against what is in the tree.

  extension Runtime {
    /// O4.
    func checkCounters() {
      var counted = Counters(size: 0)
      walk(state.root) { node in
        count(node, &counted)
        return true
      }
      let counters = counters()
      claim(counters.tasks == counted.tasks, "the tasks are counted (O4)")
      claim(counters.groups == counted.groups, "so are the groups (O4)")
      claim(counters.scopes == counted.scopes, "so are the scopes (O4)")
      claim(counters.waits == counted.waits, "so are the waits (O4)")
      claim(counters.cleanups == counted.cleanups, "so are the cleanups (O4)")
    }

    /// T3: what a runtime that goes does not give back would have its handle come to life in the
    /// next.
    func checkNothingIsLeft() {
      claim(state.nodeSlab.inUse == 0, "every node is given back")
      claim(state.waitSlab.inUse == 0, "so is every wait")
      claim(state.cleanupSlab.inUse == 0, "so is every cleanup")
      claim(state.primitiveSlab.inUse == 0, "so is every primitive")
      for index in 0..<StackSize.count {
        claim(state.stacks[index].isWhole, "so is every stack, and none is reserved")
      }
    }

    private func count(_ node: Slot, _ counted: inout Counters) {
      switch nodes[node].kind {
      case .group: if !nodes[node].rare.contains(.hidden) { counted.groups += 1 }
      case .scope: counted.scopes += 1
      default: if !nodes[node].flags.contains(.cleanup) { counted.tasks += 1 }
      }
      var wait = nodes[node].waits
      while wait != 0 {
        counted.waits += 1
        wait = waits[wait].next
      }
      var cleanup = nodes[node].cleanups
      while cleanup != 0 {
        counted.cleanups += 1
        cleanup = cleanups[cleanup].next
      }
    }
  }
#endif
