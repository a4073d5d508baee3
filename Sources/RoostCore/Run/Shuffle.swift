// A seed decides in which order what is ready at one time runs, so that tests find programs which
// rely on one (S4). What belongs to one task keeps its order (S2b). The queue is linked through the
// rows, so it is sorted in place: each task draws a number, in the order of their appearance, and a
// stable merge sort by these needs no memory.

extension Runtime {
  func shuffleReady() {
    var count = 0
    eachReady { entry in
      tickets[drawer(of: entry)] = 0
      count += 1
    }
    eachReady { entry in
      let drawer = drawer(of: entry)
      if tickets[drawer] == 0 { tickets[drawer] = draw() | 1 }
    }
    var width = 1
    while width < count {
      merge(width)
      width *= 2
    }
  }

  @inline(__always)
  private func eachReady(_ visit: (Reference) -> Void) {
    var entry = state.ready.first
    while entry != .none {
      visit(entry)
      entry = entry.link
    }
  }

  /// The task that an entry belongs to, or what stands in its place.
  private func drawer(of entry: Reference) -> Slot {
    let node = node(of: entry)
    return nodes[node].kind == .task || owners[node] == 0 ? node : owners[node]
  }

  /// What is posted is the root's.
  private func node(of entry: Reference) -> Slot {
    entry.isNode ? entry.slot : entry.isWait ? waits[entry.slot].node : state.root
  }

  /// A group or scope is opened: it belongs to the task in which it is.
  func setOwner(of block: Slot) {
    let parent = nodes[block].parent
    owners[block] = parent == 0 ? 0 : nodes[parent].kind == .task ? parent : owners[parent]
  }

  /// Merges each two neighbouring runs of a length.
  private func merge(_ width: Int) {
    var sorted = ReadyQueue()
    var rest = state.ready.first
    while rest != .none {
      var (left, leftCount) = (rest, 0)
      var right = rest
      while leftCount < width, right != .none { (right, leftCount) = (right.link, leftCount + 1) }
      var rightCount = 0
      rest = right
      while rightCount < width, rest != .none { (rest, rightCount) = (rest.link, rightCount + 1) }
      while leftCount + rightCount > 0 {
        let takesLeft = leftCount > 0 && (rightCount == 0 || number(left) <= number(right))
        let entry = takesLeft ? left : right
        if takesLeft {
          (left, leftCount) = (left.link, leftCount - 1)
        } else {
          (right, rightCount) = (right.link, rightCount - 1)
        }
        sorted.push(entry)
      }
    }
    state.ready = sorted
  }

  private func number(_ entry: Reference) -> UInt32 { tickets[drawer(of: entry)] }

  /// The next of a row of random numbers: splitmix64 (Steele, Lea and Flood 2014).
  private func draw() -> UInt32 {
    state.random &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state.random
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return UInt32(truncatingIfNeeded: mixed >> 32)
  }
}
