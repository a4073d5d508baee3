internal import CShim

/// What a cleanup may be registered with.
@safe
public struct CleanupOptions {
  /// The cleanup.
  public var run: CleanupFunction
  /// For one that answers PENDING, should it be cancelled (K2b).
  public var onCancel: CancelFunction? = nil
  /// What the functions get.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// Copied; nil: "cleanup of" and the name of its node.
  public var name: UnsafePointer<CChar>? = nil
  /// Runs as a fiber, and waits by calling (K2).
  public var isFiber = false

  /// A cleanup, and nothing else.
  public init(run: @escaping CleanupFunction) { unsafe self.run = run }
}

extension Engine {
  /// Registers a cleanup on a node (K1), also on one that is ending (K6). All that it will need is
  /// got here (K2c).
  @discardableResult
  public static func deferCleanup(on handle: Handle, _ options: CleanupOptions) throws(Failure)
    -> Handle
  {
    let (runtime, node) = try find(handle, .node)
    guard !runtime.isAbandoned(node) else {
      throw Failure(.invalid, handle, "may be abandoned; put the cleanup on its group")
    }
    if unsafe runtime.isHosted(options.run) { try unsafe runtime.reserveKey(options.data, handle) }
    var stack: UInt8 = 0
    if options.isFiber {
      guard let reserved = runtime.reserveStack(for: node) else {
        throw Failure(.noMemory, handle, "no stack for a cleanup on it; see vm.max_map_count")
      }
      stack = reserved
    }
    let cleanup = runtime.takeCleanup(for: node)
    guard cleanup != 0 else {
      runtime.unreserveStack(stack)
      throw Failure(.noMemory, handle, "no memory for a cleanup on it")
    }
    cleanups[cleanup].isFiber = options.isFiber
    cleanups[cleanup].stack = stack
    runtime.state.counters.allCleanups &+= 1
    cleanups[cleanup].state = .registered
    cleanups[cleanup].node = node
    cleanups[cleanup].next = nodes[node].cleanups
    nodes[node].cleanups = cleanup
    unsafe cleanups[cleanup].run = options.run
    unsafe cleanups[cleanup].onCancel = options.onCancel
    unsafe cleanups[cleanup].data = options.data
    unsafe cleanups[cleanup].drop = options.drop
    unsafe cleanups[cleanup].isNamed = options.name != nil
    if let name = unsafe options.name { unsafe Name.copy(name, to: &cleanupNames[cleanup].bytes) }
    return Handle(.cleanup, generation: cleanups[cleanup].generation, slot: cleanup)
  }

  /// Takes a cleanup back, and drops its data, which is the last that happens here (K3).
  public static func undefer(_ handle: Handle) throws(Failure) {
    let (runtime, cleanup) = try findCleanup(handle)
    let node = cleanups[cleanup].node
    if nodes[node].cleanups == cleanup {
      nodes[node].cleanups = cleanups[cleanup].next
    } else {
      var before = nodes[node].cleanups
      while cleanups[before].next != cleanup { before = cleanups[before].next }
      cleanups[before].next = cleanups[cleanup].next
    }
    let (drop, data) = unsafe (cleanups[cleanup].drop, cleanups[cleanup].data)
    runtime.unreserveStack(cleanups[cleanup].stack)
    runtime.state.cleanupSlab.give(cleanup)
    runtime.state.nodeSlab.unreserve(1)
    if nodes[node].flags.contains(.graced) { runtime.state.timers.unreserve(2) }
    unsafe drop?(data)
  }
}

extension Runtime {
  /// A cleanup, with the row that it will run as and the timers of its shield (K2c); 0 without
  /// memory.
  fileprivate func takeCleanup(for node: Slot) -> Slot {
    guard state.nodeSlab.reserve(1) else { return 0 }
    let isGraced = nodes[node].flags.contains(.graced)
    if !isGraced || state.timers.reserve(2) {
      let cleanup = state.cleanupSlab.take()
      if cleanup != 0 { return cleanup }
      if isGraced { state.timers.unreserve(2) }
    }
    state.nodeSlab.unreserve(1)
    return 0
  }

  /// Runs the cleanups of a node, the one registered last first, each as a task of its own beneath
  /// the node, which does not see the node's cancellation (K2). One is gone from the node before it
  /// is called, so that it can register others, which run next (K4). Answers over when all have
  /// run.
  func runCleanups(of node: Slot, _ row: Place<Node>) -> Advance {
    if row[].state != .cleaning {
      row[].state = .cleaning
      // K2: its own deadline does not reach them.
      if row[].flags.contains(.detailed) { removeTimer(node) }
    }
    while row[].cleanups != 0 {
      let slot = row[].cleanups
      let cleanup = cleanups.row(slot)
      let (task, own) = state.nodeSlab.takeReserved()
      reset(task, own, .task, .running)
      own[].flags = [.cleanup, .shielded, .started]
      own[].parent = node
      let (run, data) = unsafe (cleanup[].run, cleanup[].data)
      unsafe (own[].data, own[].start) = (data, nil)
      if unsafe cleanup[].onCancel != nil || cleanup[].drop != nil || cleanup[].isNamed {
        dress(task, slot)
      }
      row[].cleanups = cleanup[].next
      let (isFiber, stack) = (cleanup[].isFiber, cleanup[].stack)
      state.cleanupSlab.give(slot, cleanup)
      state.unlinked = task
      if isFiber {
        unsafe beginFiberCleanup(task, own, run, stack, of: node, row)
        return .blocked
      }
      if unsafe isHosted(run), let host = unsafe state.host {
        unsafe beginHostedCleanup(task, own, host, of: node, row)
        return .blocked
      }
      if !row[].flags.isDisjoint(with: [.graced, .unsheltered, .stopping, .traced]) {
        expose(task, own, to: node, row)
      }
      var why = outcome(of: node, row)
      let name = Handle(.task, generation: own[].generation, slot: task)
      show(task)
      let answer = unsafe run.unsafelyUnwrapped(name.id, &why, data)
      show(node)
      if answer == 0, state.unlinked == task, own[].isSpotless {
        // The usual one: it has ended in its first step, and nothing is left of it.
        state.unlinked = 0
        state.nodeSlab.give(task, own)
        continue
      }
      linkCleanup()
      return stepEnded(task, own, answer) ? .down(task) : .blocked
    }
    return .over
  }

  /// A cleanup whose first step runs is in the tree only when something makes a difference to it.
  /// Beneath its node it sees what that has and its shield does not keep off.
  func linkCleanup() {
    let task = state.unlinked
    guard task != 0 else { return }
    state.unlinked = 0
    let own = nodes.row(task)
    let node = own[].parent
    let row = nodes.row(node)
    link(task, under: node)
    if row[].kind != .task { blocks[node].tasks &+= 1 }
    // With what it has opened in its first step.
    if row[].flags.contains(.stopping) { markStopping(task) }
    inherit(task, own, row)
  }

  /// The same before its first step, where its shield does not hold for ever, or it is traced.
  @inline(never)
  func expose(_ task: Slot, _ own: Place<Node>, to node: Slot, _ row: Place<Node>) {
    if row[].flags.contains(.graced) {
      detail(task)
      own[].flags.insert(.graced)
      shelters[task] = Shelter(grace: shelters[node].grace, passing: 0, holding: 0)
    }
    linkCleanup()
    // It is told in a later turn, when it has begun (K2b).
    if own[].flags.contains(.cancelled) { deliverToBody(task, own) }
  }

  /// What few cleanups have.
  private func dress(_ task: Slot, _ cleanup: Slot) {
    detail(task)
    unsafe details[task].onCancel = cleanups[cleanup].onCancel
    unsafe details[task].drop = cleanups[cleanup].drop
    if cleanups[cleanup].isNamed {
      names[task] = cleanupNames[cleanup]
      nodes[task].flags.insert(.named)
    }
  }

  /// What a node's cleanups are told (K1).
  @inline(__always)
  func outcome(of node: Slot, _ row: Place<Node>) -> Outcome {
    guard row[].kind == .task else { return blockOutcome(node) }
    guard !row[].flags.contains(.detailed) || row[].code < 0 else {
      return taskOutcome(node)
    }
    let isCancelled = row[].flags.contains(.endedCancelled)
    let ending: Ending = isCancelled ? .cancelled : row[].code < 0 ? .failed : .completed
    return unsafe Outcome(
      size: UInt64(MemoryLayout<Outcome>.size), state: ending.rawValue, code: Int64(row[].code),
      started: row[].flags.contains(.started) ? 1 : 0, result: nil,
      reason: isCancelled ? UnsafePointer(reasons.pointer(source(of: node))) : nil)
  }

  private func blockOutcome(_ block: Slot) -> Outcome {
    let result = result(of: block)
    return unsafe Outcome(
      size: UInt64(MemoryLayout<Outcome>.size), state: result.state, code: result.code, started: 1,
      result: nil, reason: result.reason)
  }
}

extension Node {
  /// In its first step, and nothing but its row remembers it.
  @inline(__always)
  fileprivate var isSpotless: Bool {
    state == .running && first == 0 && waits == 0 && cleanups == 0
      && flags.isDisjoint(with: [.detailed, .named, .inReadyQueue])
  }
}
