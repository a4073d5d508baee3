/// What a call answers: 0 or a positive value for success, a negative code for failure.
///
/// The first codes have the values of errno and libuv, negated; the engine's own lie below -20000.
public struct Status: Equatable, Sendable {
  /// 0 or more for success, negative for failure.
  public let code: Int32

  /// A status with any code, libuv's too.
  @inline(__always)
  public init(_ code: Int32) { self.code = code }

  /// Success.
  public static let ok = Status(0)
  /// Not ended yet; the end will be reported.
  public static let pending = Status(1)
  /// Nothing to do: it was done by an earlier call.
  public static let already = Status(2)
  /// The runtime's thread will do it, if it is not too late by then (C14a).
  public static let asked = Status(3)

  /// Invalid argument.
  public static let invalid = Status(-22)
  /// Not enough memory; nothing was changed (B4).
  public static let noMemory = Status(-12)
  /// Something of the program's is in the way.
  public static let busy = Status(-16)
  /// An options struct has fields set that the library does not know.
  public static let tooBig = Status(-7)
  /// This was done before.
  public static let done = Status(-114)
  /// The deadline passed (D2).
  public static let timedOut = Status(-110)
  /// Cancelled.
  public static let cancelled = Status(-125)
  /// It would have to wait.
  public static let again = Status(-11)
  /// Not permitted; of a descriptor, that the kernel cannot watch it, for it is always ready.
  public static let notPermitted = Status(-1)
  /// There is no such thing.
  public static let notFound = Status(-2)
  /// A descriptor is closed.
  public static let badDescriptor = Status(-9)
  /// The owner of a lock has ended without releasing it (S3b).
  public static let ownerDead = Status(-130)

  /// The handle names something that has ended (T3).
  public static let stale = Status(-20001)
  /// The handle names another kind of thing.
  public static let wrongKind = Status(-20002)
  /// The handles belong to different runtimes.
  public static let foreign = Status(-20003)
  /// Called on another thread than the runtime's.
  public static let wrongThread = Status(-20004)
  /// The runtime belongs to the process before fork (S8b).
  public static let child = Status(-20005)
  /// Closing has begun, nothing more can be opened.
  public static let closed = Status(-20006)
  /// Called at a time when this cannot be done.
  public static let order = Status(-20007)
  /// It would wait for itself, or nothing is left that could happen (D4).
  public static let deadlock = Status(-20008)
  /// A body ended as cancelled although nothing had cancelled it (C13a).
  public static let notCancelled = Status(-20009)
  /// The awaited task was cancelled (L5a).
  public static let taskCancelled = Status(-20010)
  /// A scope or group that reports was cancelled (C7a).
  public static let wasCancelled = Status(-20011)
  /// A task ended with groups or scopes open (G7).
  public static let unclosed = Status(-20012)
  /// A cleanup was cut short by a cancellation (K3).
  public static let cut = Status(-20013)
  /// A shutdown is under way, and no new work is wanted (C12).
  public static let stopping = Status(-20014)
  /// A race without a task has no winner (G2b).
  public static let noWinner = Status(-20015)
  /// A task ended without having reported that it is started (L4).
  public static let notStarted = Status(-20016)
  /// A call that waits was made outside of a fiber.
  public static let noTask = Status(-20017)
  /// An error that cancels every group around it, whatever its policy (G3a).
  public static let fatal = Status(-20018)
}

/// A call that failed: nothing was changed (B1). `text` says what was expected and what was found,
/// and what to do instead (B2).
public struct Failure: Error {
  /// The code.
  public let status: Status
  /// What follows the subject in the sentence.
  public let text: StaticString
  /// The handle that it is about, where there is one.
  public let subject: Handle?

  /// A failure about a handle, or about none.
  @inline(never)
  public init(_ status: Status, _ subject: Handle?, _ text: StaticString) {
    self.status = status
    self.text = text
    self.subject = subject
  }
}

#if !hasFeature(Embedded)
  extension Failure: CustomStringConvertible {
    /// The sentence, with the handle and the name of what it is about (B2).
    public var description: String {
      guard let subject else { return "\(text) (\(status.code))" }
      let kind = Kind(rawValue: subject.kindNumber).map { "\($0)" } ?? "handle"
      let name = unsafe String(cString: Engine.nameIfAny(of: subject))
      let quoted = name.isEmpty ? "" : " '\(name)'"
      let digits = String(subject.id, radix: 16)
      let id = String(repeating: "0", count: 16 - digits.count) + digits
      return "\(kind) 0x\(id)\(quoted) \(text) (\(status.code))"
    }
  }
#endif
