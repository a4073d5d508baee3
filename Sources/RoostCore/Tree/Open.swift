internal import CShim

/// What every node may be opened with.
@safe
public struct NodeOptions {
  /// Copied, and cut to 63 bytes at a character; nil for none (T4).
  public var name: UnsafePointer<CChar>? = nil
  /// Relative: 0 none, negative passed at once, `Int64.max` never (D1).
  public var timeout: Int64 = 0
  /// Absolute: 0 none.
  public var deadline: UInt64 = 0
  /// A deadline that cut work short is absorbed in silence; else it makes the closing fail (D2).
  public var moveOn = false
  /// An absorbed cancellation answers WASCANCELLED; of groups and scopes only (C7a).
  public var report = false

  /// No name and no deadline.
  @inline(__always)
  public init() {}
}

extension NodeOptions {
  @inline(__always)
  var isPlain: Bool {
    unsafe name == nil && timeout == 0 && deadline == 0 && !moveOn && !report
  }
}

/// What a group may be opened with.
@safe
public struct GroupOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// The first error cancels the rest (G2).
  public var failFast = true
  /// 0: none.
  public var limit: UInt64 = 0
  /// 0: 1,000.
  public var maxErrors: UInt64 = 0

  /// Fail-fast, without a limit.
  public init() {}
}

/// What a task is spawned with.
@safe
public struct TaskOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// The first step, called once from the loop (S2a).
  public var start: StartFunction
  /// Tells the task that it is being cancelled, once; nil: it is only asked (K7).
  public var onCancel: CancelFunction? = nil
  /// What the functions get; it stays the caller's, until `drop` is called.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil

  /// A task with a first step, and nothing else.
  @inline(__always)
  public init(start: @escaping StartFunction) { unsafe self.start = start }
}

extension Engine {
  /// Opens a group in a node (T1, T1a).
  public static func openGroup(in parent: Handle, _ options: GroupOptions) throws(Failure) -> Handle
  {
    let (runtime, node) = try find(parent, .node)
    let group = try runtime.openBlock(.group, in: node, options.common, limit: options.limit)
    runtime.setPolicy(group, options)
    return runtime.handle(group)
  }

  /// Opens a scope in a node.
  public static func openScope(in parent: Handle, _ options: NodeOptions) throws(Failure) -> Handle
  {
    let (runtime, node) = try find(parent, .node)
    return runtime.handle(try runtime.openBlock(.scope, in: node, options, limit: 0))
  }

  /// Spawns a task into a group; a held one keeps its outcome for its handle (L5).
  @inline(__always)
  @discardableResult
  public static func spawn(into group: Handle, _ options: TaskOptions, held: Bool) throws(Failure)
    -> Handle
  {
    let (runtime, node) = try find(group, .group)
    return runtime.handle(try runtime.spawn(into: node, options, held: held))
  }
}

extension Runtime {
  func openBlock(_ kind: Kind, in parent: Slot, _ options: NodeOptions, limit: UInt64)
    throws(Failure) -> Slot
  {
    guard nodes[parent].state.isOpen else {
      throw Failure(.closed, handle(parent), "is ending; open groups and scopes before its end")
    }
    guard nodes[parent].kind == .task || !blocks[parent].refuses else { throw closing(parent) }
    let block = newBlock(kind, in: parent, options, limit: limit)
    guard block != 0 else { throw noMemory(parent) }
    if nodes[parent].kind != .task {
      blocks[parent].openBlocks += 1
      // A closing parent without tasks closes it in the next turn (T1d).
      if nodes[parent].state == .joining, blocks[parent].tasks == 0 {
        push(Reference(node: parent))
      }
    }
    expireIfPassed(block)
    return block
  }

  /// A new block with what its closing may need (B4): a row for its body's error, and one for the
  /// error of a task that leaves it open. 0 without memory.
  func newBlock(_ kind: Kind, in parent: Slot, _ options: NodeOptions, limit: UInt64) -> Slot {
    let timer = timerFor(options, since: now())
    guard timer != .failed else { return 0 }
    guard state.nodeSlab.reserve(2) else {
      cancelTimer(timer)
      return 0
    }
    let block = state.nodeSlab.take()
    guard block != 0 else {
      state.nodeSlab.unreserve(2)
      cancelTimer(timer)
      return 0
    }
    let row = nodes.row(block)
    reset(block, row, kind, .open)
    if parent != 0, nodes[parent].flags.contains(.cancelled) { inherit(row, nodes.row(parent)) }
    row[].reserved = 2
    if parent != 0 { link(block, under: parent) } else { nodes[block].parent = 0 }
    blocks[block] = Block()
    blocks[block].limit = limit == 0 ? .max : UInt32(clamping: limit)
    set(block, options, timer)
    return block
  }

  func setPolicy(_ group: Slot, _ options: GroupOptions) {
    blocks[group].failFast = options.failFast
    blocks[group].maxErrors =
      options.maxErrors == 0 ? 1000 : UInt32(clamping: options.maxErrors)
  }

  @inline(__always)
  func spawn(into group: Slot, _ options: TaskOptions, held: Bool) throws(Failure) -> Slot {
    let above = nodes.row(group)
    let groupState = above[].state
    let block = blocks.place(group)
    // G6: also while it is being joined, until its last task has ended.
    guard groupState == .open || groupState == .joining, !block[].refuses else {
      throw closing(group)
    }
    let task = state.nodeSlab.take()
    guard task != 0 else { throw noMemory(group) }
    let row = nodes.row(task)
    reset(task, row, .task, .ready)
    if above[].flags.contains(.cancelled) { inherit(row, above) }
    if !options.common.isPlain, !setUncommon(task, options.common) {
      state.nodeSlab.give(task)
      throw noMemory(group)
    }
    link(task, row, under: group, above)
    unsafe row[].start = options.start
    unsafe row[].data = options.data
    if held { row[].flags.insert(.held) }
    if unsafe options.onCancel != nil || options.drop != nil {
      detail(task)
      unsafe details[task].onCancel = options.onCancel
      unsafe details[task].drop = options.drop
    }
    block[].tasks &+= 1
    addBusy()
    if block[].limit == .max { push(task, row) } else { admit(task, to: group) }
    if !options.common.isPlain { expireIfPassed(task) }
    return task
  }

  /// What few tasks have: a name, a deadline. A relative timeout begins with the first step; room
  /// for it is got now (D1). False without memory.
  private func setUncommon(_ task: Slot, _ options: NodeOptions) -> Bool {
    let timer = timerFor(options, since: nil)
    guard timer != .failed else { return false }
    set(task, options, timer)
    if timer != .none, options.hasTimeout { details[task].timeout = options.timeout }
    return true
  }

  @inline(never)
  private func noMemory(_ node: Slot) -> Failure {
    Failure(.noMemory, handle(node), "no memory to open anything in it")
  }

  @inline(never)
  private func closing(_ node: Slot) -> Failure {
    Failure(.closed, handle(node), "is closing; use one that is open")
  }

  /// The row of a node that begins.
  @inline(__always)
  func reset(_ node: Slot, _ row: Place<Node>, _ kind: Kind, _ state: Node.State) {
    row[].kind = kind
    row[].state = state
    row[].flags = []
    row[].source = node
    row[].reserved = 0
    row[].first = 0
    row[].cleanups = 0
    row[].waits = 0
    row[].code = 0
  }

  @inline(__always)
  /// What begins in a cancelled node is cancelled (C6).
  func inherit(_ row: Place<Node>, _ above: Place<Node>) {
    row[].flags = [.cancelled, .parentCancelled]
    row[].source = above[].source
    if row[].kind != .task, above[].flags.contains(.bodyOfSource) {
      row[].flags.insert(.bodyOfSource)
    }
  }

  private func set(_ node: Slot, _ options: NodeOptions, _ timer: PreparedTimer) {
    if unsafe options.name != nil { unsafe setName(node, options.name) }
    if options.moveOn { nodes[node].flags.insert(.moveOn) }
    if options.report { nodes[node].flags.insert(.report) }
    own(timer, by: node)
  }

  /// Makes the detail of a node valid.
  @inline(__always)
  func detail(_ node: Slot) {
    guard !nodes[node].flags.contains(.detailed) else { return }
    nodes[node].flags.insert(.detailed)
    details[node] = Detail()
  }
}

extension Detail {
  init() {
    (timeout, timer, watchers, queueNext, queuePrevious, unclosed, padding) = (0, 0, 0, 0, 0, 0, 0)
    unsafe (onCancel, drop, result, resultDrop, text) = (nil, nil, nil, nil, nil)
  }
}

extension Block {
  init() {
    unsafe (join, joinData, joinDrop) = (nil, nil, nil)
    (errors, lastError, errorCount, listed, maxErrors) = (0, 0, 0, 0, 1000)
    (kept, limit, running, queueFirst, queueLast) = (0, .max, 0, 0, 0)
    (tasks, openBlocks, firstCode) = (0, 0, 0)
    (failFast, passedOn, cutShort) = (false, false, false)
    (takesBack, sweeps, refuses) = (false, false, false)
  }
}
