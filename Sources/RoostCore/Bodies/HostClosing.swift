internal import CShim

// How hosted tasks close what they have open (C7b, G1), and leave it out of order (B1a).

typealias KeptResultPointer = UnsafeMutablePointer<KeptResult>

/// The result of a closing that was told, with the row that has its errors.
@safe
struct KeptResult {
  var result: Result
  var block: Slot
  var next: KeptResultPointer?
}

extension Runtime {
  /// Closes the innermost that a hosted task has open. The host is told of that where it is a
  /// group, or where it wants to be.
  func closeBracket(_ block: Slot, of task: Slot, _ ask: HostAsk, _ host: HostPointer)
    throws(Failure)
  {
    var options = JoinOptions()
    let isScope = nodes[block].kind == .scope
    if !isScope || ask.value & HostAsk.tell != 0 {
      unsafe options.join = hostClosed
      unsafe options.data = UnsafeMutableRawPointer(bitPattern: UInt(ask.key))
    }
    let outer = nodes[block].parent
    let isTold = unsafe options.join != nil
    guard let entry = unsafe host.pointee.keys.entry(ask.key) else { return }
    try Engine.join(self, block, handle(block), ask.code, options, inThisStep: isScope)
    setHere(task, outer)
    if isTold {
      unsafe (entry.pointee.closing, entry.pointee.code) = (.waits, Int32(bitPattern: block))
    }
    // A scope that has nothing left is over now.
    if isScope { settle(block, nodes.row(block)) }
  }

  /// The hosted task that has a node open, as one of its brackets.
  fileprivate func hostedOwner(of block: Slot) -> Slot? {
    guard blocks[block].isBracket, nodes[block].state == .open else { return nil }
    var node = nodes[block].parent
    while node != 0, nodes[node].kind != .task { node = nodes[node].parent }
    return node != 0 && isHosted(node) ? node : nil
  }

  /// Told of the end of what was closed, while its row is still there.
  private var hostClosed: JoinFunction {
    { _, result, data in
      guard let host = unsafe Engine.host, let result = unsafe result else { return }
      let told = unsafe result.assumingMemoryBound(to: Result.self)
      let runtime = unsafe host.pointee.runtime
      let key = UInt64(UInt(bitPattern: data))
      guard let entry = unsafe host.pointee.keys.entry(key),
        unsafe entry.pointee.closing == .waits
      else { return }
      // It may have been ended by a call meanwhile.
      let task = unsafe Handle(id: entry.pointee.handle).slot
      guard runtime.isHosted(task), nodes[task].state == .pending else { return }
      unsafe entry.pointee.closing = .ended
      unsafe entry.pointee.code = Int32(truncatingIfNeeded: told.pointee.code)
      unsafe entry.pointee.kept = runtime.keep(told.pointee)
      nodes[task].state = .yielding
      runtime.push(Reference(node: task))
    }
  }

  /// Keeps a result until the next turn, where there is more to it than success; nil else, and
  /// without memory.
  fileprivate func keep(_ told: Result) -> KeptResultPointer? {
    let isPlain =
      told.state == Ending.completed.rawValue && told.cancelCalled == 0 && told.errorCount == 0
      && told.winner == 0
    guard !isPlain, let memory = unsafe shim_alloc(MemoryLayout<KeptResult>.size) else {
      return nil
    }
    let block = Handle(id: told.node).slot
    let kept = unsafe memory.bindMemory(to: KeptResult.self, capacity: 1)
    unsafe kept.initialize(to: KeptResult(result: told, block: block, next: nil))
    if unsafe told.reason != nil {
      keepReason(of: block)
      unsafe kept.pointee.result.reason = UnsafePointer(reasons.pointer(block))
    }
    nodes[block].flags.insert(.held)
    return unsafe kept
  }

  /// It is the host's, until the turn after the one that tells of it.
  func hand(_ kept: KeptResultPointer, to host: HostPointer) {
    unsafe kept.pointee.next = host.pointee.results
    unsafe host.pointee.results = kept
  }

  /// What was last told of closings goes, with all that it held.
  func giveUpResults(of host: HostPointer) {
    while let kept = unsafe host.pointee.givenResults {
      unsafe host.pointee.givenResults = kept.pointee.next
      let block = unsafe kept.pointee.block
      unsafe shim_free(kept)
      freeResult(of: block)
    }
  }
}

extension Engine {
  /// Closes a scope that a hosted task has open, at once, and answers what goes on; what is told of
  /// it is given, and is there until the next turn. PENDING where a cleanup has still to end (K2a).
  public static func closeHostedScope(
    _ handle: Handle, _ code: Int32, _ out: UnsafeMutableRawPointer?
  ) throws(Failure) -> Int32 {
    let (runtime, scope) = try find(handle, .scope)
    guard let host = unsafe runtime.state.host, let task = runtime.hostedOwner(of: scope),
      runtime.here(task) == scope
    else {
      throw Failure(.order, handle, "is not the innermost that a hosted task has open")
    }
    guard nodes[scope].first == 0, nodes[scope].waits == 0, runtime.canBeCleanedNow(scope) else {
      throw Failure(.order, handle, "has to wait for something in it; close it by an ask")
    }
    var options = JoinOptions()
    unsafe options.join = hostClosedNow
    let outer = nodes[scope].parent
    try join(runtime, scope, handle, code, options, inThisStep: true)
    runtime.setHere(task, outer)
    unsafe host.pointee.result = nil
    let wasTurning = runtime.state.isTurning
    runtime.state.isTurning = true
    runtime.settle(scope, nodes.row(scope))
    runtime.state.isTurning = wasTurning
    guard let result = unsafe host.pointee.result else {
      // A cleanup of callbacks has not ended: the result goes to what is around it (T1d).
      unsafe blocks[scope].join = nil
      return Status.pending.code
    }
    if let out = unsafe out {
      let known = Int(min(unsafe out.load(as: UInt64.self), UInt64(MemoryLayout<Result>.size)))
      unsafe withUnsafeBytes(of: result) {
        _ = unsafe memcpy(out + 8, $0.baseAddress.unsafelyUnwrapped + 8, known - 8)
      }
    }
    return Int32(truncatingIfNeeded: result.code)
  }

  private static var hostClosedNow: JoinFunction {
    { _, result, _ in
      guard let host = unsafe Engine.host, let result = unsafe result else { return }
      let told = unsafe result.assumingMemoryBound(to: Result.self).pointee
      let kept = unsafe host.pointee.runtime.keep(told)
      if let kept = unsafe kept { unsafe host.pointee.runtime.hand(kept, to: host) }
      unsafe host.pointee.result = kept?.pointee.result ?? told
    }
  }

  /// Takes what a hosted task has open out of its brackets, and cancels it (B1a).
  public static func abandonBracket(_ handle: Handle) throws(Failure) {
    let (runtime, block) = try find(handle, .block)
    guard let task = runtime.hostedOwner(of: block) else {
      throw Failure(.order, handle, "is nothing that a hosted task has open")
    }
    var inner = runtime.here(task)
    while inner != task, inner != block {
      blocks[inner].isBracket = false
      inner = nodes[inner].parent
    }
    blocks[block].isBracket = false
    runtime.setHere(task, nodes[block].parent)
    unsafe runtime.cancel(block, .leftOpen)
  }
}

extension Runtime {
  /// Whether all cleanups of a node are functions, which may end in their first step (K2a).
  fileprivate func canBeCleanedNow(_ node: Slot) -> Bool {
    var cleanup = nodes[node].cleanups
    while cleanup != 0 {
      let run = unsafe cleanups[cleanup].run
      if unsafe cleanups[cleanup].isFiber || isHosted(run) { return false }
      cleanup = cleanups[cleanup].next
    }
    return true
  }
}
