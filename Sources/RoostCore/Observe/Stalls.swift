// A node that was cancelled itself and has not ended after a set time is reported, once (O3).
//
// A cancellation may need no memory (C15), so those that wait for their instant are linked through
// a column beside the rows. They end without telling this list: an entry whose node has ended is
// found by its generation, and taken out when it is the first. A row that is used again, and
// cancelled again, while its old entry is in the list, takes that along to the end.

@safe
struct StallEntry {
  var next: Slot
  var previous: Slot
  /// Of the node that was cancelled; 0: the row is not in the list.
  var generation: UInt32
}

enum StallLinks: Links {
  static subscript(next node: Slot) -> Slot {
    get { stallEntries[node].next }
    set { stallEntries[node].next = newValue }
  }
  static subscript(previous node: Slot) -> Slot {
    get { stallEntries[node].previous }
    set { stallEntries[node].previous = newValue }
  }
}

extension Runtime {
  @inline(__always)
  var reportsStalls: Bool { state.reports.options.stallAfter != 0 }

  /// A node was cancelled itself.
  func watchForStall(_ node: Slot) {
    if stallEntries[node].generation != 0 { state.reports.stalls.remove(node) }
    stallEntries[node].generation = nodes[node].generation
    state.reports.stalls.append(node)
  }

  /// Nobody is watched any more, and the column is as it was found.
  func forgetStalls() {
    while !state.reports.stalls.isEmpty { unwatch(state.reports.stalls.first) }
  }

  private func unwatch(_ node: Slot) {
    state.reports.stalls.remove(node)
    stallEntries[node].generation = 0
  }

  /// When the first that has not ended is to be reported; `UInt64.max` for nobody.
  func nextStall() -> UInt64 {
    while !state.reports.stalls.isEmpty {
      let node = state.reports.stalls.first
      if stallEntries[node].generation == nodes[node].generation, !nodes[node].state.isGone {
        return cancelTimes[node] &+ UInt64(state.reports.options.stallAfter)
      }
      unwatch(node)
    }
    guard state.closing.straysSince != 0 else { return .max }
    return state.closing.straysSince &+ UInt64(state.reports.options.stallAfter)
  }

  /// Reports those whose time has come; false where there are none. From the loop, between two
  /// steps.
  func reportStalls() -> Bool {
    let now = now()
    guard nextStall() <= now else { return false }
    repeat {
      let node = state.reports.stalls.first
      if node != 0 { unwatch(node) }
      reportStall(of: node)
    } while nextStall() <= now
    return true
  }

  /// Of a node that was cancelled; for 0, of the root, which has ended and waits for strays (S6a).
  private func reportStall(of stalled: Slot) {
    let isClosing = stalled == 0
    let node = isClosing ? state.root : stalled
    let since = isClosing ? state.closing.straysSince : cancelTimes[node]
    if isClosing { state.closing.straysSince = 0 }
    var suspects = InlineArray<100, Suspect>(repeating: Suspect())
    unsafe withUnsafeMutablePointer(to: &suspects) {
      let list = unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: Suspect.self)
      let count = unsafe isClosing ? findStrays(list) : findSuspects(beneath: node, list)
      let duration = elapsed(since: since)
      var report = unsafe Report(
        kind: ReportKind.stall.rawValue, node: handle(node).id, name: name(node),
        duration: Int64(clamping: duration))
      report.suspectCount = count
      if count != 0 { unsafe report.suspects = UnsafePointer(list) }
      var text = Text(.plain)
      if isClosing {
        addClosing(duration, count, to: &text)
      } else {
        addStall(of: node, count, to: &text)
      }
      unsafe addSuspects(report.suspects, to: &text)
      draw(node, most: Runtime.linesInReport, to: &text)
      tell(report, &text)
    }
  }

  /// The tasks whose body has not ended, those of cleanups too, in the order of the tree; what is
  /// beneath a shield as well.
  private func findSuspects(beneath top: Slot, _ list: UnsafeMutablePointer<Suspect>) -> UInt64 {
    var count: UInt64 = 0
    walk(top) { node in
      if nodes[node].kind == .task, nodes[node].state.isOpen {
        unsafe suspect(node, &count, list)
      }
      return true
    }
    return count
  }

  /// The strays, the last first.
  private func findStrays(_ list: UnsafeMutablePointer<Suspect>) -> UInt64 {
    var count: UInt64 = 0
    eachStray { unsafe suspect($0, &count, list) }
    return count
  }

  private func suspect(_ task: Slot, _ count: inout UInt64, _ list: UnsafeMutablePointer<Suspect>) {
    let index = Int(count)
    count += 1
    guard index < Suspect.most else { return }
    unsafe list[index] = Suspect(
      size: UInt64(MemoryLayout<Suspect>.size), task: handle(task).id, name: name(task))
    if index != 0 { unsafe list[index - 1].next = UnsafePointer(list + index) }
  }

  private func addClosing(_ duration: UInt64, _ count: UInt64, to text: inout Text) {
    text.add("roost: the runtime waits to be closed, since ")
    text.add(duration: duration)
    text.add(", because of ")
    text.add(
      count, " abandoned function that has not returned:\n",
      " abandoned functions that have not returned:\n")
  }

  private func addStall(of node: Slot, _ count: UInt64, to text: inout Text) {
    text.add("roost: ")
    addMention(of: handle(node), to: &text)
    text.add(" was cancelled ")
    text.add(duration: elapsed(since: cancelTimes[node]))
    text.add(" ago (")
    add(reasons[node], at: handle(node), to: &text)
    text.add(") and has not ended")
    if count != 0 {
      text.add(", because of ")
      text.add(count, " task:\n", " tasks:\n")
    } else if nodes[node].state == .open {
      text.add(": no task is left in it, and nobody closes it\n")
    } else {
      text.add("\n")
    }
  }

  private func addSuspects(_ first: UnsafePointer<Suspect>?, to text: inout Text) {
    var rest = unsafe first
    while let suspect = unsafe rest {
      text.add("  ")
      addMention(of: Handle(id: unsafe suspect.pointee.task), to: &text)
      text.add("\n")
      unsafe rest = suspect.pointee.next
    }
  }
}
