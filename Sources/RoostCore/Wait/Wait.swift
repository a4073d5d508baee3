/// The one thing that suspends (design decision 2): somebody waits, in a node, for something to
/// end. What it waits for is a time, a node's end, a request behind an abort function, or a
/// primitive.
@safe
struct Wait {
  var generation: UInt32
  var state: State
  var kind: Kind
  var isTakenBack: Bool
  /// Of a daemon: does not keep the loop going (S8).
  var isBackground: Bool
  var inReadyQueue: Bool
  /// For a signal: it has come again, after it had come or the wait was taken.
  var cameAgain: Bool
  /// The node that it belongs to, and its place among that node's waits.
  var node: Slot
  var next: Slot
  var previous: Slot
  var readyLink: Reference
  var timer: TimerQueue.Index
  var code: Int32
  /// The node for whose end it waits, or the primitive in whose queue it is; or the number of a
  /// descriptor.
  var subject: Slot
  var done: WaitFunction?
  var data: UnsafeMutableRawPointer?
  var drop: DropFunction?
  var abort: AbortFunction?
  /// The fiber that is suspended for it, which has no `done`; nil for a callback's.
  var fiber: WorkerPointer?
  /// The next and previous that wait for the same.
  var nextWatcher: Slot
  var previousWatcher: Slot
  /// When it began, as `roughNow` tells.
  var since: UInt64
  /// The next of several waits of which a fiber takes one, in a ring; 0 for a single one.
  var nextChoice: Slot
  /// Which of these it is, from 1 on; 0 for a single one.
  var choice: UInt32

  /// Completed xor cancelled (C4): a wait leaves `waiting` exactly once, to `ended` with its
  /// outcome, or to `taken` by a mark or by being taken back; a taken one is never completed by
  /// anything of ours (C4a). Only a request behind an abort function may still bring its own
  /// outcome: before the abort is called, or after it has answered that it will end by itself
  /// (`aborting`); so may a child process, whose wait is `aborting` once that is being stopped. At
  /// a condition it leaves for `relocking` instead of either, for good.
  /// A start's wait ends with its task, and no mark takes it (L4): `starting`.
  enum State: UInt8 {
    case vacant = 0
    case starting
    case waiting
    case taken
    case aborting
    /// Its outcome is in `code`, and it waits for its lock (S3b).
    case relocking
    case ended
    /// Its function is running, or its drop.
    case leaving
    case retired
  }

  /// From `receive` on they are special, see there.
  enum Kind: UInt8 {
    case after
    case end
    case park
    case start
    case event
    case permit
    case lock
    case condition
    case send
    case receive
    case signal
    case process
    case connect
    case accept
    case read
    case write
    case close
    case readable
    case writable
    case call
    case names
    case file
  }
}

extension Wait: Row {
  var isVacant: Bool { state == .vacant || state == .retired }
  @inline(__always)
  mutating func vacate() { state = .vacant }
  mutating func retire() { state = .retired }
  var isRetired: Bool { state == .retired }

  static var table: Chunk.Table { .waits }
  static var chunkBytes: Int { asks + Int(Chunk.rows) * MemoryLayout<Ask>.stride }
  /// Where the column of what other threads ask begins.
  static var asks: Int { transfers + Int(Chunk.rows) * MemoryLayout<Transfer>.stride }
  /// Where the column of transfers begins.
  static var transfers: Int { Chunk.headSize + Int(Chunk.rows) * MemoryLayout<Wait>.stride }
}

struct Waits {
  @inline(__always)
  func row(_ slot: Slot) -> Place<Wait> { unsafe Place(Slab<Wait>.row(slot)) }

  @inline(__always)
  subscript(slot: Slot) -> Wait {
    unsafeAddress { unsafe UnsafePointer(Slab<Wait>.row(slot)) }
    nonmutating unsafeMutableAddress { unsafe Slab<Wait>.row(slot) }
  }
}

@inline(__always) var waits: Waits { Waits() }
