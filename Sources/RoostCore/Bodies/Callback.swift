internal import CShim

// The callback body (S2a): C functions that are called for the first step and for a cancellation,
// and a call that ends it.

extension Runtime {
  /// The first step. A task that is cancelled already takes it too (C6a).
  func begin(_ task: Slot) {
    nodes[task].state = .running
    nodes[task].flags.insert(.started)
    if nodes[task].flags.contains(.detailed), details[task].timeout != 0 { startTimeout(task) }
    let answer = unsafe nodes[task].start.unsafelyUnwrapped(handle(task).id, nodes[task].data)
    if stepEnded(task, answer) { settle(task) }
  }

  /// Tells a task that it is cancelled, once (K7). Answering 0 is the end.
  func tellCancel(_ task: Slot) {
    nodes[task].flags.remove(.tellCancel)
    nodes[task].flags.insert(.toldCancel)
    nodes[task].state = .running
    let answer = unsafe details[task].onCancel.unsafelyUnwrapped(
      handle(task).id, reason(task), nodes[task].data)
    if stepEnded(task, answer == 0 ? Status.cancelled.code : answer) { settle(task) }
  }

  /// What a step has answered; true when the body is over. One that called `finish` has ended, and
  /// its answer counts for nothing.
  func stepEnded(_ task: Slot, _ answer: Int32) -> Bool {
    guard nodes[task].state == .running else { return true }
    if answer == Status.pending.code {
      nodes[task].state = .pending
      if nodes[task].flags.contains(.cancelled), !nodes[task].flags.contains(.toldCancel) {
        deliverToBody(task)
      }
      return false
    }
    endBody(task, answer > 0 ? Status.invalid.code : answer)
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
    let isInStep = nodes[task].state == .running
    guard isInStep || nodes[task].state == .pending else {
      if nodes[task].state.rawValue < Node.State.running.rawValue {
        throw Failure(.order, handle, "has not started; cancel it, or finish it from its start on")
      }
      throw Failure(.done, handle, "has finished already; finish once")
    }
    if unsafe result != nil || drop != nil {
      runtime.detail(task)
      unsafe details[task].result = result
      unsafe details[task].resultDrop = drop
    }
    runtime.endBody(task, code)
    if !isInStep { runtime.push(Reference(node: task)) }
  }
}
