internal import CShim

// What another thread asks of a runtime (C14): it is put down beside the row that it is about, for
// which no memory is needed (C14c, C15).

/// A row of which something is asked, or a post: its table and its slot.
struct Asked: Equatable {
  let number: UInt32

  static let none = Asked(number: 0)

  init(number: UInt32) { self.number = number }
  init(_ table: Chunk.Table, _ slot: Slot) { number = table.rawValue << 28 | slot }

  var table: Chunk.Table { Chunk.Table(rawValue: number >> 28) ?? .nodes }
  var slot: Slot { number & Handle.slotMask }

  /// Its entry of the column.
  var ask: Place<Ask> {
    let column =
      switch table {
      case .waits: Wait.asks
      case .primitives: Primitive.asks
      case .posts: Post.asks
      default: Node.Column.ask
      }
    return unsafe Place(
      entry(slot, column: column, stride: MemoryLayout<Ask>.stride)
        .assumingMemoryBound(to: Ask.self))
  }
}

/// Beside each row that something can be asked of.
struct Ask {
  /// Of the row for which it was asked; 0: it is not in the list.
  var generation: UInt32
  var next: Asked
  /// Of a wait: what it ends with.
  var code: Int32
}

/// What is asked of a node.
struct Wish {
  var what: What
  /// Of the cancellation.
  var origin: Int64
  var code: Int64
  var message: InlineArray<64, UInt8>
  /// Of the shutdown.
  var patience: Int64

  struct What: OptionSet {
    let rawValue: UInt8

    static let cancel = What(rawValue: 1 << 0)
    static let shutdown = What(rawValue: 1 << 1)
    /// It was asked before the cancellation.
    static let shutdownFirst = What(rawValue: 1 << 2)
    static let release = What(rawValue: 1 << 3)
  }
}

@inline(__always) var wishes: Column<Wish> { Column(begin: Node.Column.wish) }

extension Engine {
  /// Finds a node of this thread's, once what others have asked before was done; nil where it is
  /// another thread's, of which it can be asked.
  @inline(__always)
  static func findOrAsk(_ handle: Handle, _ kinds: Kinds) throws(Failure) -> (Runtime, Slot)? {
    let found = try orAsk { () throws(Failure) in try find(handle, kinds) }
    if let found, found.0.hasMail { found.0.takeMail() }
    return found
  }

  /// What was found on this thread; nil where that is another's.
  @inline(__always)
  static func orAsk<T>(_ find: () throws(Failure) -> T) throws(Failure) -> T? {
    do throws(Failure) {
      return try find()
    } catch {
      guard error.status == .wrongThread else { throw error }
      return nil
    }
  }

  /// Asks something of a row of another thread's runtime (C14a). `write` puts down what, beside the
  /// row; it is told whether something was asked of the same before, and answers false where that
  /// stands and this does not count.
  static func ask(_ handle: Handle, _ table: Chunk.Table, _ write: (Slot, Place<Ask>, Bool) -> Bool)
    throws(Failure)
  {
    let isHeard = try unsafe withInbox(of: handle) { (inbox, runtime) throws(Failure) in
      let asked = Asked(table, handle.slot)
      let ask = asked.ask
      let wasAsked = ask[].generation == handle.generation
      guard write(handle.slot, ask, wasAsked) else { return false }
      if ask[].generation == 0 {
        unsafe inbox.pointee.append(asked)
        unsafe inbox.pointee.ring(runtime)
      }
      ask[].generation = handle.generation
      return true
    }
    guard isHeard else { throw over(handle) }
  }

  /// Calls `body` with the inbox of another thread's runtime, locked, while both are there.
  static func withInbox<T>(
    of handle: Handle, _ body: (InboxPointer, Runtime) throws(Failure) -> T
  ) throws(Failure) -> T {
    guard let chunk = unsafe chunk(of: handle.slot),
      let inbox = unsafe ChunkPool.inbox(of: chunk)
    else { throw over(handle) }
    unsafe Inbox.lock(inbox)
    defer { unsafe Inbox.unlock(inbox) }
    guard let raw = unsafe inbox.pointee.runtime, unsafe ChunkPool.inbox(of: chunk) == inbox,
      unsafe isCurrent(handle, chunk)
    else { throw over(handle) }
    let runtime = unsafe Runtime(raw: raw)
    guard isOfItsKind(handle, in: runtime) else { throw over(handle) }
    return try unsafe body(inbox, runtime)
  }

  /// Whether the row of a handle that was found to be current is of its kind, which only a forged
  /// one is not. Should the row be given up at this moment, the handle is stale all the same when
  /// the runtime's thread looks.
  private static func isOfItsKind(_ handle: Handle, in runtime: Runtime) -> Bool {
    var kind = Kind.none
    switch Kind(rawValue: handle.kindNumber) {
    case .task, .group, .scope:
      unsafe shim_peek(&kind, Node.kind(Slab<Node>.row(handle.slot)), 1)
    case .runtime: return runtime.state.root == handle.slot
    case .wait: return true
    default:
      unsafe shim_peek(&kind, Primitive.kind(Slab<Primitive>.row(handle.slot)), 1)
    }
    return kind.rawValue == handle.kindNumber
  }

  /// Whether a node is cancelled, as another thread sees it: the mark alone is read (K7).
  static func readMark(_ handle: Handle) throws(Failure) -> Bool {
    let mark = unsafe shim_load8(Node.mark(Slab<Node>.row(handle.slot)))
    shim_fence()
    guard let chunk = unsafe chunk(of: handle.slot), unsafe isCurrent(handle, chunk) else {
      throw over(handle)
    }
    return mark != 0
  }

  static func askToCancel(_ handle: Handle, _ why: CancelOptions) throws(Failure) -> Status {
    try ask(handle, .nodes) { (node, _, wasAsked) in
      var what = wasAsked ? wishes[node].what : []
      guard !what.contains(.cancel) else { return true }
      if what.contains(.shutdown) { what.insert(.shutdownFirst) }
      wishes[node].what = what.union(.cancel)
      wishes[node].origin = why.origin.rawValue
      wishes[node].code = why.code
      unsafe Name.copy(why.message, to: &wishes[node].message)
      return true
    }
    return .asked
  }

  static func askToShutDown(_ handle: Handle, patience: Int64) throws(Failure) -> Status {
    try ask(handle, .nodes) { (node, _, wasAsked) in
      let what = wasAsked ? wishes[node].what : []
      let known = what.contains(.shutdown) ? wishes[node].patience : .max
      wishes[node].patience = min(known, patience)
      wishes[node].what = what.union(.shutdown)
      return true
    }
    return .asked
  }

  static func askToRelease(_ handle: Handle, _ table: Chunk.Table) throws(Failure) -> Status {
    try ask(handle, table) { (slot, _, wasAsked) in
      guard table == .nodes else { return true }
      wishes[slot].what = wasAsked ? wishes[slot].what.union(.release) : .release
      return true
    }
    return .asked
  }

  /// The first who asks is heard.
  static func askToWake(_ handle: Handle, _ code: Int32) throws(Failure) -> Status {
    try ask(handle, .waits) { (_, ask, wasAsked) in
      if !wasAsked { ask[].code = code }
      return !wasAsked
    }
    return .asked
  }
}
