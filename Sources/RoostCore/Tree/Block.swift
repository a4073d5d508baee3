/// What a group or a scope has.
@safe
struct Block {
  var join: JoinFunction?
  var joinData: UnsafeMutableRawPointer?
  var joinDrop: DropFunction?
  /// The listed errors, in order, and how many happened (G3).
  var errors: Slot
  var lastError: Slot
  var errorCount: UInt64
  var listed: UInt32
  var maxErrors: UInt32
  /// Ended tasks whose outcome is kept (L5).
  var kept: Slot
  /// At most so many tasks run; `UInt32.max`: no limit (L2).
  var limit: UInt32
  var running: UInt32
  var queueFirst: Slot
  var queueLast: Slot
  /// Tasks among the children, cleanups' included; daemons among these (L3).
  var tasks: UInt32
  var daemons: UInt32
  /// Groups and scopes among the children; those that nobody closes yet.
  var innerBlocks: UInt32
  /// The hidden groups among these (L4).
  var starting: UInt32
  var openBlocks: UInt32
  /// The first error's code; and that of its body's and of cleanups' (G2b).
  var firstCode: Int32
  var raisedCode: Int32
  /// Decides for each error; errors that it has not been asked for, in order (G2).
  var filter: FilterFunction?
  var filterData: UnsafeMutableRawPointer?
  var filterDrop: DropFunction?
  var askFirst: Slot
  var askLast: Slot
  /// The winner of a race (G2b).
  var winner: Slot
  /// Tasks that will belong to it once they report (L4); of the root, also what was posted (S8a).
  var pendingStarts: UInt32
  /// Of a hidden group: where its task will go, 0 once it has; who waits for that, 0 for nobody.
  var target: Slot
  var startWait: Slot
  /// Rows reserved with it, to be given back with it.
  var reserved: UInt8
  /// Of its fibers, as a power of two.
  var stackSize: UInt8
  /// A fiber has opened it as the innermost that it has open, and is alone to close it (T1).
  var isBracket: Bool
  var policy: Policy
  /// Its body, an ordinary task or something joined inside ended as cancelled because this block
  /// was, effectively: what its closing passes on, unless it absorbs (G5a).
  var passedOn: Bool
  /// Its own cancellation has ended a task or a wait somewhere beneath it (C8).
  var cutShort: Bool
  /// So it has a daemon, which counts for what was caught and not for the answer (G5a).
  var cutDaemon: Bool
  /// Nothing is left in it but waits, which are being taken back (S2b).
  var takesBack: Bool
  /// Its closing has just begun: what is open in it is closed with it (T1d).
  var sweeps: Bool
  /// No spawn any more, though its cleanups have not begun: the root after `close` (S8a), a group
  /// whose daemons were cancelled (L3).
  var refuses: Bool
  var daemonsTold: Bool
  /// Its body ended as cancelled because this block was.
  var bodyCancelled: Bool
  /// Its tasks are tallied; there was one; one has ended as cancelled, alone or not.
  var tallies: Bool
  var tallied: Bool
  var talliedCancel: Bool
}

extension Block {
  /// Neither an ordinary task is left in it, nor one that is being started, from or into it.
  @inline(__always)
  var hasNoTask: Bool { tasks == daemons && pendingStarts | starting == 0 }

  /// All zero is nothing, no and nobody.
  @inline(__always)
  mutating func begin(limit wanted: UInt64) {
    unsafe withUnsafeMutableBytes(of: &self) {
      _ = unsafe $0.initializeMemory(as: UInt8.self, repeating: 0)
    }
    limit = wanted == 0 ? .max : UInt32(clamping: wanted)
    maxErrors = 1000
    policy = .failFast
  }
}
