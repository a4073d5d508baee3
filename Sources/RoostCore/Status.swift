/// What a call answers: 0 or a positive value for success, a negative code for failure.
///
/// The first codes have the values of errno and libuv, negated; the engine's own lie below -20000.
public struct Status: Equatable, Sendable {
  public let code: Int32

  @inline(__always)
  public init(_ code: Int32) { self.code = code }

  public static let ok = Status(0)
  /// Not ended yet; the end will be reported.
  public static let pending = Status(1)
  /// Nothing to do: it was done by an earlier call.
  public static let already = Status(2)

  public static let invalid = Status(-22)
  public static let noMemory = Status(-12)
  public static let busy = Status(-16)
  public static let tooBig = Status(-7)
  public static let done = Status(-114)
  public static let timedOut = Status(-110)
  public static let cancelled = Status(-125)

  public static let stale = Status(-20001)
  public static let wrongKind = Status(-20002)
  public static let foreign = Status(-20003)
  public static let wrongThread = Status(-20004)
  public static let child = Status(-20005)
  public static let closed = Status(-20006)
  public static let order = Status(-20007)
  public static let deadlock = Status(-20008)
  public static let notCancelled = Status(-20009)
  public static let taskCancelled = Status(-20010)
  public static let wasCancelled = Status(-20011)
  public static let unclosed = Status(-20012)
  public static let cut = Status(-20013)
}

/// A call that failed: nothing was changed (B1). `text` says what was expected and what was found,
/// and what to do instead (B2).
public struct Failure: Error {
  public let status: Status
  public let text: StaticString
  /// The handle that it is about, where there is one.
  public let subject: Handle?

  @inline(never)
  public init(_ status: Status, _ subject: Handle?, _ text: StaticString) {
    self.status = status
    self.text = text
    self.subject = subject
  }
}
