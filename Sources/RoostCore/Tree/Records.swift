// The structs that callers see. Their layout is that of the C header, field by field; a test
// compares the two.

/// Where a cancellation came from (C9).
public enum Origin: Int64, Sendable {
  case none = 0
  case explicit = 1
  case deadline = 2
  case failedSibling = 3
  case leftOpen = 4
  case signal = 5
  case shutdown = 6
  case host = 7
  case deadlock = 8
  case raceWon = 9
  case parentJoin = 10
}

/// What a group makes of its errors, and of its first success (G2).
public enum Policy: UInt8, Sendable {
  /// The first error cancels the rest.
  case failFast = 1
  /// Errors are collected.
  case supervise = 2
  /// The first success cancels the rest.
  case race = 3
}

/// What a filter says of an error (G2).
enum Verdict: Int32 {
  case record = 0
  case cancelRest = 1
  case drop = 2
}

/// Why something is cancelled: `roost_reason`.
public struct Reason {
  /// The size of the struct.
  public var size: UInt64
  /// An `Origin`.
  public var origin: Int64
  /// The number given to the cancel; what the failed sibling, or the winner, brought.
  public var code: Int64
  /// Where it began: the node that was cancelled; or the one that failed, that has won, or that is
  /// joined.
  public var node: UInt64
  /// As given to the cancel, with its final 0.
  public var message: InlineArray<64, UInt8>
  /// The name of that node, with its final 0.
  public var name: InlineArray<64, UInt8>
}

/// How something ended (G5).
public enum Ending: Int64, Sendable {
  case alive = 0
  case completed = 1
  case failed = 2
  case cancelled = 3
}

/// The outcome of a task, also as a cleanup is told it: `roost_outcome`.
@safe
public struct Outcome {
  /// The size of the struct.
  public var size: UInt64
  /// An `Ending`.
  public var state: Int64
  /// What the body answered.
  public var code: Int64
  /// 0 for a task that ended before its first step (C6a), else 1.
  public var started: Int64
  /// The pointer given to `finish` with success.
  public var result: UnsafeMutableRawPointer?
  /// Of a cancellation.
  public var reason: UnsafePointer<Reason>?
}

/// One error of a result (G3): `roost_error`.
@safe
public struct ErrorRecord {
  /// The size of the struct.
  public var size: UInt64
  /// The error; 0 or more for a success that came too late in a race (G2b).
  public var code: Int64
  /// The handle of what failed.
  public var node: UInt64
  /// Its name, "" for none.
  public var name: UnsafePointer<CChar>?
  /// As given to `explain`.
  public var message: UnsafePointer<CChar>?
  /// The pointer given to `finish` with the error.
  public var object: UnsafeMutableRawPointer?
  /// The next error of the list.
  public var next: UnsafePointer<ErrorRecord>?
  /// The errors of a nested group.
  public var children: UnsafePointer<ErrorRecord>?
}

/// An error in a list of the engine's: the caller's record, and the links by slot.
@safe
struct ListedError {
  var record: ErrorRecord
  var next: Slot
  var children: Slot
  var lastChild: Slot
  /// Until its group's filter was asked: the node that waits for that.
  var waiter: Slot
  var source: Source

  /// What has failed, as far as it matters to the group (G2b, G4).
  enum Source: UInt8 {
    case task
    case cleanup
    case body
  }
}

/// The result of a group or a scope (G5): `roost_result`.
@safe
public struct Result {
  /// The size of the struct.
  public var size: UInt64
  /// An `Ending`.
  public var state: Int64
  /// What goes on to whoever closed the node.
  public var code: Int64
  /// 1: somebody, or its deadline, cancelled this node itself (C8).
  public var cancelCalled: Int64
  /// 1: and that cut work short, which was absorbed here (C8).
  public var cancelledCaught: Int64
  /// Of the cancellation that applied to the node.
  public var reason: UnsafePointer<Reason>?
  /// In the order in which they happened.
  public var errors: UnsafePointer<ErrorRecord>?
  /// All that happened, the listed and the others.
  public var errorCount: UInt64
  /// The handle of the task that won the race, or 0 (G2b).
  public var winner: UInt64 = 0
  /// What it answered.
  public var winnerCode: Int64 = 0
  /// The pointer that it gave with that.
  public var winnerResult: UnsafeMutableRawPointer? = nil
  /// Its name, "" for none; nil without a winner.
  public var winnerName: UnsafePointer<CChar>? = nil
  /// The handle of the group or scope.
  public var node: UInt64 = 0
}

// The functions that callers give. In C a handle is a struct of one 64-bit number, which is passed
// as that number.

/// Frees what a `data` pointer points to (K5).
public typealias DropFunction = @convention(c) (_ data: UnsafeMutableRawPointer?) -> Void
/// The first step of a task (S2a).
public typealias StartFunction =
  @convention(c) (
    _ task: UInt64, _ data: UnsafeMutableRawPointer?
  ) -> Int32
/// Tells a task, or a cleanup, why it is being cancelled (K7).
public typealias CancelFunction =
  @convention(c) (
    _ task: UInt64, _ why: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
  ) -> Int32
/// A cleanup, told how its node ended (K1).
public typealias CleanupFunction =
  @convention(c) (
    _ task: UInt64, _ why: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
  ) -> Int32
/// Told of the result of a group or scope.
public typealias JoinFunction =
  @convention(c) (
    _ node: UInt64, _ result: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
  ) -> Void
/// Decides what its group makes of an error (G2).
public typealias FilterFunction =
  @convention(c) (
    _ group: UInt64, _ error: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
  ) -> Int32
/// Told of the result of a runtime's root.
public typealias CloseFunction =
  @convention(c) (
    _ result: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
  ) -> Void
/// What a blocking task does, on a thread of the pool (S2).
public typealias WorkFunction =
  @convention(c) (
    _ task: UInt64, _ data: UnsafeMutableRawPointer?,
    _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> Int32
/// Was posted: called on the runtime's thread (S5).
public typealias PostFunction =
  @convention(c) (
    _ runtime: UInt64, _ data: UnsafeMutableRawPointer?
  ) -> Void
/// Told of the outcome of a wait (S2b).
public typealias WaitFunction =
  @convention(c) (
    _ wait: UInt64, _ code: Int32, _ data: UnsafeMutableRawPointer?
  ) -> Void
/// Stops the request behind a wait: 0 when it has stopped, PENDING when it will end by itself.
public typealias AbortFunction =
  @convention(c) (
    _ wait: UInt64, _ data: UnsafeMutableRawPointer?
  ) -> Int32
