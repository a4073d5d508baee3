#if ROOST_CHECKED
  extension Runtime {
    /// The list of those that may come to be reported (O3): in order of time, as far as they are
    /// alive, and nobody who was not cancelled.
    func checkWatched() {
      var (node, last, since) = (state.reports.stalls.first, Slot(0), UInt64(0))
      while node != 0 {
        let entry = stallEntries[node]
        claim(entry.generation != 0, "who is watched knows it", node)
        claim(last == 0 || entry.previous == last, "who is watched names the one before", node)
        if entry.generation == nodes[node].generation, !nodes[node].state.isGone {
          claim(nodes[node].flags.contains(.cancelCalled), "only the cancelled are watched", node)
          claim(cancelTimes[node] >= since, "the longest cancelled comes first", node)
          since = cancelTimes[node]
        }
        (last, node) = (node, entry.next)
      }
    }
  }
#endif
