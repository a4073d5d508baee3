// Lists of rows, linked by slot: the children of a node and the waits of a node. The first entry's
// `previous` is the last, so that appending needs no search.

extension Runtime {
  @inline(__always)
  func link(_ child: Slot, under parent: Slot) {
    link(child, nodes.row(child), under: parent, nodes.row(parent))
  }

  @inline(__always)
  func link(
    _ child: Slot, _ row: Place<Node>, under parent: Slot, _ above: Place<Node>
  ) {
    row[].parent = parent
    row[].next = 0
    let first = above[].first
    if first == 0 {
      above[].first = child
      row[].previous = child
    } else {
      let head = nodes.row(first)
      let last = head[].previous
      nodes[last].next = child
      row[].previous = last
      head[].previous = child
    }
  }

  @inline(__always)
  func unlink(_ child: Slot) {
    let row = nodes.row(child)
    unlink(child, row, nodes.row(row[].parent))
  }

  @inline(__always)
  func unlink(_ child: Slot, _ row: Place<Node>, _ above: Place<Node>) {
    let (next, previous) = (row[].next, row[].previous)
    let first = above[].first
    if child == first {
      above[].first = next
      if next != 0 { nodes[next].previous = previous }
    } else {
      nodes[previous].next = next
      nodes[next == 0 ? first : next].previous = previous
    }
  }

  func link(wait: Slot, under node: Slot) {
    let (row, above) = (waits.row(wait), nodes.row(node))
    row[].node = node
    row[].next = 0
    let first = above[].waits
    if first == 0 {
      above[].waits = wait
      row[].previous = wait
    } else {
      let head = waits.row(first)
      let last = head[].previous
      waits[last].next = wait
      row[].previous = last
      head[].previous = wait
    }
  }

  func unlink(wait: Slot) {
    let row = waits.row(wait)
    let above = nodes.row(row[].node)
    let (next, previous) = (row[].next, row[].previous)
    let first = above[].waits
    if wait == first {
      above[].waits = next
      if next != 0 { waits[next].previous = previous }
    } else {
      waits[previous].next = next
      waits[next == 0 ? first : next].previous = previous
    }
  }
}
