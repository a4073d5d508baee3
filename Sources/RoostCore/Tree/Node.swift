internal import CShim

/// One record type for everything in the tree: tasks, groups and scopes (T1).
///
/// The row has what every step of every node touches, in one cache line. What only some nodes use
/// stands beside it, in columns of the same chunk, which are not touched, and not resident, where
/// they are not used: `Detail`, `Block`, `Reason`, `Name`, `ListedError`, `Extra`, `Shelter`, the
/// times of cancellations, its ticket in a batch, its task.
///
/// A node's life: see `State`. Its links are slots: parent, first child, and its siblings in a list
/// in which the first child's `previous` is the last.
@safe
struct Node {
  var generation: UInt32
  var flags: Flags
  var state: State
  var kind: Kind
  /// 1 while it is effectively cancelled, like the flag: this is for other threads to read (K7).
  var mark: UInt8
  var rare: Rare
  var parent: Slot
  var next: Slot
  var previous: Slot
  var first: Slot
  /// The next in the ready queue; 0 for the last.
  var readyLink: Reference
  /// The cleanup registered last.
  var cleanups: Slot
  /// The waits that name this node: a list like that of the children.
  var waits: Slot
  /// Where its effective cancellation comes from, as far as is known; see `source(of:)`.
  var source: Slot
  /// The outcome of the body.
  var code: Int32
  var start: StartFunction?
  var data: UnsafeMutableRawPointer?

  struct Flags: OptionSet {
    let rawValue: UInt32

    /// Effectively cancelled (C2).
    static let cancelled = Flags(rawValue: 1 << 0)
    /// Its parent is effectively cancelled, which a shield keeps it from seeing.
    static let parentCancelled = Flags(rawValue: 1 << 21)
    /// No task lies between this cancelled group or scope and its source: what is cut short in the
    /// body of the one is cut short in that of the other.
    static let bodyOfSource = Flags(rawValue: 1 << 22)
    /// Cancelled itself; its reason stands in its column (C5).
    static let cancelCalled = Flags(rawValue: 1 << 1)
    /// A shield is on and holds: it does not see the cancellation of what is around it (C10).
    static let shielded = Flags(rawValue: 1 << 2)
    static let inReadyQueue = Flags(rawValue: 1 << 3)
    /// `on_cancel` is due, was called (K7).
    static let tellCancel = Flags(rawValue: 1 << 4)
    static let toldCancel = Flags(rawValue: 1 << 5)
    /// A handle keeps the outcome (L5).
    static let held = Flags(rawValue: 1 << 6)
    /// An error list has the row (G3).
    static let listed = Flags(rawValue: 1 << 7)
    /// `Detail` is valid.
    static let detailed = Flags(rawValue: 1 << 8)
    static let named = Flags(rawValue: 1 << 9)
    /// A cleanup's task.
    static let cleanup = Flags(rawValue: 1 << 10)
    /// A passed deadline is absorbed in silence (D2).
    static let moveOn = Flags(rawValue: 1 << 11)
    /// An absorbed cancellation answers EWASCANCELLED (C7a).
    static let report = Flags(rawValue: 1 << 12)
    /// Failed: by its body's error, by a cleanup's or by what it left open (K3a, G7).
    static let faulty = Flags(rawValue: 1 << 13)
    /// Took its first step.
    static let started = Flags(rawValue: 1 << 14)
    /// Left open by its task, which has ended (G7).
    static let leftOpen = Flags(rawValue: 1 << 15)
    /// Has left something open, which its end collects (G7).
    static let leavesOpen = Flags(rawValue: 1 << 20)
    /// Ended as cancelled.
    static let endedCancelled = Flags(rawValue: 1 << 16)
    /// Its memory is no node's any more: an error in a list.
    static let record = Flags(rawValue: 1 << 17)
    /// Its closing was asked for by somebody who keeps the loop going for it (S8).
    static let joined = Flags(rawValue: 1 << 18)
    /// Of a task: a fiber that has ended, whose stack is reserved for its cleanups (K2c).
    static let keepsStack = Flags(rawValue: 1 << 18)
    /// Limited, and counted as running (L2).
    static let counted = Flags(rawValue: 1 << 19)
    /// A shutdown has reached it (C12a).
    static let stopping = Flags(rawValue: 1 << 23)
    /// Its waits end once it is stopping (C12).
    static let untilStopping = Flags(rawValue: 1 << 24)
    /// Its grace is bounded: `Shelter` is valid, and so is `Detail` (C11).
    static let graced = Flags(rawValue: 1 << 25)
    /// Shields beneath it do not hold: the grace of a cancelled node around them is over (C11).
    static let unsheltered = Flags(rawValue: 1 << 26)
    /// A daemon, or a group or scope in one: keeps neither its group nor the loop going (L3, S8).
    static let background = Flags(rawValue: 1 << 27)
    /// A task whose group counts how it ends: a race, or the hidden group of a start (G2b, L4).
    static let tallied = Flags(rawValue: 1 << 28)
    /// Failed, and waits for what its group's filter says of that (G2).
    static let asked = Flags(rawValue: 1 << 29)
    /// Its beginning is in the trace, and its end will be (O2).
    static let traced = Flags(rawValue: 1 << 30)

    /// A task whose function runs on libuv's pool (S2).
    static let blocking = Flags(rawValue: 1 << 31)

    /// What a node that is opened may have to take over from its parent.
    static let inherited: Flags = [.cancelled, .stopping, .graced, .unsheltered, .traced]
    /// What makes the end of a task an unusual one.
    static let unusualEnd: Flags = [
      .counted, .held, .listed, .background, .cleanup, .blocking, .traced, .cancelCalled,
      .endedCancelled, .faulty,
    ]
    /// The same but for the commonest.
    static let allButCancelled = unusualEnd.subtracting(.endedCancelled)
  }

  /// Flags that few nodes ever have.
  struct Rare: OptionSet {
    let rawValue: UInt8

    /// A shield is on and does not hold any more, its grace being over (C11).
    static let overrun = Rare(rawValue: 1 << 0)
    /// A cancellation had reached it that a shield hides now; its reason was copied (C13a).
    static let reached = Rare(rawValue: 1 << 1)
    /// Has reported that it is started (L4).
    static let reported = Rare(rawValue: 1 << 2)
    /// The hidden group of a task that has not reported yet (L4).
    static let hidden = Rare(rawValue: 1 << 3)
    /// Of a task: a fiber (S2).
    static let fiber = Rare(rawValue: 1 << 3)
    /// Will be a daemon when it has reported (L4).
    static let daemonLater = Rare(rawValue: 1 << 4)
    /// Has won the race of its group, which keeps its outcome (G2b).
    static let won = Rare(rawValue: 1 << 5)
    /// Has won, and its handle was released.
    static let letGo = Rare(rawValue: 1 << 6)
    /// Was abandoned, and its function has not returned (S6a).
    static let stray = Rare(rawValue: 1 << 7)
  }

  /// Where a node is in its life.
  ///
  ///     task:   [queued ->] ready -> running -> pending -> ending -> cleaning* -> leaving -> ended
  ///             queued -> dismissed -> ending
  ///     block:  open -> joining -> ending -> cleaning* -> leaving
  ///
  /// From `ready` to `yielding` a task is in its body, which a fiber is in while it lets others run
  /// and will go on by itself, too; its outcome is set on entering `ending`,
  /// once. `ending` and `cleaning` wait for children and waits; `cleaning` has a cleanup's task
  /// beneath it. In `leaving` callbacks are told of the end, and calls on the handle answer ESTALE.
  /// `ended` is the state of a row that is kept: for a handle, or in a list of errors.
  enum State: UInt8 {
    case vacant = 0
    case queued
    case dismissed
    case ready
    case running
    case pending
    case yielding
    case open
    case joining
    case ending
    case cleaning
    case leaving
    case ended
    case retired
  }
}

extension Place<Node> {
  /// What other threads see of the cancellation of a node (K7).
  @inline(__always)
  func showMark(_ mark: UInt8) { unsafe shim_store8(Node.mark(pointer), mark) }
}

extension Node {
  /// Where the mark stands in a row that may be another thread's.
  @inline(__always)
  static func mark(_ row: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<UInt8> {
    unsafe (UnsafeMutableRawPointer(row) + markOffset).assumingMemoryBound(to: UInt8.self)
  }

  static var markOffset: Int { 10 }

  /// The same for its kind.
  static func kind(_ row: UnsafeMutablePointer<Node>) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(row) + kindOffset
  }

  static var kindOffset: Int { 9 }
}

extension Node: Row {
  var isVacant: Bool { state == .vacant || state == .retired }
  @inline(__always)
  mutating func vacate() { (state, kind) = (.vacant, .none) }
  mutating func retire() { state = .retired }
  var isRetired: Bool { state == .retired }

  static var table: Chunk.Table { .nodes }
  static var chunkBytes: Int { Column.end }

  /// Where the columns of a chunk of nodes begin.
  enum Column {
    static var rows: Int { Int(Chunk.rows) }
    static var detail: Int { Chunk.headSize + rows * MemoryLayout<Node>.stride }
    static var block: Int { detail + rows * MemoryLayout<Detail>.stride }
    static var reason: Int { block + rows * MemoryLayout<Block>.stride }
    static var name: Int { reason + rows * MemoryLayout<Reason>.stride }
    static var error: Int { name + rows * MemoryLayout<Name>.stride }
    static var shelter: Int { error + rows * MemoryLayout<ListedError>.stride }
    static var cancelTime: Int { shelter + rows * MemoryLayout<Shelter>.stride }
    static var since: Int { cancelTime + rows * MemoryLayout<UInt64>.stride }
    static var ticket: Int { since + rows * MemoryLayout<UInt64>.stride }
    static var owner: Int { ticket + rows * MemoryLayout<UInt32>.stride }
    static var extra: Int { owner + rows * MemoryLayout<Slot>.stride }
    static var ask: Int { extra + rows * MemoryLayout<Extra>.stride }
    static var wish: Int { ask + rows * MemoryLayout<Ask>.stride }
    static var stall: Int { wish + rows * MemoryLayout<Wish>.stride }
    static var end: Int { stall + rows * MemoryLayout<StallEntry>.stride }
  }
}

extension Node {
  /// Something needs the row after the end: a handle, a list of errors, a function that runs on.
  var isKept: Bool { !flags.isDisjoint(with: [.held, .listed]) || rare.contains(.stray) }
}

extension Node {
  /// Has begun, and its body is not over.
  @inline(__always)
  var isInBody: Bool { state == .running || state == .pending || state == .yielding }
}

extension Node.State {
  /// In its body, or not yet begun: waits and nodes may be opened in it.
  @inline(__always)
  var isOpen: Bool {
    rawValue >= Node.State.queued.rawValue && rawValue <= Node.State.joining.rawValue
  }
  /// The handle no longer names it.
  @inline(__always)
  var isGone: Bool { rawValue >= Node.State.leaving.rawValue || self == .vacant }
}

/// A copied name, with its final 0 (T4).
struct Name {
  var bytes: InlineArray<64, UInt8>
}

/// The row and the columns of a node, in place. A slot that the engine links is always one of a
/// chunk that is there, which is what makes these safe.
struct Nodes {
  @inline(__always)
  func row(_ slot: Slot) -> Place<Node> { unsafe Place(Slab<Node>.row(slot)) }

  @inline(__always)
  subscript(slot: Slot) -> Node {
    unsafeAddress { unsafe UnsafePointer(Slab<Node>.row(slot)) }
    nonmutating unsafeMutableAddress { unsafe Slab<Node>.row(slot) }
  }
}

struct Column<Value> {
  let begin: Int

  @inline(__always)
  subscript(slot: Slot) -> Value {
    unsafeAddress { unsafe UnsafePointer(pointer(slot)) }
    nonmutating unsafeMutableAddress { unsafe pointer(slot) }
  }

  @inline(__always)
  func place(_ slot: Slot) -> Place<Value> { unsafe Place(pointer(slot)) }

  @inline(__always)
  func pointer(_ slot: Slot) -> UnsafeMutablePointer<Value> {
    unsafe entry(slot, column: begin, stride: MemoryLayout<Value>.stride)
      .assumingMemoryBound(to: Value.self)
  }
}

@inline(__always) var nodes: Nodes { Nodes() }
@inline(__always) var details: Column<Detail> { Column(begin: Node.Column.detail) }
@inline(__always) var blocks: Column<Block> { Column(begin: Node.Column.block) }
@inline(__always) var reasons: Column<Reason> { Column(begin: Node.Column.reason) }
@inline(__always) var names: Column<Name> { Column(begin: Node.Column.name) }
@inline(__always) var errors: Column<ListedError> { Column(begin: Node.Column.error) }
@inline(__always) var extras: Column<Extra> { Column(begin: Node.Column.extra) }
@inline(__always) var stallEntries: Column<StallEntry> { Column(begin: Node.Column.stall) }
@inline(__always) var shelters: Column<Shelter> { Column(begin: Node.Column.shelter) }
/// When a node was cancelled itself.
@inline(__always) var cancelTimes: Column<UInt64> { Column(begin: Node.Column.cancelTime) }
/// Of a cancelled node, in a runtime with a bounded grace: when the first of those that cancel it
/// was cancelled, itself or around it as far as it sees (C11).
@inline(__always) var sinces: Column<UInt64> { Column(begin: Node.Column.since) }
/// What a task has drawn in a batch that is shuffled (S4).
@inline(__always) var tickets: Column<UInt32> { Column(begin: Node.Column.ticket) }
/// Of a group or scope, in a runtime with a seed: the task in which it is; 0 for none (S4).
@inline(__always) var owners: Column<Slot> { Column(begin: Node.Column.owner) }
