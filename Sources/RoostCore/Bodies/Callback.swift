internal import CShim

// The callback body (S2a): C functions that are called for the first step and for a cancellation,
// and a call that ends it.

extension Runtime {
  /// The first step. A task that is cancelled already takes it too (C6a).
  @inline(__always)
  func begin(_ task: Slot, _ row: Place<Node>) {
    row[].state = .running
    row[].flags.insert(.started)
    // It is told in a later turn, before any wait that it begins now (C6a, S2b).
    if row[].flags.contains(.cancelled) { deliverToBody(task, row) }
    if row[].flags.contains(.detailed), details[task].timeout != 0 { startTimeout(task) }
    let name = Handle(.task, generation: row[].generation, slot: task)
    let answer = unsafe row[].start.unsafelyUnwrapped(name.id, row[].data)
    if stepEnded(task, row, answer) { settle(task, row) }
  }

  /// Tells a task that it is cancelled, once (K7). Answering 0 is the end.
  func tellCancel(_ task: Slot, _ row: Place<Node>) {
    row[].flags.remove(.tellCancel)
    row[].flags.insert(.toldCancel)
    row[].state = .running
    let name = Handle(.task, generation: row[].generation, slot: task)
    let source = source(of: task)
    let answer = unsafe details[task].onCancel.unsafelyUnwrapped(
      name.id, reasons.pointer(source), row[].data)
    if answer == 0, row[].state == .running, !row[].flags.contains(.cleanup) {
      endCancelled(task, row)
      settle(task, row)
    } else if stepEnded(task, row, answer == 0 ? Status.cancelled.code : answer) {
      settle(task, row)
    }
  }

  /// What a step has answered, an error included (B3); true when the body is over. One that called
  /// `finish` has ended, and its answer counts for nothing.
  @inline(__always)
  func stepEnded(_ task: Slot, _ row: Place<Node>, _ answer: Int32) -> Bool {
    guard row[].state == .running else { return true }
    if answer == Status.pending.code {
      row[].state = .pending
      return false
    }
    endBody(task, row, answer > 0 ? Status.invalid.code : answer)
    return true
  }
}

extension Engine {
  /// Ends a task, or a cleanup that answered PENDING (S2a). Runs nobody's code: cleanups, drops and
  /// whoever is told come in later steps.
  public static func finish(
    _ handle: Handle, _ code: Int32, _ result: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) {
    let (runtime, task) = try find(handle, .task)
    guard !nodes[task].flags.contains(.blocking) else {
      throw Failure(.invalid, handle, "is a blocking task; its function ends it, by its answer")
    }
    guard !nodes[task].rare.contains(.fiber) else {
      throw Failure(.invalid, handle, "is a fiber; its function ends it, by its answer")
    }
    let isInStep = nodes[task].state == .running
    guard isInStep || nodes[task].state == .pending else {
      if nodes[task].state.rawValue < Node.State.running.rawValue {
        throw Failure(
          .invalid, handle, "has not started; cancel it, or finish it from its start on")
      }
      throw Failure(.done, handle, "has finished already; finish once")
    }
    if unsafe result != nil || drop != nil {
      runtime.detail(task)
      unsafe details[task].result = result
      unsafe details[task].resultDrop = drop
    }
    runtime.endBody(task, nodes.row(task), code)
    if !isInStep { runtime.push(Reference(node: task)) }
  }
}
