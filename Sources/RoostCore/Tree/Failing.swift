internal import CShim

// Errors are listed with the group that answers for them (G3). An error's place is the row of the
// node that failed, which is kept for the list's life, or a row that was reserved: listing one
// cannot fail for want of memory (B4).

extension Runtime {
  /// A task or a cleanup has failed: its group learns of it at once (G2a).
  func fail(_ task: Slot, _ code: Int32) {
    let block = answering(for: task)
    let isCleanup = nodes[task].flags.contains(.cleanup)
    // K3a: of a cleanup, its owner has failed, whatever the body of that brought.
    nodes[isCleanup ? nodes[task].parent : task].flags.insert(.faulty)
    fill(task, code, of: task)
    judge(task, in: block, isCleanup ? .cleanup : .task, waiter: task)
  }

  /// The body of a group or scope has failed (G4).
  func failBody(of block: Slot, _ code: Int32) {
    let row = takeReserved(from: block)
    fill(row, code, of: block)
    judge(row, in: block, .body, waiter: 0)
  }

  /// The group or scope in whose result the errors of a node are listed.
  func answering(for node: Slot) -> Slot {
    var parent = nodes[node].parent
    while nodes[parent].kind == .task { parent = nodes[parent].parent }
    return parent
  }

  /// What the group makes of an error (G2): its filter will say so in a later step, and the waiter
  /// goes on then; else its policy does at once.
  func judge(_ row: Slot, in block: Slot, _ source: ListedError.Source, waiter: Slot) {
    // G3a: one error asks no filter and knows no policy.
    let isFatal = errors[row].record.code == Int64(Status.fatal.code)
    if unsafe blocks[block].filter != nil, !isFatal {
      errors[row].waiter = waiter
      errors[row].source = source
      return putBeforeFilter(row, of: block)
    }
    // G4: the body's error cancels under every policy.
    let cancels = isFatal || source == .body || blocks[block].policy == .failFast
    if cancels { cancelRest(of: block, for: row) }
    accept(row, in: block, source)
  }

  func accept(_ row: Slot, in block: Slot, _ source: ListedError.Source) {
    let code = Int32(errors[row].record.code)
    // G3a: one kind of error comes before the first.
    if code == Status.fatal.code || source != .task && blocks[block].raisedCode == 0 {
      blocks[block].raisedCode = code
    }
    list(row, in: block)
  }

  /// The first error cancels the rest. One that is closing has nothing left to cancel.
  func cancelRest(of block: Slot, for row: Slot) {
    guard nodes[block].kind == .group,
      nodes[block].state == .open || nodes[block].state == .joining
    else { return }
    // The node that failed; where it has gone, its record, which has its name.
    let failed = Handle(id: errors[row].record.node)
    let isThere = nodes[failed.slot].generation == failed.generation
    let status = unsafe cancel(
      block, .failedSibling, code: errors[row].record.code, began: isThere ? failed.slot : row)
    if status == .ok { reasons[block].node = failed.id }
  }

  /// A row of those reserved with a group or scope, as a record: it is no node.
  func takeReserved(from node: Slot) -> Slot {
    blocks[node].reserved -= 1
    let (row, place) = state.nodeSlab.takeReserved()
    reset(row, place, .task, .ended)
    nodes[row].flags = .record
    return row
  }

  /// Writes the error of a node into a row: its own, or a record's.
  func fill(_ row: Slot, _ code: Int32, of node: Slot) {
    errors[row] = ListedError()
    errors[row].record.code = Int64(code)
    errors[row].record.node = handle(node).id
    if row == node {
      unsafe errors[row].record.name = name(node)
    } else {
      // The record may outlive the node.
      unsafe setName(row, name(node))
      unsafe errors[row].record.name = name(row)
    }
    if row == node, nodes[row].flags.contains(.detailed) {
      unsafe errors[row].record.message = UnsafePointer(details[row].text)
      unsafe errors[row].record.object = details[row].result
    }
  }

  /// Appends an error to a block's list, or only counts it when the list is full (G3).
  func list(_ row: Slot, in block: Slot) {
    blocks[block].errorCount += 1
    let code = Int32(errors[row].record.code)
    if blocks[block].errorCount == 1 || code == Status.fatal.code {
      blocks[block].firstCode = code
    }
    guard blocks[block].listed < blocks[block].maxErrors else { return dropUnlisted(row) }
    blocks[block].listed += 1
    nodes[row].flags.insert(.listed)
    let last = blocks[block].lastError
    if last == 0 {
      blocks[block].errors = row
    } else {
      errors[last].next = row
      unsafe errors[last].record.next = recordPointer(row)
    }
    blocks[block].lastError = row
  }

  func dropUnlisted(_ row: Slot) {
    // A record, or what has left the tree, is the list's alone.
    if nodes[row].state == .ended { return freeErrors(row) }
    nodes[row].flags.remove(.listed)
    let nested = errors[row].children
    errors[row] = ListedError()
    freeErrors(nested)
  }

  /// Appends an error to those nested in another.
  func nest(_ row: Slot, in outer: Slot) {
    nodes[row].flags.insert(.listed)
    let last = errors[outer].lastChild
    if last == 0 {
      errors[outer].children = row
      unsafe errors[outer].record.children = recordPointer(row)
    } else {
      errors[last].next = row
      unsafe errors[last].record.next = recordPointer(row)
    }
    errors[outer].lastChild = row
  }

  /// Gives the list of a block over to an error as what is nested in it.
  func nestAll(of block: Slot, in outer: Slot) {
    let first = blocks[block].errors
    guard first != 0 else { return }
    errors[outer].children = first
    errors[outer].lastChild = blocks[block].lastError
    unsafe errors[outer].record.children = recordPointer(first)
    (blocks[block].errors, blocks[block].lastError) = (0, 0)
  }

  func recordPointer(_ row: Slot) -> UnsafePointer<ErrorRecord>? {
    guard row != 0 else { return nil }
    return unsafe UnsafeRawPointer(errors.pointer(row)).assumingMemoryBound(to: ErrorRecord.self)
  }

  /// Frees a list of errors and all that is nested in them, without recursion: what is nested is
  /// put in front of the rest.
  func freeErrors(_ first: Slot) {
    var row = first
    while row != 0 {
      var next = errors[row].next
      if errors[row].children != 0 {
        errors[errors[row].lastChild].next = next
        next = errors[row].children
      }
      nodes[row].flags.remove(.listed)
      if nodes[row].state == .ended, !nodes[row].isKept { freeRow(row) }
      row = next
    }
  }
}

extension ListedError {
  init() {
    unsafe record = ErrorRecord(
      size: UInt64(MemoryLayout<ErrorRecord>.size), code: 0, node: 0, name: nil, message: nil,
      object: nil, next: nil, children: nil)
    (next, children, lastChild, waiter, source) = (0, 0, 0, 0, .task)
  }
}
