internal import CShim

// Waits for a child process. What is kept of it stands behind libuv's handle, in memory that lives
// until that is closed; the wait leads there as long as the child runs. It ends with the child, in
// no other way: a mark, or taking it back, only begins what stops the child (C4a, T2).

/// A step of what stops a child: laid out as roost_stop_step.
public struct StopStep {
  /// What it is sent.
  public var signal: Int64
  /// How long it may take to end after it, in nanoseconds; `Int64.max` for no bound.
  public var allowed: Int64

  /// A step.
  public init(signal: Int64, allowed: Int64) { (self.signal, self.allowed) = (signal, allowed) }
}

/// What a child is started with.
@safe
public struct ProcessOptions {
  /// What to run, looked for in PATH.
  public var file: UnsafePointer<CChar>
  /// Ended by nil, the name first; nil: the file alone.
  public var args: UnsafePointer<UnsafePointer<CChar>?>? = nil
  /// Ended by nil; nil: the program's.
  public var env: UnsafePointer<UnsafePointer<CChar>?>? = nil
  /// Where it begins; nil: where the program is.
  public var folder: UnsafePointer<CChar>? = nil
  /// Of `uv_stdio_container_t`.
  public var stdio: UnsafeRawPointer? = nil
  /// How many there are.
  public var stdioCount: Int32 = 0
  /// Its first three descriptors are the program's.
  public var inherits = false
  /// Libuv's.
  public var flags: UInt32 = 0
  /// Its user, where the flags say so.
  public var uid: UInt32 = 0
  /// Its group, where the flags say so.
  public var gid: UInt32 = 0
  /// What stops it, before SIGKILL.
  public var stop: UnsafePointer<StopStep>? = nil
  /// How many steps there are; 0: SIGTERM with five seconds.
  public var stopCount = 0

  /// A file with its defaults.
  public init(file: UnsafePointer<CChar>) { unsafe self.file = file }
}

/// A child that runs.
@safe
struct Child {
  /// Who waits for it; 0 for nobody, when it will have ended before it was begun.
  var wait: Slot
  let pid: Int32
  /// The next step of what stops it; behind the last there is SIGKILL.
  var next = 0
  var count: Int
  /// It was sent a signal of these: its own status counts for nothing.
  var isBeingStopped = false
  var steps = InlineArray<16, StopStep>(repeating: StopStep(signal: 0, allowed: 0))

  init(_ wait: Slot, _ pid: Int32, _ options: ProcessOptions) {
    (self.wait, self.pid, count) = (wait, pid, options.stopCount)
    for index in 0..<count { unsafe steps[index] = options.stop.unsafelyUnwrapped[index] }
    if count == 0 {
      count = 1
      steps[0] = StopStep(signal: Int64(SHIM_SIGTERM), allowed: 5_000_000_000)
    }
  }

  /// In memory that begins with libuv's handle.
  static func place(_ memory: UnsafeMutableRawPointer) -> Place<Child> {
    unsafe Place((memory + Loop.processRoom).assumingMemoryBound(to: Child.self))
  }
}

extension Engine {
  /// Runs a child process, and waits in a node until it has ended and was reaped; with its process
  /// id, 0 where none was begun.
  public static func runProcess(
    _ options: ProcessOptions, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (wait: Handle, pid: Int32) {
    let (runtime, node) = try find(handle, .node)
    try check(options)
    let wait = try unsafe runtime.beginWait(in: node, .process, done, data, drop)
    unsafe transfers[wait].item = nil
    runtime.checkBegun(wait)
    var pid: Int32 = 0
    if waits[wait].state == .waiting {
      do {
        pid = try runtime.startChild(options, for: wait)
      } catch {
        runtime.forget(wait)
        throw error
      }
    }
    return (runtime.handle(wait: wait), pid)
  }

  private static func check(_ options: ProcessOptions) throws(Failure) {
    guard options.stopCount <= 16, unsafe options.stopCount == 0 || options.stop != nil else {
      throw Failure(.invalid, nil, "there are no steps to stop it by, or more than 16")
    }
    for index in 0..<options.stopCount {
      let signal = unsafe options.stop.unsafelyUnwrapped[index].signal
      guard signal > 0, signal < SHIM_SIGNALS else {
        throw Failure(.invalid, nil, "a step to stop it by has no signal that exists")
      }
      guard unsafe options.stop.unsafelyUnwrapped[index].allowed >= 0 else {
        throw Failure(.invalid, nil, "a step to stop it by allows a time below 0")
      }
    }
    guard UInt64(options.flags) & ~Loop.processFlags == 0 else {
      throw Failure(.invalid, nil, "there are other flags than DETACHED, SETUID and SETGID")
    }
    guard unsafe Loop.areSound(options.stdio, options.stdioCount) else {
      throw Failure(
        .invalid, nil, "stdio has flags that contradict each other, no stream, or no fresh pipe")
    }
  }
}

extension Runtime {
  /// The memory of the child of a wait, as long as it runs.
  private func memory(of wait: Slot) -> UnsafeMutableRawPointer? { unsafe transfers[wait].item }

  func child(of wait: Slot) -> Place<Child>? {
    guard let memory = unsafe memory(of: wait) else { return nil }
    return unsafe Child.place(memory)
  }

  /// Answers its process id.
  fileprivate func startChild(_ options: ProcessOptions, for wait: Slot) throws(Failure) -> Int32 {
    let size = Loop.processRoom + MemoryLayout<Child>.size
    // The time of what stops it is an entry that no cancellation has to get (C15).
    guard state.timers.reserve(1) else { throw noMemory }
    guard let memory = unsafe shim_alloc(size) else {
      state.timers.unreserve(1)
      throw noMemory
    }
    let code = unsafe state.loop.spawn(options, in: memory, for: self)
    let runs = unsafe state.loop.hasChild(memory)
    let pid = unsafe Loop.pid(of: memory)
    unsafe (memory + Loop.processRoom).initializeMemory(
      as: Child.self, to: Child(code == 0 ? wait : 0, pid, options))
    guard code == 0 else {
      state.timers.unreserve(1)
      if runs {
        unsafe Loop.kill(memory, Int32(SHIM_SIGKILL))
      } else {
        unsafe state.loop.closeHandle(of: memory)
      }
      throw Failure(
        Status(code), nil, "the child could not be started; look at its file, folder and rights")
    }
    unsafe transfers[wait].item = memory
    state.outside += 1
    return pid
  }

  private var noMemory: Failure { Failure(.noMemory, nil, "no memory for a child") }

  /// From the loop: a child has ended, and was reaped.
  func childEnded(_ memory: UnsafeMutableRawPointer, _ status: Int64, _ signal: Int32) {
    let child = unsafe Child.place(memory)
    let (wait, isBeingStopped) = (child[].wait, child[].isBeingStopped)
    unsafe state.loop.closeHandle(of: memory)
    guard wait != 0 else { return }
    let own = Int32(truncatingIfNeeded: status & 255) | signal << 8
    endChild(of: wait, isBeingStopped ? waits[wait].code : own)
  }

  private func endChild(of wait: Slot, _ code: Int32) {
    unsafe transfers[wait].item = nil
    state.outside -= 1
    if waits[wait].timer == 0 {
      state.timers.unreserve(1)
    } else {
      state.timers.remove(waits[wait].timer)
      waits[wait].timer = 0
    }
    complete(wait, code)
  }

  /// A wait that was taken, or that takes too long since: the next step of what stops its child.
  func stopChild(_ wait: Slot) {
    // None was begun (C3a).
    guard let memory = unsafe memory(of: wait) else { return deliver(wait, waits[wait].code) }
    waits[wait].state = .aborting
    let child = unsafe Child.place(memory)
    switch Int(shim_child_state(child[].pid)) {
    case SHIM_CHILD_RUNS: unsafe sendNext(memory, wait)
    case SHIM_CHILD_ENDED: break  // With its own status, of which the loop will tell (C4).
    default:
      // Somebody else has reaped it, and the loop will never tell.
      unsafe state.loop.closeHandle(of: memory)
      endChild(of: wait, waits[wait].code)
    }
  }

  private func sendNext(_ memory: UnsafeMutableRawPointer, _ wait: Slot) {
    let child = unsafe Child.place(memory)
    let next = child[].next
    guard next < child[].count else {
      if unsafe Loop.kill(memory, Int32(SHIM_SIGKILL)) { child[].isBeingStopped = true }
      return
    }
    let step = child[].steps[next]
    child[].next = next + 1
    if unsafe Loop.kill(memory, Int32(truncatingIfNeeded: step.signal)) {
      child[].isBeingStopped = true
    }
    if step.allowed != .max {
      waits[wait].timer = state.timers.insertReserved(
        instant(after: step.allowed, since: now()), Reference(wait: wait))
    }
  }

  /// It has not ended in the time that it was allowed. Its next signal is sent from the queue.
  func timeOver(ofChild wait: Slot) {
    state.timers.reserveAgain()
    push(Reference(wait: wait))
  }
}
