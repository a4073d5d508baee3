// What a task leaves open when its body ends (G7).

extension Runtime {
  /// What a task leaves open is cancelled and joined, the innermost first; what somebody joins
  /// already is only waited for.
  func closeWhatIsOpen(in task: Slot) {
    let last = nodes[nodes[task].first].previous
    var child = last
    repeat {
      if nodes[child].state == .open {
        nodes[child].flags.insert(.leftOpen)
        nodes[child].state = .joining
        blocks[child].sweeps = true
        collectUnclosed(task, from: child)
        unsafe cancel(child, .leftOpen)
        push(Reference(node: child))
      }
      child = nodes[child].previous
    } while child != last
  }

  /// The error that names all that was left open, on a row reserved with the first of them.
  private func collectUnclosed(_ task: Slot, from child: Slot) {
    guard !nodes[task].flags.contains(.leavesOpen) else { return }
    let row = takeReserved(from: child)
    fill(row, Status.unclosed.code, of: task)
    extras[task].unclosed = row
    nodes[task].flags.insert(.leavesOpen)
  }

  func listUnclosed(_ node: Slot) {
    let row = extras[node].unclosed
    nodes[node].flags.remove(.leavesOpen)
    nodes[node].flags.insert(.faulty)
    judge(row, in: answering(for: node), .task, waiter: node)
  }
}
