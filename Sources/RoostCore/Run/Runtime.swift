internal import CShim
internal import CStack

/// A runtime: one tree on one loop, used by one thread.
///
/// A reference by address, which costs no counting; `state` is in place, and no access to it is
/// open while a callback runs: take what is needed out, end the access, then call.
@safe
public struct Runtime {
  private let pointer: UnsafeMutablePointer<RuntimeState>

  init(raw: UnsafeMutableRawPointer?) {
    unsafe pointer = raw.unsafelyUnwrapped.assumingMemoryBound(to: RuntimeState.self)
  }

  var raw: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  @inline(__always)
  var state: RuntimeState {
    unsafeAddress { unsafe UnsafePointer(pointer) }
    nonmutating unsafeMutableAddress { unsafe pointer }
  }
}

/// Owner of all of it: the loop's thread.
@safe
struct RuntimeState: ~Copyable {
  /// The identity of the runtime's thread, and the record whose address that is.
  let thread: UnsafeMutablePointer<shim_thread>
  let loop: Loop
  /// Where other threads reach it (C14).
  let inbox: InboxPointer
  let isVirtual: Bool
  /// Some node has a bounded grace: `sinces` is kept (C11).
  var usesGrace = false
  /// Of the order in a batch; 0: first in, first out (S4).
  let seed: UInt64
  var random: UInt64

  var nodeSlab: Slab<Node>
  var waitSlab: Slab<Wait>
  var cleanupSlab: Slab<Cleanup>
  var primitiveSlab: Slab<Primitive>
  /// Guarded by the inbox's mutex, for other threads take from it; the list is not.
  var postSlab: Slab<Post>
  /// What was posted and has run, to be given back.
  var usedPosts: Slot = 0
  /// What was posted and has not returned.
  var queuedPosts: UInt32 = 0
  var ready = ReadyQueue()
  var timers = TimerQueue()
  var root: Slot = 0

  /// What the virtual clock shows (D4). Clocks start above 0.
  var virtualNow: UInt64 = 1_000_000_000
  /// For when the loop's timer is set; `UInt64.max`: it is not.
  var armed = UInt64.max
  /// The idle handle is active.
  var hasTurns = false
  /// The virtual clock: the loop was polled, and nothing has become ready since.
  var polledInVain = false

  /// Tasks, waits, joins and a close under way: what keeps the loop going (S8).
  var busy: UInt32 = 0
  /// Functions of blocking tasks that the pool has; those whose tasks have ended without them, and
  /// the list of these (S6a).
  var working: UInt32 = 0
  var strayCount: UInt32 = 0
  var strays: WorkPointer? = nil
  /// Signals, streams and descriptors that are waited for, and children that run: what could come
  /// from outside (D4).
  var outside: UInt32 = 0
  /// The signals that are caught.
  var signals = List<PartLinks>()
  /// Streams that were read, and that nobody may be reading any more.
  var lingering: KnownPointer? = nil
  /// The descriptors that are waited for, or were.
  var descriptors = Descriptors()
  /// Handles on the loop for signals, children and descriptors, until they are closed.
  var handlesOfWaits = 0
  /// `run`, or a close on an own loop, is turning the loop.
  var isRunning = false
  /// The task of a cleanup whose first step runs, and which is not linked beneath its node.
  var unlinked: Slot = 0
  /// A batch is under way.
  var isTurning = false
  /// The last of it; and whether a fiber has taken that.
  var batchLast = Reference.none
  var batchIsOver = false
  /// The language that runs hosted tasks; nil for none.
  var host: HostPointer? = nil
  /// Each step is timed, so that no fiber goes on straight with another.
  var stepsAreTimed = false
  /// Where the loop goes on when no fiber does.
  var loopContext = unsafe stack_context()
  /// The task of a fiber whose function has returned, and which the loop is to settle.
  var endedFiber: Slot = 0
  /// What it has kept of what it closed.
  var endedResults: Slot = 0
  var stacks = InlineArray<18, StackPool>(repeating: StackPool())
  var deadlock = Deadlock.none
  #if ROOST_CHECKED
    var stepsUntilCheck = 0
  #endif
  var closing = Closing()
  var reports: Reports
  var counters = Tally()
  var trace: TracePointer? = nil

  enum Deadlock {
    case none
    /// The root was cancelled for it.
    case met
    /// Even that has ended nothing.
    case stuck
  }

  /// A close under way (S8a).
  @safe
  struct Closing {
    var phase = Phase.open
    var openHandles = 0
    /// When the root had ended and strays were left, until that is reported; 0 for nothing (O3).
    var straysSince: UInt64 = 0
    var result: Result? = nil
    var done: CloseFunction? = nil
    var data: UnsafeMutableRawPointer? = nil
    var drop: DropFunction? = nil
    /// Of the program that is nothing but this runtime.
    var program: UnsafeMutablePointer<Program>? = nil

    enum Phase: UInt8 {
      case open
      /// The root is being joined.
      case asked
      /// It has ended; strays are waited for (S6a).
      case strays
      /// The handles are being closed.
      case ended
      /// Nothing is left on the loop.
      case clear

      /// The handles are there, and steps run.
      @inline(__always)
      var isLive: Bool { rawValue <= Phase.strays.rawValue }
    }
  }
}

/// What a runtime is opened with.
@safe
public struct RuntimeOptions {
  /// A `uv_loop_t` that the caller drives; nil: a loop of its own.
  public var loop: UnsafeMutableRawPointer? = nil
  /// Time stands still while anything can run, then jumps (D4).
  public var isVirtual = false
  /// Not 0: what is ready at one time runs in an order that this decides (S4).
  public var seed: UInt64 = 0
  /// The root group, which supervises by default.
  public var root = GroupOptions()
  /// What hinders the program is told (O3).
  public var reports = ReportOptions()

  /// A loop of its own, the real clock.
  public init() { root.policy = .supervise }
}

extension Engine {
  /// Opens a runtime on this thread (S8).
  public static func openRuntime(_ options: RuntimeOptions) throws(Failure) -> Handle {
    guard let exponent = StackSize.exponent(for: options.root.stackSize) else { throw tooLarge() }
    guard let thread = unsafe shim_thread_get(), let inbox = unsafe InboxPool.take() else {
      throw Failure(.noMemory, nil, "no memory for the runtime")
    }
    guard let memory = unsafe shim_alloc(MemoryLayout<RuntimeState>.size) else {
      unsafe InboxPool.give(inbox)
      throw Failure(.noMemory, nil, "no memory for the runtime")
    }
    let loop: Loop
    do {
      unsafe loop = try Loop(borrowing: options.loop)
    } catch {
      unsafe InboxPool.give(inbox)
      unsafe shim_free(memory)
      throw error
    }
    let owner = UInt(bitPattern: thread)
    unsafe memory.bindMemory(to: RuntimeState.self, capacity: 1).initialize(
      to: RuntimeState(
        thread: thread, loop: loop, inbox: inbox, isVirtual: options.isVirtual, seed: options.seed,
        random: options.seed,
        nodeSlab: Slab(owner: owner, runtime: memory, inbox: inbox),
        waitSlab: Slab(owner: owner, runtime: memory, inbox: inbox),
        cleanupSlab: Slab(owner: owner, runtime: memory, inbox: inbox),
        primitiveSlab: Slab(owner: owner, runtime: memory, inbox: inbox),
        postSlab: Slab(owner: owner, runtime: memory, inbox: inbox),
        reports: Reports(options.reports)))
    let runtime = unsafe Runtime(raw: memory)
    runtime.state.stepsAreTimed = options.reports.stepLimit != 0
    let root = runtime.newBlock(.group, in: 0, options.root.common, limit: options.root.limit)
    guard root != 0 else {
      _ = loop.free()
      runtime.freeState()
      throw Failure(.noMemory, nil, "no memory for the root group")
    }
    let started = loop.start(runtime)
    guard started == .ok else {
      _ = loop.free()
      runtime.freeState()
      throw Failure(started, nil, "libuv could not make the runtime's handles")
    }
    unsafe thread.pointee.runtimes += 1
    runtime.state.root = root
    runtime.setPolicy(root, options.root)
    if exponent != 0 { blocks[root].stackSize = exponent }
    if unsafe options.root.common.name == nil { unsafe runtime.setName(root, shim_root_name()) }
    runtime.openInbox()
    return runtime.runtimeHandle
  }

  /// The root group of a runtime.
  public static func root(of handle: Handle) throws(Failure) -> Handle {
    let runtime = try findRuntime(handle)
    return runtime.handle(runtime.state.root)
  }

  /// The runtime of a node.
  public static func runtime(of handle: Handle) throws(Failure) -> Handle {
    try find(handle, .node).0.runtimeHandle
  }

  /// The `uv_loop_t` of a runtime.
  public static func loop(of handle: Handle) throws(Failure) -> UnsafeMutableRawPointer {
    unsafe try findRuntime(handle).state.loop.raw
  }
}

extension Runtime {
  var runtimeHandle: Handle {
    Handle(.runtime, generation: nodes[state.root].generation, slot: state.root)
  }

  /// False in a child after fork, which may turn the loop (S8b).
  var isOnItsThread: Bool { unsafe UInt(bitPattern: state.thread) == shim_self() }

  /// Gives the chunks back, and frees the state.
  func freeState() {
    forgetStalls()
    state.descriptors.free()
    state.nodeSlab.close()
    state.waitSlab.close()
    state.cleanupSlab.close()
    state.primitiveSlab.close()
    state.postSlab.close()
    unsafe InboxPool.give(inbox)
    for index in 0..<StackSize.count { state.stacks[index].close(self) }
    unsafe pointer.deinitialize(count: 1)
    unsafe shim_free(pointer)
  }
}
