internal import CShim

/// What reaches a runtime from other threads (C14). Its memory is pooled and never given back to
/// the system, so any thread may lock it at any time, whatever has become of the runtime.
///
/// What is asked of a node, a wait or a primitive needs no memory (C14c, C15): it is written into a
/// column beside the row, and the row is linked into the list. That column is guarded by the mutex,
/// as is all here that is not said to be read without it; the row itself is not touched. An entry
/// has the generation that was asked for, and does nothing where the row has another by the time
/// the runtime's thread looks at it (C14a).
@safe
struct Inbox {
  var mutex: shim_mutex
  /// Something was asked or posted since the runtime's thread has looked. Read without the mutex.
  var hasMail: UInt32
  /// The node whose step runs, 0 for none, and since when (O3). Only the runtime's thread writes
  /// them; both are read without the mutex.
  var current: Slot
  var since: UInt64
  /// The runtime, until it goes.
  var runtime: UnsafeMutableRawPointer?
  var takesPosts: Bool
  /// What is asked and posted, in order.
  var first: Asked
  var last: Asked
  var count: UInt32
  /// The next in the pool.
  var next: InboxPointer?
}

typealias InboxPointer = UnsafeMutablePointer<Inbox>

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

/// The inboxes that no runtime has, under the process-wide lock.
enum InboxPool {
  nonisolated(unsafe) private static var free: InboxPointer? = nil
  /// When that list was begun. One from before a fork may have been locked by a thread that the
  /// child does not have (S8b).
  nonisolated(unsafe) private static var epoch: UInt32 = 0

  /// An inbox; nil without memory.
  static func take() -> InboxPointer? {
    shim_lock()
    defer { shim_unlock() }
    if unsafe epoch != shim_fork_epoch() { unsafe (free, epoch) = (nil, shim_fork_epoch()) }
    if let inbox = unsafe free {
      unsafe free = inbox.pointee.next
      return unsafe inbox
    }
    // All zero is an inbox that is closed.
    return unsafe shim_alloc(MemoryLayout<Inbox>.size)?.assumingMemoryBound(to: Inbox.self)
  }

  static func give(_ inbox: InboxPointer) {
    shim_lock()
    defer { shim_unlock() }
    unsafe inbox.pointee.next = free
    unsafe free = inbox
  }
}

extension Inbox {
  static func lock(_ inbox: InboxPointer) { unsafe shim_mutex_lock(&inbox.pointee.mutex) }
  static func unlock(_ inbox: InboxPointer) { unsafe shim_mutex_unlock(&inbox.pointee.mutex) }

  /// There is something to look at: the loop is woken, once for many (C14).
  mutating func signal(_ runtime: Runtime) {
    guard hasMail == 0 else { return }
    unsafe shim_store32(&hasMail, 1)
    runtime.state.loop.wakeUp()
  }

  mutating func append(_ asked: Asked) {
    asked.ask[].next = .none
    if first == .none { first = asked } else { last.ask[].next = asked }
    last = asked
    count += 1
  }

  mutating func pop() -> (asked: Asked, generation: UInt32) {
    let asked = first
    let ask = asked.ask
    first = ask[].next
    count -= 1
    let generation = ask[].generation
    ask[].generation = 0
    return (asked, generation)
  }
}

extension Engine {
  /// Finds a node of this thread's, once what others have asked before was done; nil where it is
  /// another thread's, of which it can be asked.
  @inline(__always)
  static func findOrAsk(_ handle: Handle, _ kinds: Kinds) throws(Failure) -> (Runtime, Slot)? {
    do throws(Failure) {
      let found = try find(handle, kinds)
      if found.0.hasMail { found.0.takeMail() }
      return found
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
        unsafe inbox.pointee.signal(runtime)
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

extension Runtime {
  @inline(__always)
  var inbox: InboxPointer { unsafe state.inbox }

  /// Says to other threads whose step runs (O3).
  @inline(__always)
  func show(_ node: Slot) { unsafe shim_store32(&state.inbox.pointee.current, node) }

  /// Whether another thread has asked or posted something: one load (K7).
  @inline(__always)
  var hasMail: Bool { unsafe shim_load32(&state.inbox.pointee.hasMail) != 0 }

  /// Does what was asked, and takes over what was posted, which runs later, all in order. None of
  /// the program's code runs in here. What is asked meanwhile is for the next time.
  @inline(never)
  func takeMail() {
    unsafe Inbox.lock(inbox)
    unsafe shim_store32(&inbox.pointee.hasMail, 0)
    giveBackPosts()
    var left = unsafe inbox.pointee.count
    while left > 0 {
      left -= 1
      let (asked, generation) = unsafe inbox.pointee.pop()
      switch asked.table {
      case .nodes:
        let wish = wishes[asked.slot]
        unsafe Inbox.unlock(inbox)
        if nodes[asked.slot].generation == generation { grant(wish, to: asked.slot) }
      case .waits:
        let code = asked.ask[].code
        unsafe Inbox.unlock(inbox)
        if waits[asked.slot].generation == generation { _ = wake(asked.slot, code) }
      case .posts:
        queue(post: asked.slot)
        continue
      default:
        unsafe Inbox.unlock(inbox)
        if primitives[asked.slot].generation == generation { _ = release(primitive: asked.slot) }
      }
      unsafe Inbox.lock(inbox)
    }
    unsafe Inbox.unlock(inbox)
  }

  /// A node may have ended since, and may be kept (C14a).
  private func grant(_ wish: Wish, to node: Slot) {
    if wish.what.contains(.shutdownFirst) { shutDownAsAsked(node, wish) }
    if wish.what.contains(.cancel), !nodes[node].state.isGone {
      let origin = Origin(rawValue: wish.origin) ?? .explicit
      unsafe withUnsafePointer(to: wish.message) {
        let message = unsafe UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)
        _ = unsafe cancel(node, origin, code: wish.code, message: message)
      }
    }
    if wish.what.contains(.shutdown) { shutDownAsAsked(node, wish) }
    if wish.what.contains(.release), nodes[node].flags.contains(.held),
      !nodes[node].rare.contains(.letGo)
    {
      release(node)
    }
  }

  /// Without memory for the patience there is none.
  private func shutDownAsAsked(_ node: Slot, _ wish: Wish) {
    guard !nodes[node].state.isGone else { return }
    do throws(Failure) {
      _ = try shutdown(node, wish.patience)
    } catch {
      _ = try? shutdown(node, 0)
    }
  }

  /// Nothing reaches the runtime any more.
  func closeInbox() {
    unsafe Inbox.lock(inbox)
    unsafe inbox.pointee.runtime = nil
    unsafe shim_store32(&inbox.pointee.current, 0)
    while unsafe inbox.pointee.count > 0 { _ = unsafe inbox.pointee.pop() }
    unsafe Inbox.unlock(inbox)
  }

  func openInbox() {
    unsafe Inbox.lock(inbox)
    unsafe inbox.pointee.runtime = raw
    unsafe inbox.pointee.takesPosts = true
    unsafe shim_store32(&inbox.pointee.hasMail, 0)
    unsafe (inbox.pointee.first, inbox.pointee.last) = (.none, .none)
    unsafe Inbox.unlock(inbox)
  }
}
