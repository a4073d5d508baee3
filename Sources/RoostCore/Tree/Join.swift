/// What is told when a group or scope has closed.
@safe
public struct JoinOptions {
  /// Told of the result, once; nil: it goes to what is around the node (T1d).
  public var join: JoinFunction? = nil
  /// What `join` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil

  /// Nobody is told.
  public init() {}
}

extension Engine {
  /// Closes a group or a scope, without waiting, with the outcome of its body (C7b, G1). Any code
  /// on the runtime's thread may (T1c).
  public static func join(_ handle: Handle, _ code: Int32, _ options: JoinOptions) throws(Failure) {
    let (runtime, block) = try find(handle, .block)
    guard block != runtime.state.root else {
      throw Failure(.order, handle, "is the root group; close its runtime instead")
    }
    guard !blocks[block].isBracket || nodes[block].state != .open else {
      throw Failure(
        .order, handle, "is a fiber's, or a hosted task's, which alone closes it")
    }
    try join(runtime, block, handle, code, options)
  }

  /// The same, also for the fiber that has opened it.
  static func join(
    _ runtime: Runtime, _ block: Slot, _ handle: Handle, _ code: Int32, _ options: JoinOptions,
    inThisStep: Bool = false
  ) throws(Failure) {
    let flags = nodes[block].flags
    let isOpen = nodes[block].state == .open
    // One that is closed with what is around it still has room for who wants its result (T1d).
    let isClosedByOuter =
      nodes[block].state == .joining && flags.isDisjoint(with: [.joined, .leftOpen])
      && !nodes[block].rare.contains(.hidden)
    guard isOpen || isClosedByOuter else {
      throw Failure(.done, handle, "is being joined already; join once")
    }
    unsafe blocks[block].join = options.join
    unsafe blocks[block].joinData = options.data
    unsafe blocks[block].joinDrop = options.drop
    nodes[block].state = .joining
    if isOpen { blocks[block].sweeps = true }
    nodes[block].flags.insert(.joined)
    let parent = nodes[block].parent
    if isOpen, nodes[parent].kind != .task { blocks[parent].openBlocks -= 1 }
    runtime.addBusy()
    runtime.endBlockBody(block, code)
    // Else by whoever calls.
    if !inThisStep { runtime.push(Reference(node: block)) }
  }
}

extension Runtime {
  /// G4; C13a: a body is cancelled only where a cancellation reached it.
  fileprivate func endBlockBody(_ block: Slot, _ code: Int32) {
    if code == Status.cancelled.code, wasReached(nodes.row(block)) {
      noteCutShort(by: source(of: block))
      blocks[block].passedOn = true
      blocks[block].bodyCancelled = true
    } else if code < 0 {
      failBody(of: block, code == Status.cancelled.code ? Status.notCancelled.code : code)
    }
  }
}
