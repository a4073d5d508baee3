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
}

/// Why something is cancelled: `roost_reason`.
public struct Reason {
  public var size: UInt64
  public var origin: Int64
  public var code: Int64
  public var node: UInt64
  public var message: InlineArray<64, UInt8>
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
  public var size: UInt64
  public var state: Int64
  public var code: Int64
  public var started: Int64
  public var result: UnsafeMutableRawPointer?
  public var reason: UnsafePointer<Reason>?
}

/// One error of a result (G3): `roost_error`.
@safe
public struct ErrorRecord {
  public var size: UInt64
  public var code: Int64
  public var node: UInt64
  public var name: UnsafePointer<CChar>?
  public var message: UnsafePointer<CChar>?
  public var object: UnsafeMutableRawPointer?
  public var next: UnsafePointer<ErrorRecord>?
  public var children: UnsafePointer<ErrorRecord>?
}

/// An error in a list of the engine's: the caller's record, and the links by slot.
@safe
struct ListedError {
  var record: ErrorRecord
  var next: Slot
  var children: Slot
  var lastChild: Slot
}

/// The result of a group or a scope (G5): `roost_result`.
@safe
public struct Result {
  public var size: UInt64
  public var state: Int64
  public var code: Int64
  public var cancelCalled: Int64
  public var cancelledCaught: Int64
  public var reason: UnsafePointer<Reason>?
  public var errors: UnsafePointer<ErrorRecord>?
  public var errorCount: UInt64
}

// The functions that callers give. In C a handle is a struct of one 64-bit number, which is passed
// as that number.

public typealias DropFunction = @convention(c) (_ data: UnsafeMutableRawPointer?) -> Void
public typealias StartFunction = @convention(c) (
  _ task: UInt64, _ data: UnsafeMutableRawPointer?
) -> Int32
public typealias CancelFunction = @convention(c) (
  _ task: UInt64, _ why: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
) -> Int32
public typealias CleanupFunction = @convention(c) (
  _ task: UInt64, _ why: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
) -> Int32
public typealias JoinFunction = @convention(c) (
  _ node: UInt64, _ result: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
) -> Void
public typealias CloseFunction = @convention(c) (
  _ result: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?
) -> Void
public typealias WaitFunction = @convention(c) (
  _ wait: UInt64, _ code: Int32, _ data: UnsafeMutableRawPointer?
) -> Void
public typealias AbortFunction = @convention(c) (
  _ wait: UInt64, _ data: UnsafeMutableRawPointer?
) -> Int32
