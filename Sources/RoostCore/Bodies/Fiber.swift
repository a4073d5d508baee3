internal import CShim
internal import CStack

// The fiber body: a function on a stack of its own, that waits by calling (S2). One that waits
// jumps straight to the next fiber of the batch; the loop's own stack is gone back to when the next
// thing to do is no fiber's, or when a fiber has ended, since what follows may be anybody's code.

/// What a fiber is spawned with.
@safe
public struct FiberOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// What it does.
  public var run: StartFunction
  /// What `run` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// Does not keep its group open, nor the loop going (L3).
  public var isDaemon = false
  /// Bytes of its stack; 0: what its group says.
  public var stackSize: UInt64 = 0

  /// A fiber, and nothing else.
  public init(run: @escaping StartFunction) { unsafe self.run = run }
}

extension FiberOptions {
  /// The same as a task's.
  var task: TaskOptions {
    var options = unsafe TaskOptions(start: run)
    options.common = common
    unsafe options.data = data
    unsafe options.drop = drop
    options.isDaemon = isDaemon
    return options
  }

  func stackExponent() throws(Failure) -> UInt8 {
    guard let exponent = StackSize.exponent(for: stackSize) else { throw tooLarge() }
    return exponent
  }
}

/// A stack size that is out of range.
func tooLarge() -> Failure {
  Failure(.invalid, nil, "stack_size is above 1 GiB; give a fiber less")
}

extension Engine {
  /// Spawns a fiber into a group (S2).
  @discardableResult
  public static func go(into group: Handle, _ options: FiberOptions, held: Bool) throws(Failure)
    -> Handle
  {
    let exponent = try options.stackExponent()
    let (runtime, node) = try find(group, .group)
    let task = try runtime.spawnUncommon(into: node, options.task, held: held)
    nodes[task].makeFiber(exponent)
    return runtime.handle(task)
  }

  /// The same with nothing but a function and its data.
  @inline(__always)
  public static func go(
    into group: Handle, _ run: @escaping StartFunction, _ data: UnsafeMutableRawPointer?
  ) throws(Failure) {
    var options = unsafe TaskOptions(start: run)
    unsafe options.data = data
    let task = try spawnPlain(into: group, options, held: false)
    nodes[task.slot].makeFiber(0)
  }

  /// The task of the fiber that runs on this thread; none outside of one.
  public static var current: Handle {
    guard let worker = unsafe runningWorker else { return .none }
    return unsafe worker.pointee.runtime.handle(worker.pointee.task)
  }

  /// The innermost node that it has open (T1).
  public static var here: Handle {
    guard let worker = unsafe runningWorker else { return .none }
    return unsafe worker.pointee.runtime.handle(worker.pointee.current)
  }

  /// Gives the fiber that runs a result beside its answer (L6).
  public static func setResult(_ result: UnsafeMutableRawPointer?, _ drop: DropFunction?)
    throws(Failure)
  {
    let worker = try unsafe currentWorker()
    let (runtime, task) = unsafe (worker.pointee.runtime, worker.pointee.task)
    runtime.detail(task)
    let (old, oldDrop) = unsafe (details[task].result, details[task].resultDrop)
    unsafe (details[task].result, details[task].resultDrop) = (result, drop)
    unsafe oldDrop?(old)
  }

  @inline(__always)
  static var runningWorker: WorkerPointer? {
    unsafe shim_fiber()?.assumingMemoryBound(to: Worker.self)
  }

  /// The fiber that runs; else NOTASK.
  @inline(__always)
  static func currentWorker() throws(Failure) -> WorkerPointer {
    guard let worker = unsafe runningWorker else { throw noFiber() }
    return unsafe worker
  }

  @inline(never)
  private static func noFiber() -> Failure {
    if shim_forked_in_fiber() != 0 {
      return Failure(
        .child, nil, "the fiber belongs to the process before fork; it cannot wait here")
    }
    return Failure(
      .noTask, nil,
      "waits, and no fiber runs here: use the call with a callback, roost_go or roost_fiber_defer"
    )
  }
}

extension Node {
  /// Its size of stack stands where its outcome will.
  @inline(__always)
  mutating func makeFiber(_ exponent: UInt8) {
    rare.insert(.fiber)
    code = Int32(exponent)
  }
}

extension Runtime {
  // MARK: On the loop's stack

  /// The first step of a fiber.
  func beginFiber(_ task: Slot, _ row: Place<Node>) {
    guard let worker = unsafe prepare(task, row) else {
      row[].state = .running
      failForStack(task)
      return settle(task, row)
    }
    unsafe enter(worker)
  }

  /// Goes on with a fiber; returns when no fiber is left to go on with, or one has ended.
  func enter(_ worker: WorkerPointer) {
    #if ROOST_CHECKED
      watchOverflows()
    #endif
    let thread = unsafe state.thread
    let outer = unsafe thread.pointee.fiber
    unsafe shim_store32(&inbox.pointee.current, worker.pointee.task)
    unsafe thread.pointee.fiber = UnsafeMutableRawPointer(worker)
    unsafe stack_switch(&state.loopContext, Worker.context(worker))
    unsafe thread.pointee.fiber = outer
    let ended = state.endedFiber
    guard ended != 0 else { return }
    state.endedFiber = 0
    if state.endedResults != 0 { giveUpEndedResults() }
    settle(ended, nodes.row(ended))
  }

  /// B4: a fiber without a stack has failed, without having run.
  private func failForStack(_ task: Slot) {
    let row = nodes.row(task)
    row[].code = 0
    unsafe explain(task, shim_no_stack())
    endBody(task, row, Status.noMemory.code)
  }

  /// Its stack goes: it wants nothing more of the sanitizers.
  func dismiss(_ worker: WorkerPointer) {
    unsafe worker.pointee.leaves = true
    unsafe stack_switch(&state.loopContext, Worker.context(worker))
    unsafe stack_forget(Worker.context(worker))
  }

  // MARK: On any stack

  /// A fiber that begins, on a stack; nil without one.
  @inline(__always)
  private func prepare(_ task: Slot, _ row: Place<Node>) -> WorkerPointer? {
    let size = stackSize(of: task, row)
    let worker: WorkerPointer
    if row[].flags.contains(.cleanup) {
      unsafe worker = state.stacks[size.index].takeReserved()
    } else {
      guard let taken = unsafe state.stacks[size.index].take(size, for: self) else { return nil }
      unsafe worker = taken
    }
    row[].state = .running
    row[].flags.insert(.started)
    row[].code = 0
    if row[].flags.contains(.detailed), details[task].timeout != 0 { startTimeout(task) }
    unsafe worker.pointee.task = task
    unsafe worker.pointee.current = task
    unsafe worker.pointee.streak = 0
    unsafe worker.pointee.data = row[].data
    unsafe row[].data = UnsafeMutableRawPointer(worker)
    return unsafe worker
  }

  /// Of a fiber that has not begun.
  @inline(__always)
  func stackSize(of task: Slot, _ row: Place<Node>) -> StackSize {
    let exponent =
      row[].code != 0 ? UInt8(truncatingIfNeeded: row[].code) : stackSize(inside: row[].parent)
    return StackSize(exponent: exponent)
  }

  /// Of what is in a node: as its group says.
  @inline(__always)
  func stackSize(inside node: Slot) -> UInt8 {
    var node = node
    while nodes[node].kind == .task { node = nodes[node].parent }
    return blocks[node].stackSize
  }

  /// The fiber that waits lets others run until it is gone on with: straight with the next of the
  /// batch, where that is a fiber's.
  @inline(__always)
  func suspend(_ worker: WorkerPointer) {
    if let next = unsafe nextFiber() {
      unsafe state.thread.pointee.fiber = UnsafeMutableRawPointer(next)
      // It may be the same, whose wait has ended.
      if unsafe next != worker { unsafe stack_switch(Worker.context(worker), Worker.context(next)) }
    } else {
      unsafe stack_switch(Worker.context(worker), &state.loopContext)
    }
  }

  /// What is next in this batch, taken out, if it is for a fiber to go on.
  @inline(__always)
  private func nextFiber() -> WorkerPointer? {
    guard !state.batchIsOver, !state.stepsAreTimed else { return nil }
    #if ROOST_CHECKED
      checkAfterStep()
    #endif
    let reference = state.ready.first
    let worker: WorkerPointer
    if reference.isNode {
      let row = nodes.row(reference.slot)
      if row[].state == .yielding, row[].rare.contains(.fiber) {
        state.ready.pop(before: row[].readyLink)
        row[].flags.remove(.inReadyQueue)
        row[].state = .running
        unsafe worker = Worker.at(row[].data)
      } else if row[].state == .ready, row[].rare.contains(.fiber),
        let begun = unsafe prepare(reference.slot, row)
      {
        state.ready.pop(before: row[].readyLink)
        row[].flags.remove(.inReadyQueue)
        unsafe worker = begun
      } else {
        return nil
      }
    } else if reference.isWait {
      let row = waits.row(reference.slot)
      guard unsafe row[].fiber != nil, !row[].isTakenBack,
        row[].state == .ended || row[].isSimplyTaken
      else {
        return nil
      }
      state.ready.pop(before: row[].readyLink)
      row[].inReadyQueue = false
      let following = state.ready.first
      if following.isWait, let far = unsafe waits[following.slot].fiber {
        unsafe stack_warm_frames(Worker.context(far))
      }
      unsafe worker = endWait(reference.slot, row[].code).unsafelyUnwrapped
    } else {
      return nil
    }
    if reference == state.batchLast { state.batchIsOver = true }
    unsafe shim_store32(&inbox.pointee.current, worker.pointee.task)
    return unsafe worker
  }
}

extension Wait {
  /// By a mark, with no request behind it.
  fileprivate var isSimplyTaken: Bool {
    unsafe state == .taken && abort == nil && !kind.endsByItself
  }
}

extension Worker {
  @inline(__always)
  static func at(_ data: UnsafeMutableRawPointer?) -> WorkerPointer {
    unsafe data.unsafelyUnwrapped.assumingMemoryBound(to: Worker.self)
  }

  /// What runs on a stack.
  static let run: @convention(c) (UnsafeMutablePointer<stack_context>) -> Void = { context in
    let worker = unsafe of(context)
    let runtime = unsafe worker.pointee.runtime
    while unsafe !worker.pointee.leaves {
      let task = unsafe worker.pointee.task
      unsafe runtime.end(worker, worker.pointee.runtime.callBody(of: task, worker))
      unsafe stack_switch(Worker.context(worker), &runtime.state.loopContext)
    }
    unsafe stack_leave(context, &runtime.state.loopContext)
  }
}

extension Runtime {
  /// The function of a fiber, or of a cleanup that is one.
  @inline(__always)
  fileprivate func callBody(of task: Slot, _ worker: WorkerPointer) -> Int32 {
    let row = nodes.row(task)
    let name = Handle(.task, generation: row[].generation, slot: task)
    let (run, data) = unsafe (row[].start.unsafelyUnwrapped, worker.pointee.data)
    if row[].flags.contains(.cleanup) { return unsafe callCleanup(name, row, run, data) }
    return unsafe run(name.id, data)
  }

  /// Its outcome counts now (G2a); what follows is done on the loop's stack.
  fileprivate func end(_ worker: WorkerPointer, _ answer: Int32) {
    let task = unsafe worker.pointee.task
    let row = nodes.row(task)
    unsafe row[].data = worker.pointee.data
    endBody(task, row, answer)
    state.endedResults = unsafe worker.pointee.results
    unsafe worker.pointee.results = 0
    unsafe giveStack(worker, row)
    state.endedFiber = task
  }
}
