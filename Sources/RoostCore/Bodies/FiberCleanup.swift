// Cleanups that are fibers (K2). Those of a fiber run on its own stack, once its function has
// returned: while it has cleanups left, a stack is reserved in its name. Any other brings a
// reserved stack along from its registration (K2c).

extension Runtime {
  /// A stack for a cleanup that is registered on a node: its size; 0 where the node's own will be
  /// free then, nil without memory.
  func reserveStack(for node: Slot) -> UInt8? {
    let row = nodes.row(node)
    if row[].kind == .task, row[].rare.contains(.fiber),
      row[].isInBody || row[].flags.contains(.keepsStack)
    {
      return 0
    }
    let size = StackSize(exponent: stackSize(inside: node))
    return state.stacks[size.index].reserve(size, for: self) ? size.exponent : nil
  }

  func unreserveStack(_ exponent: UInt8) {
    guard exponent != 0 else { return }
    state.stacks[StackSize(exponent: exponent).index].unreserve()
  }

  /// Puts a cleanup among its node's children, and among what is ready.
  func beginFiberCleanup(
    _ task: Slot, _ own: Place<Node>, _ run: CleanupFunction?, _ stack: UInt8, of node: Slot,
    _ row: Place<Node>
  ) {
    own[].state = .ready
    own[].rare.insert(.fiber)
    unsafe own[].start = unsafeBitCast(run, to: StartFunction?.self)
    extras[task].borrowsStack = stack == 0
    own[].code = Int32(stack == 0 ? extras[node].keptStack : stack)
    if row[].flags.isDisjoint(with: [.graced, .unsheltered, .stopping, .traced]) {
      linkCleanup()
    } else {
      expose(task, own, to: node, row)
    }
    push(task, own)
  }

  /// On its own stack.
  func callCleanup(
    _ name: Handle, _ row: Place<Node>, _ run: @escaping StartFunction,
    _ data: UnsafeMutableRawPointer?
  ) -> Int32 {
    let node = row[].parent
    var why = outcome(of: node, nodes.row(node))
    let cleanup = unsafe unsafeBitCast(run, to: CleanupFunction.self)
    let answer = unsafe cleanup(name.id, &why, data)
    return answer > 0 ? Status.invalid.code : answer
  }

  /// A fiber's function has returned.
  @inline(__always)
  func giveStack(_ worker: WorkerPointer, _ row: Place<Node>) {
    let (size, task) = unsafe (worker.pointee.size, worker.pointee.task)
    unsafe state.stacks[size.index].give(worker)
    guard row[].cleanups != 0 || row[].flags.contains(.cleanup) else { return }
    if row[].cleanups != 0 {
      row[].flags.insert(.keepsStack)
      extras[task].keptStack = size.exponent
      state.stacks[size.index].reserveAgain()
    } else if extras[task].borrowsStack {
      state.stacks[size.index].reserveAgain()
    }
  }

  /// A fiber's cleanups have run. What it has borrowed goes back to its node.
  func releaseStack(of task: Slot) {
    nodes[task].flags.remove(.keepsStack)
    let isLent = nodes[task].flags.contains(.cleanup) && extras[task].borrowsStack
    if !isLent { unreserveStack(extras[task].keptStack) }
  }
}
