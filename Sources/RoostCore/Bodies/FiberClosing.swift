internal import CShim

// How a fiber closes its groups and scopes, and waits for that (C7b, G1). Nothing takes it out of
// that wait: it goes on when what it closes has ended.

extension Engine {
  /// Closes a group or scope with the outcome of the body so far, and answers what goes on. What
  /// is told of the end is written to `result`, which begins with its size, and kept.
  public static func close(
    _ handle: Handle, isGroup: Bool, _ code: Int32, _ result: UnsafeMutableRawPointer?
  ) throws(Failure) -> Int32 {
    let worker = try unsafe currentWorker()
    let (runtime, block) = try find(handle, isGroup ? .group : .scope)
    guard unsafe runtime.raw == worker.pointee.runtime.raw else {
      throw Failure(.foreign, handle, "belongs to another runtime than the fiber")
    }
    try unsafe check(block, worker, handle)
    var options = JoinOptions()
    unsafe options.join = closed
    unsafe options.data = UnsafeMutableRawPointer(worker)
    try join(runtime, block, handle, code, options)
    if unsafe result != nil {
      nodes[block].flags.insert(.held)
      unsafe worker.pointee.result = result
    }
    if blocks[block].isBracket { unsafe worker.pointee.current = nodes[block].parent }
    unsafe worker.pointee.closing = block
    return unsafe runtime.park(worker)
  }

  private static func check(_ block: Slot, _ worker: WorkerPointer, _ handle: Handle)
    throws(Failure)
  {
    guard blocks[block].isBracket, nodes[block].state == .open else {
      // Not its own root, nor what it is in.
      var node = unsafe worker.pointee.current
      while node != 0, node != block, !isMeant(node, for: block) { node = nodes[node].parent }
      guard node == 0 else {
        throw Failure(.order, handle, "is around this fiber, which it would wait for")
      }
      return
    }
    guard unsafe worker.pointee.current == block else {
      throw Failure(
        .order, handle, "is not the innermost that this fiber has open; close that first")
    }
  }

  /// Whether what is in a node will be in a group when it reports (L4), which waits for that.
  private static func isMeant(_ node: Slot, for group: Slot) -> Bool {
    nodes[node].kind == .group && nodes[node].rare.contains(.hidden) && blocks[node].target == group
  }

  /// What is told of the end.
  private static let closed: JoinFunction = { id, result, data in
    let worker = unsafe Worker.at(data)
    guard let result = unsafe result else { return }
    unsafe worker.pointee.closing = 0
    if let out = unsafe worker.pointee.result {
      unsafe worker.pointee.runtime.keepResult(of: Handle(id: id).slot, for: worker)
      unsafe worker.pointee.result = nil
      let size = unsafe out.load(as: UInt64.self)
      let known = Int(min(size, UInt64(MemoryLayout<Result>.size)))
      unsafe memcpy(out + 8, UnsafeRawPointer(result) + 8, known - 8)
    }
    let code = unsafe Int32(
      truncatingIfNeeded: result.assumingMemoryBound(to: Result.self).pointee.code)
    unsafe worker.pointee.runtime.goOn(worker, code)
  }

  /// Gives up what a closing has kept; ALREADY where there is nothing.
  public static func releaseResult(of handle: Handle) throws(Failure) -> Status {
    guard handle != .none else { return .already }
    let slot = handle.slot
    guard let runtime = locate(handle, .nodes), nodes[slot].generation == handle.generation,
      nodes[slot].kind.rawValue == handle.kindNumber, nodes[slot].state == .ended,
      nodes[slot].kind != .task, nodes[slot].flags.contains(.held)
    else {
      _ = try find(handle, .block)
      throw Failure(.order, handle, "has not been closed; release what its closing has told")
    }
    runtime.giveUpResult(of: slot)
    return .ok
  }
}

// What was told of a closing is kept, errors and outcomes with it, in a list of the fiber's, until
// it is released, or the fiber ends.

extension Runtime {
  fileprivate func keepResult(of block: Slot, for worker: WorkerPointer) {
    let first = unsafe worker.pointee.results
    unsafe nodes[block].data = UnsafeMutableRawPointer(worker)
    nodes[block].readyLink = Reference(number: first)
    unsafe worker.pointee.results = block
  }

  /// Linear in the number of those that were kept later.
  fileprivate func giveUpResult(of block: Slot) {
    let worker = unsafe Worker.at(nodes[block].data)
    let next = nodes[block].readyLink.number
    if unsafe worker.pointee.results == block {
      unsafe worker.pointee.results = next
    } else {
      var before = unsafe worker.pointee.results
      while nodes[before].readyLink.number != block { before = nodes[before].readyLink.number }
      nodes[before].readyLink = Reference(number: next)
    }
    freeResult(of: block)
  }

  /// Drops of results may run, which may call anything.
  func freeResult(of block: Slot) {
    nodes[block].flags.remove(.held)
    let errors = blocks[block].errors
    blocks[block].errors = 0
    if errors != 0 { freeErrors(errors) }
    releaseKept(in: block)
    freeRow(block)
  }

  func giveUpEndedResults() {
    var stale = state.endedResults
    while stale != 0 {
      nodes[stale].flags.remove(.held)
      stale = nodes[stale].readyLink.number
    }
    while state.endedResults != 0 {
      let block = state.endedResults
      state.endedResults = nodes[block].readyLink.number
      freeResult(of: block)
    }
  }
}
