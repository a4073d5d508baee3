// A filter decides for each error of its group (G2). It is asked from the loop: the error waits in
// a list of the group's, the group is in the ready queue as long as there are any, and therefore
// cannot end; nor does the node that failed go on to its cleanups (G2a).

extension Runtime {
  func putBeforeFilter(_ row: Slot, of block: Slot) {
    nodes[row].flags.insert(.listed)
    let waiter = errors[row].waiter
    if waiter != 0 { nodes[waiter].flags.insert(.asked) }
    if blocks[block].askLast == 0 {
      blocks[block].askFirst = row
    } else {
      errors[blocks[block].askLast].next = row
    }
    blocks[block].askLast = row
    push(Reference(node: block))
  }

  /// Asks for what was there when it began, so that a filter which makes further errors does not
  /// keep the loop.
  func askFilter(of block: Slot) {
    let last = blocks[block].askLast
    var row: Slot
    repeat {
      row = blocks[block].askFirst
      blocks[block].askFirst = errors[row].next
      if errors[row].next == 0 { blocks[block].askLast = 0 }
      errors[row].next = 0
      let (filter, data) = unsafe (blocks[block].filter, blocks[block].filterData)
      let answer = unsafe filter.unsafelyUnwrapped(handle(block).id, recordPointer(row), data)
      apply(Verdict(rawValue: answer) ?? .cancelRest, to: row, in: block)
    } while row != last
    if blocks[block].askFirst != 0 { push(Reference(node: block)) }
  }

  /// It applies to what is left, whatever the filter did meanwhile.
  private func apply(_ verdict: Verdict, to row: Slot, in block: Slot) {
    let waiter = errors[row].waiter
    switch verdict {
    case .record: accept(row, in: block, errors[row].source)
    case .cancelRest:
      cancelRest(of: block, for: row)
      accept(row, in: block, errors[row].source)
    case .drop: dropUnlisted(row)
    }
    guard waiter != 0 else { return }
    nodes[waiter].flags.remove(.asked)
    push(Reference(node: waiter))
  }
}
