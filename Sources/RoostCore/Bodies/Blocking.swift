internal import CShim

// The blocking body: a function on a thread of libuv's pool (S2). To the tree such a task is one of
// callbacks: its first step gives the function to the pool, and its `on_cancel` tries to take it
// back, or leaves it to the function to ask (S6).

/// What a blocking task is spawned with.
@safe
public struct BlockingOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// Called once, on a thread of the pool.
  public var run: WorkFunction
  /// What `run` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// Frees the result when nobody can read it any more (L6).
  public var resultDrop: DropFunction? = nil
  /// Once cancelled, it is not waited for (S6a).
  public var isAbandoned = false
  /// Does not keep its group open, nor the loop going (L3).
  public var isDaemon = false

  /// A task with a function, and nothing else.
  public init(run: @escaping WorkFunction) { unsafe self.run = run }
}

/// The function of a blocking task and what belongs to it: the task's data, for the engine.
@safe
struct Work {
  let runtime: Runtime
  var options: BlockingOptions
  var task: Slot
  var handle: Handle
  var result: UnsafeMutableRawPointer?
  var code: Int32
  /// 1: the function has returned. The thread of the pool writes it.
  var hasReturned: UInt32
  /// Its task has ended without it, and goes on until it has returned (S6a).
  var isStray: Bool
  /// The strays of a runtime.
  var next: WorkPointer?
  var previous: WorkPointer?
}

typealias WorkPointer = UnsafeMutablePointer<Work>

extension Engine {
  /// Spawns a task that runs on a thread of libuv's pool (S2).
  public static func spawnBlocking(
    into group: Handle, _ options: BlockingOptions, held: Bool
  ) throws(Failure) -> Handle {
    let (runtime, node) = try find(group, .group)
    guard let memory = unsafe shim_alloc(Loop.workRoom + MemoryLayout<Work>.size) else {
      throw Failure(.noMemory, group, "no memory for a blocking task in it")
    }
    let work = unsafe (memory + Loop.workRoom).bindMemory(to: Work.self, capacity: 1)
    unsafe work.initialize(
      to: Work(
        runtime: runtime, options: options, task: 0, handle: .none, result: nil, code: 0,
        hasReturned: 0, isStray: false, next: nil, previous: nil))
    var wanted = unsafe TaskOptions(start: Work.begin)
    wanted.common = options.common
    wanted.isDaemon = options.isDaemon
    unsafe wanted.onCancel = Work.cancelled
    unsafe wanted.data = UnsafeMutableRawPointer(work)
    unsafe wanted.drop = Work.drop
    do throws(Failure) {
      let task = try runtime.spawnUncommon(into: node, wanted, held: held)
      nodes[task].flags.insert(.blocking)
      unsafe work.pointee.task = task
      unsafe work.pointee.handle = runtime.handle(task)
      return unsafe work.pointee.handle
    } catch {
      unsafe shim_free(memory)
      throw error
    }
  }
}

extension Work {
  fileprivate static func at(_ data: UnsafeMutableRawPointer?) -> WorkPointer {
    unsafe data.unsafelyUnwrapped.assumingMemoryBound(to: Work.self)
  }

  /// The first step of the task. One that is cancelled by then never runs (C6a).
  fileprivate static let begin: StartFunction = { _, data in
    let work = unsafe at(data)
    let (runtime, task) = unsafe (work.pointee.runtime, work.pointee.task)
    guard !nodes[task].flags.contains(.cancelled) else {
      nodes[task].flags.remove(.started)
      return Status.cancelled.code
    }
    runtime.state.working += 1
    unsafe runtime.state.loop.queue(work)
    return Status.pending.code
  }

  /// On a thread of the pool.
  static func run(_ work: WorkPointer) {
    let (run, data) = unsafe (work.pointee.options.run, work.pointee.options.data)
    unsafe work.pointee.code = run(work.pointee.handle.id, data, &work.pointee.result)
    unsafe shim_store32(&work.pointee.hasReturned, 1)
  }

  /// The task is cancelled. What the pool has not begun is taken back; what runs is asked, for it
  /// sees the mark; and what has returned keeps its result (C4, S6).
  fileprivate static let cancelled: CancelFunction = { _, _, data in
    let work = unsafe at(data)
    if unsafe Loop.takeBack(work) { return Status.pending.code }
    guard unsafe work.pointee.options.isAbandoned,
      unsafe shim_load32(&work.pointee.hasReturned) == 0
    else { return Status.pending.code }
    unsafe work.pointee.runtime.stray(work)
    return 0
  }

  /// On the loop's thread: the function has returned, or never ran.
  static func returned(_ work: WorkPointer, wasTakenBack: Bool) {
    let (runtime, task) = unsafe (work.pointee.runtime, work.pointee.task)
    if unsafe work.pointee.isStray { return unsafe runtime.strayReturned(work) }
    runtime.state.working -= 1
    // What the function has asked or posted comes before its end.
    if runtime.hasMail { runtime.takeMail() }
    let row = nodes.row(task)
    if wasTakenBack {
      row[].flags.remove(.started)
      unsafe work.pointee.code = Status.cancelled.code
    }
    let (result, drop) = unsafe (work.pointee.result, work.pointee.options.resultDrop)
    if unsafe result != nil {
      unsafe details[task].result = result
      unsafe details[task].resultDrop = drop
      unsafe work.pointee.result = nil
    }
    runtime.endBody(task, row, unsafe work.pointee.code)
    runtime.push(Reference(node: task))
  }

  /// The last of the task. What a stray works with is its own until it returns.
  fileprivate static let drop: DropFunction = { data in
    let work = unsafe at(data)
    if unsafe !work.pointee.isStray { unsafe free(work) }
  }

  /// What has a result still has not given it to its task, which had ended before.
  fileprivate static func free(_ work: WorkPointer) {
    let (result, options) = unsafe (work.pointee.result, work.pointee.options)
    unsafe work.deinitialize(count: 1)
    unsafe shim_free(UnsafeMutableRawPointer(work) - Loop.workRoom)
    if unsafe result != nil { unsafe options.resultDrop?(result) }
    unsafe options.drop?(options.data)
  }
}

// Strays: functions whose tasks have ended without them (S6a). The row of such a task is kept, with
// its mark, so that the function is told that it is cancelled. They do not count as work in flight,
// which the virtual clock would wait for (D4).

extension Runtime {
  /// Whether a task was spawned to be abandoned, and takes no cleanups.
  func isAbandoned(_ task: Slot) -> Bool {
    guard nodes[task].flags.contains(.blocking) else { return false }
    return unsafe Work.at(nodes[task].data).pointee.options.isAbandoned
  }

  fileprivate func stray(_ work: WorkPointer) {
    state.working -= 1
    state.strayCount += 1
    nodes[unsafe work.pointee.task].rare.insert(.stray)
    unsafe work.pointee.isStray = true
    unsafe work.pointee.previous = nil
    unsafe work.pointee.next = state.strays
    if let first = unsafe state.strays { unsafe first.pointee.previous = work }
    unsafe state.strays = work
  }

  /// From the loop: it ends in a turn, for its drops are the program's code; one whose task has not
  /// ended yet, with that.
  fileprivate func strayReturned(_ work: WorkPointer) {
    let task = unsafe work.pointee.task
    if nodes[task].state == .ended { return freeLater(task, nodes.row(task)) }
    unsafe forget(stray: work)
  }

  /// The turn of a stray that has returned. Its result is given up (L6).
  func endStray(_ task: Slot) {
    removeBusy()
    let work = unsafe Work.at(nodes[task].data)
    unsafe forget(stray: work)
    if !nodes[task].isKept { freeRow(task) }
    closeIfLeft()
    unsafe Work.free(work)
  }

  private func forget(stray work: WorkPointer) {
    let (next, previous) = unsafe (work.pointee.next, work.pointee.previous)
    if let previous = unsafe previous {
      unsafe previous.pointee.next = next
    } else {
      unsafe state.strays = next
    }
    if let next = unsafe next { unsafe next.pointee.previous = previous }
    state.strayCount -= 1
    unsafe work.pointee.isStray = false
    nodes[unsafe work.pointee.task].rare.remove(.stray)
  }

  /// The strays, the last first.
  func eachStray(_ visit: (Slot) -> Void) {
    var stray = unsafe state.strays
    while let work = unsafe stray {
      visit(unsafe work.pointee.task)
      unsafe stray = work.pointee.next
    }
  }
}
