/// How a dump is written (O1).
public enum DumpFormat: UInt64, Sendable {
  /// A drawing for people.
  case text = 0
  /// An object; `nodes` lists all, each after its parent.
  case json = 1
  /// A digraph for dot.
  case graphviz = 2
}

/// Given a piece of text, which has no final 0.
public typealias WriteFunction =
  @convention(c) (
    _ text: UnsafePointer<CChar>?, _ length: UInt64, _ data: UnsafeMutableRawPointer?
  ) -> Void

extension Engine {
  /// Writes what is alive in a node (O1). The text is made first, then given away at once, so that
  /// `write` finds the engine as between two calls.
  public static func dump(
    _ handle: Handle, _ format: DumpFormat, to write: WriteFunction,
    _ data: UnsafeMutableRawPointer?
  ) throws(Failure) {
    let (runtime, node) = try findDumpable(handle)
    // A cleanup whose first step runs is beneath its node, for whoever looks.
    runtime.linkCleanup()
    var text: Text
    switch format {
    case .text:
      text = Text(.plain)
      runtime.draw(node, most: .max, to: &text)
    case .json:
      text = Text(.json)
      runtime.json(node, to: &text)
    case .graphviz:
      text = Text(.dot)
      runtime.graph(node, to: &text)
    }
    guard text.isWhole else { throw Failure(.noMemory, handle, "no memory for its dump") }
    unsafe write(text.start, UInt64(text.count), data)
  }
}

extension Engine {
  /// A node; or a root that has ended and waits for strays (S6a), which everybody else finds stale.
  private static func findDumpable(_ handle: Handle) throws(Failure) -> (Runtime, Slot) {
    let root = handle.slot
    if let runtime = locate(handle, .nodes), runtime.state.closing.phase == .strays,
      runtime.state.root == root, nodes[root].generation == handle.generation,
      handle.kindNumber == Kind.group.rawValue
    {
      return (runtime, root)
    }
    return try find(handle, .node)
  }
}

extension Runtime {
  /// The next node of a subtree, each before what is beneath it, and in order.
  func next(after node: Slot, beneath top: Slot) -> Slot? {
    if nodes[node].first != 0 { return nodes[node].first }
    var node = node
    while node != top, nodes[node].next == 0 { node = nodes[node].parent }
    return node == top ? nil : nodes[node].next
  }
}
