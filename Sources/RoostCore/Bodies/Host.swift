internal import CShim

// The hosted body: a coroutine of another language (S2). A hosted task is a callback task whose
// functions put what they are told into a batch, for the host to take in one call; so are its
// cleanups, and its waits. Besides, it is straight-line code: the innermost node that it has open
// stands where its outcome will.

/// What a host asks for: `roost_ask`.
public struct HostAsk {
  /// What it is.
  public var what: Int32
  /// An outcome, or flags.
  public var code: Int32
  /// Who asks, or what is named.
  public var key: UInt64
  /// A key, or a handle.
  public var node: UInt64
  /// What else there is to it.
  public var value: UInt64
}

/// What a host is told: `roost_told`.
public struct HostTold {
  /// What it is.
  public var what: Int32
  /// An outcome.
  public var code: Int32
  /// Who is told.
  public var key: UInt64
  /// What else there is to it.
  public var value: UInt64

  static let wake: Int32 = 0
  static let begin: Int32 = 1
  static let clean: Int32 = 2
  static let closed: Int32 = 3
  static let ended: Int32 = 4
  static let posted: Int32 = 5
  static let dropped: Int32 = 6
  static let refused: Int32 = 7
}

/// Called, where others turn the loop, when there is something to tell.
public typealias HostReadyFunction =
  @convention(c) (_ runtime: UInt64, _ data: UnsafeMutableRawPointer?) -> Void

/// What the runtime's host is.
@safe
public struct HostOptions {
  /// nil: the host turns the loop itself.
  public var ready: HostReadyFunction? = nil
  /// What `ready` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// The start of a hosted task, by which it is known.
  public var begin: StartFunction
  /// The function of its waits.
  public var wake: WaitFunction
  /// A cleanup that is a hosted task.
  public var clean: CleanupFunction
  /// The drop of a hosted task whose end is told.
  public var ended: DropFunction
  /// Any other drop.
  public var drops: DropFunction

  /// A host with its functions.
  public init(
    begin: @escaping StartFunction, wake: @escaping WaitFunction, clean: @escaping CleanupFunction,
    ended: @escaping DropFunction, drops: @escaping DropFunction
  ) {
    unsafe self.begin = begin
    unsafe self.wake = wake
    unsafe self.clean = clean
    unsafe self.ended = ended
    unsafe self.drops = drops
  }
}

typealias HostPointer = UnsafeMutablePointer<Host>

/// Owner: the runtime's thread, of whose runtimes one at most has a host.
@safe
struct Host {
  let runtime: Runtime
  let options: HostOptions
  var keys = HostKeys()
  /// What is told; and what was told last, which is the host's until the next turn.
  var told = HostBatch()
  var given = HostBatch()
  /// The results of closings, with all that they hold: those of what is told now; and of what was
  /// told last, which go with the next turn.
  var results: KeptResultPointer? = nil
  var givenResults: KeptResultPointer? = nil
  /// What a scope that is closed at once has brought.
  var result: Result? = nil
  /// The host turns the loop, and takes what is told when it comes back.
  var isWaiting = false
  /// Tells of `ready` are under way.
  var isCalling = false
}

extension Host {
  /// Has a key name a node; false without memory, or for a key that is too great. There is always
  /// room to tell each key of a wait's end and of its own.
  @inline(__always)
  mutating func bind(_ key: UInt64, _ handle: UInt64) -> Bool {
    guard let entry = unsafe keys.entry(key) ?? add(key) else { return false }
    if unsafe entry.pointee.handle != handle { unsafe entry.pointee = HostKeys.Entry(handle) }
    return true
  }

  /// Room for a key, which may name something already; false without memory.
  mutating func reserve(_ key: UInt64) -> Bool { unsafe keys.entry(key) != nil || add(key) != nil }

  @inline(never)
  private mutating func add(_ key: UInt64) -> UnsafeMutablePointer<HostKeys.Entry>? {
    guard key <= HostKeys.greatest, told.reserve(2 * keys.span(with: key) + 64) else { return nil }
    return unsafe keys.add(key)
  }
}

extension Engine {
  /// Gives a runtime a host.
  public static func openHost(_ handle: Handle, _ options: HostOptions) throws(Failure) {
    let runtime = try findRuntime(handle)
    guard unsafe runtime.state.host == nil else {
      throw Failure(.done, handle, "has a host; open one once")
    }
    guard unsafe runtime.state.thread.pointee.host == nil else {
      throw Failure(.order, handle, "is not alone: another runtime of this thread has a host")
    }
    guard unsafe runtime.state.loop.isOwn || options.ready != nil else {
      throw Failure(.order, handle, "runs on a borrowed loop; give `ready`, which is called there")
    }
    guard let memory = unsafe shim_alloc(MemoryLayout<Host>.size) else {
      throw Failure(.noMemory, handle, "no memory for a host")
    }
    let host = unsafe memory.bindMemory(to: Host.self, capacity: 1)
    unsafe host.initialize(to: Host(runtime: runtime, options: options))
    guard unsafe host.pointee.told.reserve(64),
      unsafe host.pointee.bind(0, runtime.handle(runtime.state.root).id)
    else {
      unsafe runtime.free(host)
      throw Failure(.noMemory, handle, "no memory for a host")
    }
    unsafe runtime.state.host = host
    unsafe runtime.state.thread.pointee.host = memory
  }

  /// The host of a runtime.
  static func findHost(_ handle: Handle) throws(Failure) -> (Runtime, HostPointer) {
    let runtime = try findRuntime(handle)
    guard let host = unsafe runtime.state.host else {
      throw Failure(.order, handle, "has no host; call roost_host_open first")
    }
    return unsafe (runtime, host)
  }

  /// The host of this thread.
  @inline(__always)
  static var host: HostPointer? {
    unsafe shim_thread_if_any()?.pointee.host?.assumingMemoryBound(to: Host.self)
  }

  /// The node that a key names; none where it names nothing.
  public static func hostNode(_ handle: Handle, _ key: UInt64) throws(Failure) -> Handle {
    let (_, host) = try unsafe findHost(handle)
    return unsafe Handle(id: host.pointee.keys.handle(key))
  }

  /// Has a key name a node.
  public static func bindHostKey(_ handle: Handle, _ key: UInt64, _ node: Handle) throws(Failure) {
    let (runtime, host) = try unsafe findHost(handle)
    let (other, _) = try find(node, .node)
    guard unsafe other.raw == runtime.raw else {
      throw Failure(.foreign, node, "belongs to another runtime than the host")
    }
    try HostKeys.check(key)
    guard unsafe host.pointee.bind(key, node.id) else {
      throw Failure(.noMemory, node, "no memory for that key")
    }
  }
}

extension Runtime {
  /// The runtime ends: its host does.
  func freeHost() {
    guard let host = unsafe state.host else { return }
    unsafe giveUpResults(of: host)
    unsafe host.pointee.givenResults = host.pointee.results
    unsafe giveUpResults(of: host)
    let (drop, data) = unsafe (host.pointee.options.drop, host.pointee.options.data)
    unsafe state.thread.pointee.host = nil
    unsafe state.host = nil
    unsafe free(host)
    unsafe drop?(data)
  }

  fileprivate func free(_ host: HostPointer) {
    unsafe host.pointee.keys.free()
    unsafe host.pointee.told.free()
    unsafe host.pointee.given.free()
    unsafe host.deinitialize(count: 1)
    unsafe shim_free(host)
  }

  /// Whether a handle names a node of this runtime.
  @inline(__always)
  func isOurs(_ handle: Handle) -> Bool {
    guard let runtime = Engine.locate(handle, .nodes), unsafe runtime.raw == raw else {
      return false
    }
    return nodes[handle.slot].generation == handle.generation
  }

  /// By roost_host_turn, and nobody else.
  var isTurnedByHost: Bool {
    guard let host = unsafe state.host else { return false }
    return unsafe host.pointee.options.ready == nil
  }

  // MARK: Hosted tasks among nodes and waits

  /// Whether a node is a hosted task in its body.
  @inline(__always)
  func isHosted(_ node: Slot) -> Bool {
    guard let host = unsafe state.host else { return false }
    let row = nodes.row(node)
    return unsafe row[].kind == .task && row[].isInBody
      && same(row[].start, host.pointee.options.begin)
  }

  /// Whether a wait is a hosted task's, by its function.
  @inline(__always)
  func isOfHost(_ done: WaitFunction?) -> Bool {
    guard let host = unsafe state.host, let done = unsafe done else { return false }
    return unsafe unsafeBitCast(done, to: UInt.self)
      == unsafeBitCast(host.pointee.options.wake, to: UInt.self)
  }

  /// Room for the key of a cleanup that is registered, with all that it needs (K2c).
  func reserveKey(_ data: UnsafeMutableRawPointer?, _ node: Handle) throws(Failure) {
    let key = UInt64(UInt(bitPattern: data))
    try HostKeys.check(key)
    guard let host = unsafe state.host, unsafe host.pointee.reserve(key) else {
      throw Failure(.noMemory, node, "no memory for the key of a cleanup on it")
    }
  }

  /// Whether a cleanup is a hosted task, by its function.
  @inline(__always)
  func isHosted(_ run: CleanupFunction?) -> Bool {
    guard let host = unsafe state.host else { return false }
    return unsafe unsafeBitCast(run, to: UInt.self)
      == unsafeBitCast(host.pointee.options.clean, to: UInt.self)
  }

  @inline(__always)
  func same(_ start: StartFunction?, _ other: @escaping StartFunction) -> Bool {
    unsafe unsafeBitCast(start, to: UInt.self) == unsafeBitCast(other, to: UInt.self)
  }

  @inline(__always)
  func same(_ drop: DropFunction?, _ other: @escaping DropFunction) -> Bool {
    unsafe unsafeBitCast(drop, to: UInt.self) == unsafeBitCast(other, to: UInt.self)
  }

  /// The innermost node that a hosted task has open, else the task (T1).
  @inline(__always)
  func here(_ task: Slot) -> Slot {
    let inner = Slot(bitPattern: nodes[task].code)
    return inner == 0 ? task : inner
  }

  @inline(__always)
  func setHere(_ task: Slot, _ node: Slot) {
    nodes[task].code = node == task ? 0 : Int32(bitPattern: node)
  }

  /// Where a wait begins that is given a node (T1b): a hosted task stands for its innermost.
  @inline(__always)
  func place(_ node: Slot, _ done: WaitFunction?) -> Slot {
    unsafe isOfHost(done) && isHosted(node) ? here(node) : node
  }
}
