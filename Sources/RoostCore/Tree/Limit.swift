/// A group's limit of running tasks: the rest wait in order (L2).
extension Runtime {
  /// Lets a new task start, or has it wait for its turn.
  func admit(_ task: Slot, to group: Slot) {
    if blocks[group].running < blocks[group].limit {
      startCounted(task, in: group)
    } else if nodes[task].flags.contains(.cancelled) {
      dismiss(task)  // L2a
    } else {
      nodes[task].state = .queued
      extras[task].queueNext = 0
      extras[task].queuePrevious = blocks[group].queueLast
      if blocks[group].queueLast == 0 {
        blocks[group].queueFirst = task
      } else {
        extras[blocks[group].queueLast].queueNext = task
      }
      blocks[group].queueLast = task
    }
  }

  /// A queued task that was cancelled leaves the queue, and ends in the next turn without having
  /// started (L2a).
  func takeFromQueue(_ task: Slot) {
    let group = nodes[task].parent
    let (next, previous) = (extras[task].queueNext, extras[task].queuePrevious)
    if previous == 0 {
      blocks[group].queueFirst = next
    } else {
      extras[previous].queueNext = next
    }
    if next == 0 {
      blocks[group].queueLast = previous
    } else {
      extras[next].queuePrevious = previous
    }
  }

  func dismiss(_ task: Slot) {
    nodes[task].state = .dismissed
    push(Reference(node: task))
  }

  /// A counted task has ended: the next one starts.
  func startNext(in group: Slot) {
    blocks[group].running -= 1
    let task = blocks[group].queueFirst
    // One that was started by handshake may exceed the limit (L4).
    guard task != 0, blocks[group].running < blocks[group].limit else { return }
    takeFromQueue(task)
    startCounted(task, in: group)
  }

  private func startCounted(_ task: Slot, in group: Slot) {
    blocks[group].running += 1
    nodes[task].flags.insert(.counted)
    nodes[task].state = .ready
    push(Reference(node: task))
  }
}
