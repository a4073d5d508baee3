internal import CShim

/// What a cleanup may be registered with.
public struct CleanupOptions {
  public var run: CleanupFunction
  public var onCancel: CancelFunction? = nil
  public var data: UnsafeMutableRawPointer? = nil
  public var drop: DropFunction? = nil
  public var name: UnsafePointer<CChar>? = nil

  public init(run: @escaping CleanupFunction) { unsafe self.run = run }
}

extension Engine {
  /// Registers a cleanup on a node (K1). All that it will need is got here (K2c).
  public static func onEnd(of handle: Handle, _ options: CleanupOptions) throws(Failure) -> Handle {
    let (runtime, node) = try find(handle, .node)
    guard runtime.state.nodeSlab.reserve(1) else {
      throw Failure(.noMemory, handle, "no memory for a cleanup on it")
    }
    let cleanup = runtime.state.cleanupSlab.take()
    guard cleanup != 0 else {
      runtime.state.nodeSlab.unreserve(1)
      throw Failure(.noMemory, handle, "no memory for a cleanup on it")
    }
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
    runtime.state.cleanupSlab.give(cleanup)
    runtime.state.nodeSlab.unreserve(1)
    unsafe drop?(data)
  }
}

extension Runtime {
  /// Runs the cleanup that was registered last, as a task of its own beneath the node, which does
  /// not see the node's cancellation (K2). It is gone from the node before it is called, so that it
  /// can register others, which run next (K4).
  func runCleanup(of node: Slot) -> Advance {
    let cleanup = nodes[node].cleanups
    nodes[node].cleanups = cleanups[cleanup].next
    nodes[node].state = .cleaning
    let task = state.nodeSlab.takeReserved()
    reset(task, .task, .running, in: node)
    nodes[task].flags = [.cleanup, .shielded, .started]
    nodes[task].source = task
    link(task, under: node)
    if nodes[node].kind != .task { blocks[node].tasks &+= 1 }
    let (run, data) = unsafe (cleanups[cleanup].run, cleanups[cleanup].data)
    unsafe nodes[task].data = data
    if unsafe cleanups[cleanup].onCancel != nil || cleanups[cleanup].drop != nil {
      detail(task)
      unsafe details[task].onCancel = cleanups[cleanup].onCancel
      unsafe details[task].drop = cleanups[cleanup].drop
    }
    if cleanups[cleanup].isNamed {
      names[task] = cleanupNames[cleanup]
      nodes[task].flags.insert(.named)
    }
    state.cleanupSlab.give(cleanup)
    var why = unsafe outcome(of: node)
    let answer = unsafe run.unsafelyUnwrapped(handle(task).id, &why, data)
    return stepEnded(task, answer) ? .down(task) : .blocked
  }

  /// What a node's cleanups are told (K1).
  private func outcome(of node: Slot) -> Outcome {
    guard nodes[node].kind == .task else {
      let result = unsafe result(of: node)
      return unsafe Outcome(
        size: UInt64(MemoryLayout<Outcome>.size), state: result.state, code: result.code,
        started: 1, result: nil, reason: result.reason)
    }
    return unsafe taskOutcome(node)
  }
}
