// The dump for Graphviz: a box for each node, an arrow to what is in it, and a dashed one to what
// it waits for: a circle of these is a deadlock (C12b).

extension Runtime {
  func graph(_ top: Slot, to text: inout Text) {
    text.add("digraph roost {\n")
    text.add("  rankdir=LR\n")
    text.add("  node [shape=box, style=filled, fillcolor=white, fontname=\"sans-serif\"]\n")
    var node = top
    while true {
      graphNode(node, in: node == top ? 0 : nodes[node].parent, to: &text)
      guard let next = next(after: node, beneath: top) else { break }
      node = next
    }
    if top == state.root { graphStrays(to: &text) }
    text.add("}\n")
  }

  private func graphStrays(to text: inout Text) {
    eachStray { task in
      text.add("  \"")
      text.add(handle(task))
      text.add("\" [label=\"stray")
      unsafe text.add(name: name(task))
      text.add("\\l\", fillcolor=lightgrey]\n")
    }
  }

  private func graphNode(_ node: Slot, in parent: Slot, to text: inout Text) {
    let sight = sight(of: node)
    text.add("  \"")
    text.add(sight.handle)
    text.add("\" [label=\"")
    text.add(sight.kind)
    unsafe text.add(name: name(node))
    text.add("\\l")
    text.add(sight.handle)
    text.add("\\l")
    addClauses(sight, to: &text)
    text.add("\\l\", fillcolor=")
    text.add(colour(of: sight))
    if nodes[node].kind != .task { text.add(", shape=folder") }
    text.add("]\n")
    if parent != 0 { addArrow(from: handle(parent), to: sight.handle, "", to: &text) }
    var wait = nodes[node].waits
    while wait != 0 {
      let aim = self.sight(wait: wait)
      let other = aim.owner != .none ? aim.owner : aim.subject
      if aim.state == .waiting || aim.state == .starting || aim.state == .relocking,
        Kinds.node.contains(other.kindNumber)
      {
        addArrow(
          from: sight.handle, to: other,
          " [style=dashed, constraint=false, color=red]", to: &text)
      }
      wait = waits[wait].next
    }
  }

  private func addArrow(
    from: Handle, to other: Handle, _ look: StaticString, to text: inout Text
  ) {
    text.add("  \"")
    text.add(from)
    text.add("\" -> \"")
    text.add(other)
    text.add("\"")
    text.add(look)
    text.add("\n")
  }

  private func colour(of sight: NodeSight) -> StaticString {
    if unsafe sight.reason != nil { return "salmon" }
    switch sight.state {
    case .ready, .running, .yielding: return "palegreen"
    case .pending, .queued: return "lightyellow"
    default: return "white"
    }
  }
}
