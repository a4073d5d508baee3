internal import CShim

extension Engine {
  /// Opens a group in a node (T1, T1a).
  public static func openGroup(in parent: Handle, _ options: GroupOptions) throws(Failure) -> Handle
  {
    guard let exponent = StackSize.exponent(for: options.stackSize) else { throw tooLarge() }
    let (runtime, node) = try find(parent, .node)
    let group = try runtime.openForFiber(.group, in: node, options.common, limit: options.limit)
    runtime.setPolicy(group, options)
    if exponent != 0 { blocks[group].stackSize = exponent }
    return runtime.handle(group)
  }

  /// Opens a scope in a node.
  public static func openScope(in parent: Handle, _ options: NodeOptions) throws(Failure) -> Handle
  {
    let (runtime, node) = try find(parent, .node)
    return runtime.handle(try runtime.openForFiber(.scope, in: node, options, limit: 0))
  }

  /// Spawns a task into a group; a held one keeps its outcome for its handle (L5).
  @discardableResult
  public static func spawn(into group: Handle, _ options: TaskOptions, held: Bool) throws(Failure)
    -> Handle
  {
    let (runtime, node) = try find(group, .group)
    return runtime.handle(try runtime.spawnUncommon(into: node, options, held: held))
  }

  /// The same for options of which nothing is set but the functions and the data.
  @inline(__always)
  public static func spawnPlain(into group: Handle, _ options: TaskOptions, held: Bool)
    throws(Failure) -> Handle
  {
    let (runtime, node) = try find(group, .group)
    return runtime.handle(try runtime.spawn(into: node, options, held: held, isPlain: true))
  }
}

extension Runtime {
  /// The task of the fiber that runs stands for the innermost node that it has open, and what is
  /// opened there is the innermost then (T1, T1c).
  @inline(__always)
  fileprivate func openForFiber(
    _ kind: Kind, in parent: Slot, _ options: NodeOptions, limit: UInt64
  ) throws(Failure) -> Slot {
    guard let worker = unsafe Engine.runningWorker, unsafe worker.pointee.task == parent else {
      if isHosted(parent) { return try openBracket(kind, of: parent, options, limit: limit) }
      return try openBlock(kind, in: parent, options, limit: limit)
    }
    let block = try openBlock(kind, in: unsafe worker.pointee.current, options, limit: limit)
    blocks[block].isBracket = true
    unsafe worker.pointee.current = block
    return block
  }

  /// The same for a hosted task.
  func openBracket(_ kind: Kind, of task: Slot, _ options: NodeOptions, limit: UInt64)
    throws(Failure) -> Slot
  {
    let block = try openBlock(kind, in: here(task), options, limit: limit)
    blocks[block].isBracket = true
    setHere(task, block)
    return block
  }

  func openBlock(_ kind: Kind, in parent: Slot, _ options: NodeOptions, limit: UInt64)
    throws(Failure) -> Slot
  {
    let above = nodes.row(parent)
    guard above[].state.isOpen else {
      throw Failure(.closed, handle(parent), "is ending; open groups and scopes before its end")
    }
    let outer = blocks.place(parent)
    guard above[].kind == .task || !outer[].refuses else { throw closing(parent) }
    let block = newBlock(kind, in: parent, options, limit: limit)
    guard block != 0 else { throw noMemory(parent) }
    if above[].kind != .task {
      outer[].openBlocks += 1
      // A closing parent without tasks closes it in the next turn (T1d).
      if above[].state == .joining, outer[].hasNoTask { push(parent, above) }
    }
    expireIfPassed(block)
    return block
  }

  /// A new block with what its closing may need (B4): a row for its body's error, and one for the
  /// error of a task that leaves it open. 0 without memory.
  func newBlock(_ kind: Kind, in parent: Slot, _ options: NodeOptions, limit: UInt64) -> Slot {
    let isPlain = options.isPlain
    let timer = isPlain ? .none : timerFor(options, since: now())
    guard timer != .failed else { return 0 }
    guard state.nodeSlab.reserve(2) else {
      cancelTimer(timer)
      return 0
    }
    guard let (block, row) = state.nodeSlab.takePlace() else {
      state.nodeSlab.unreserve(2)
      cancelTimer(timer)
      return 0
    }
    reset(block, row, kind, .open)
    let above = nodes.row(parent)
    if !isPlain || parent != 0 && above[].flags.contains(.graced) {
      guard setGrace(block, row, options.grace, under: parent) else {
        state.nodeSlab.give(block)
        state.nodeSlab.unreserve(2)
        cancelTimer(timer)
        return 0
      }
      set(block, options, timer)
    }
    state.counters.beginBlock(kind)
    blocks.place(block)[].begin(limit: limit)
    blocks[block].reserved = 2
    blocks[block].stackSize = parent == 0 ? StackSize.usual.exponent : stackSize(inside: parent)
    row[].parent = 0
    if parent != 0 { link(block, row, under: parent, above) }
    if state.seed != 0 { setOwner(of: block) }
    guard parent != 0 else { return block }
    if !above[].flags.isDisjoint(with: .inherited) { inherit(block, row, above) }
    if above[].flags.contains(.background) { row[].flags.insert(.background) }
    if above[].kind != .task { blocks[parent].innerBlocks += 1 }
    return block
  }

  func setPolicy(_ group: Slot, _ options: GroupOptions) {
    blocks[group].policy = options.policy
    blocks[group].tallies = options.policy == .race
    unsafe blocks[group].filter = options.filter
    unsafe blocks[group].filterData = options.filterData
    unsafe blocks[group].filterDrop = options.filterDrop
    blocks[group].maxErrors =
      options.maxErrors == 0 ? 1000 : UInt32(clamping: options.maxErrors)
  }

  @inline(never)
  func spawnUncommon(into group: Slot, _ options: TaskOptions, held: Bool) throws(Failure) -> Slot {
    try spawn(into: group, options, held: held, isPlain: options.isPlain)
  }

  @inline(__always)
  fileprivate func spawn(into group: Slot, _ options: TaskOptions, held: Bool, isPlain: Bool)
    throws(Failure) -> Slot
  {
    let above = nodes.row(group)
    let groupState = above[].state
    let block = blocks.place(group)
    // G6: also while it is being joined, until its last task has ended.
    guard groupState == .open || groupState == .joining, !block[].refuses else {
      throw closing(group)
    }
    guard let (task, row) = state.nodeSlab.takePlace() else { throw noMemory(group) }
    reset(task, row, .task, .ready)
    let takesOver = !above[].flags.isDisjoint(with: .inherited)
    if !isPlain || takesOver, !setUncommon(task, row, options.common, group) {
      state.nodeSlab.give(task)
      throw noMemory(group)
    }
    link(task, row, under: group, above)
    if takesOver { inherit(task, row, above) }
    unsafe row[].start = options.start
    unsafe row[].data = options.data
    if held { row[].flags.insert(.held) }
    if unsafe options.onCancel != nil || options.drop != nil {
      detail(task)
      unsafe details[task].onCancel = options.onCancel
      unsafe details[task].drop = options.drop
    }
    block[].tasks &+= 1
    state.counters.allTasks &+= 1
    if !isPlain, options.isDaemon {
      row[].flags.insert(.background)
      block[].daemons &+= 1
      // A closing group that has nothing else lets it go before it starts (L3).
      if groupState == .joining, block[].hasNoTask { push(group, above) }
      push(task, row)
    } else {
      addBusy()
      if block[].tallies { tally(task, in: group) }
      if block[].limit == .max { push(task, row) } else { admit(task, to: group) }
    }
    if !isPlain { expireIfPassed(task) }
    return task
  }

  /// What few tasks have: a name, a deadline. A relative timeout begins with the first step; room
  /// for it is got now (D1). False without memory.
  @inline(never)
  private func setUncommon(
    _ task: Slot, _ row: Place<Node>, _ options: NodeOptions, _ group: Slot
  ) -> Bool {
    let timer = timerFor(options, since: nil)
    guard timer != .failed else { return false }
    guard setGrace(task, row, options.grace, under: group) else {
      cancelTimer(timer)
      return false
    }
    set(task, options, timer)
    if timer != .none, options.hasTimeout { details[task].timeout = options.timeout }
    return true
  }

  /// Its end means more to its group than its errors.
  func tally(_ task: Slot, in group: Slot) {
    nodes[task].flags.insert(.tallied)
    blocks[group].tallied = true
  }

  func checkTakesTasks(_ group: Slot) throws(Failure) {
    guard nodes[group].state.isOpen, !blocks[group].refuses else { throw closing(group) }
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
    row.showMark(0)
    row[].rare = []
    row[].first = 0
    row[].cleanups = 0
    row[].waits = 0
    row[].code = 0
  }

  private func set(_ node: Slot, _ options: NodeOptions, _ timer: PreparedTimer) {
    if unsafe options.name != nil { unsafe setName(node, options.name) }
    if options.moveOn { nodes[node].flags.insert(.moveOn) }
    if options.report { nodes[node].flags.insert(.report) }
    if options.shield { nodes[node].flags.insert(.shielded) }
    if options.untilStopping { nodes[node].flags.insert(.untilStopping) }
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
