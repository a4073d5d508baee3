// The dump for people: a drawing of the tree, one line a node.
//
//     group 'root' (0x...): open
//     ├─ task 'a' (0x...): has waited 2 s for a time, 1 s to go
//     └─ group 'g' (0x...): closing, waits for 1 task
//        └─ task 'b' (0x...): running

extension Runtime {
  /// Draws a node and what is beneath it, at most so many lines. Without recursion.
  func draw(_ top: Slot, most lines: Int, to text: inout Text) {
    if top == state.root { drawRuntime(to: &text) }
    var branches = Branches()
    var (node, rest) = (top, lines)
    while rest > 0 {
      branches.add(to: &text)
      drawNode(node, to: &text)
      rest -= 1
      if nodes[node].first != 0 {
        node = nodes[node].first
        branches.descend()
      } else {
        while node != top, nodes[node].next == 0 {
          node = nodes[node].parent
          branches.ascend()
        }
        if node == top { return top == state.root ? drawStrays(to: &text) : () }
        node = nodes[node].next
      }
      branches.hasNext = nodes[node].next != 0
    }
    text.add("... and more, which roost_dump shows\n")
  }

  private func drawNode(_ node: Slot, to text: inout Text) {
    let sight = sight(of: node)
    text.add(sight.kind)
    unsafe text.add(name: name(node))
    text.add(" (")
    text.add(sight.handle)
    text.add("): ")
    addClauses(sight, to: &text)
    text.add("\n")
  }

  /// Functions whose tasks have ended without them (S6a).
  private func drawStrays(to text: inout Text) {
    eachStray { task in
      text.add("stray")
      unsafe text.add(name: name(task))
      text.add(" (")
      text.add(handle(task))
      text.add("): abandoned, and its function has not returned\n")
    }
  }

  /// What is not the tree's.
  private func drawRuntime(to text: inout Text) {
    text.add(state.isVirtual ? "virtual clock at " : "clock at ")
    text.add(duration: now())
    if state.closing.phase != .open { text.add(", closing") }
    text.add("\n")
  }
}

/// The lines to the left of a node: at each level, whether more comes there. Far down they are not
/// drawn any more, so that a deep tree does not take a square of its depth.
private struct Branches {
  private var level: UInt64 = 0
  /// A bit for each level.
  private var more: UInt64 = 0

  private static var drawn: UInt64 { 24 }

  mutating func descend() { level += 1 }
  mutating func ascend() { level -= 1 }

  /// Whether the node that is drawn next has a sibling after it.
  var hasNext: Bool {
    get { level < 64 && more & (1 << level) != 0 }
    set {
      guard level < 64 else { return }
      more = newValue ? more | 1 << level : more & ~(1 << level)
    }
  }

  func add(to text: inout Text) {
    guard level > 0 else { return }
    for level in 1..<min(level, Branches.drawn) {
      text.add(more & (1 << level) != 0 ? "│  " : "   ")
    }
    if level <= Branches.drawn { return text.add(hasNext ? "├─ " : "└─ ") }
    text.add("·· ")
    text.add(level)
    text.add(" deep: ")
  }
}
