// Lists of rows, linked by slot: the children of a node and the waits of a node. The first entry's
// `previous` is the last, so that appending needs no search.

extension Runtime {
  @inline(__always)
  func link(_ child: Slot, under parent: Slot) {
    nodes[child].parent = parent
    nodes[child].next = 0
    let first = nodes[parent].first
    if first == 0 {
      nodes[parent].first = child
      nodes[child].previous = child
    } else {
      let last = nodes[first].previous
      nodes[last].next = child
      nodes[child].previous = last
      nodes[first].previous = child
    }
  }

  @inline(__always)
  func unlink(_ child: Slot) {
    let parent = nodes[child].parent
    let (next, previous) = (nodes[child].next, nodes[child].previous)
    let first = nodes[parent].first
    if child == first {
      nodes[parent].first = next
      if next != 0 { nodes[next].previous = previous }
    } else {
      nodes[previous].next = next
      nodes[next == 0 ? first : next].previous = previous
    }
  }

  func link(wait: Slot, under node: Slot) {
    waits[wait].node = node
    waits[wait].next = 0
    let first = nodes[node].waits
    if first == 0 {
      nodes[node].waits = wait
      waits[wait].previous = wait
    } else {
      let last = waits[first].previous
      waits[last].next = wait
      waits[wait].previous = last
      waits[first].previous = wait
    }
  }

  func unlink(wait: Slot) {
    let node = waits[wait].node
    let (next, previous) = (waits[wait].next, waits[wait].previous)
    let first = nodes[node].waits
    if wait == first {
      nodes[node].waits = next
      if next != 0 { waits[next].previous = previous }
    } else {
      waits[previous].next = next
      waits[next == 0 ? first : next].previous = previous
    }
  }
}
