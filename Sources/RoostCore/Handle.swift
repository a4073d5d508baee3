/// What a handle can name.
public enum Kind: UInt8, Sendable {
  case none = 0
  case runtime = 1
  case task = 2
  case group = 3
  case scope = 4
  case wait = 5
  case cleanup = 6
  case event = 7
  case limiter = 8
  case lock = 9
  case condition = 10
  case channel = 11
  /// A signal that somebody waits for: no handle names it.
  case signal = 12
}

/// A set of kinds, for what a call accepts.
struct Kinds: OptionSet, Sendable {
  /// A bit for each kind.
  public let rawValue: UInt32

  /// A set by its bits.
  @inline(__always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A task.
  public static let task = Kinds(rawValue: 1 << Kind.task.rawValue)
  /// A group.
  public static let group = Kinds(rawValue: 1 << Kind.group.rawValue)
  /// A scope.
  public static let scope = Kinds(rawValue: 1 << Kind.scope.rawValue)
  /// What has children and is closed: a group or a scope.
  public static let block: Kinds = [.group, .scope]
  /// What the tree is made of.
  public static let node: Kinds = [.task, .group, .scope]
}

/// Names a thing of the engine by number, never by pointer (T3): kind (6 bits), generation (30) and
/// slot (28). The generation of a slot changes when what it held has gone, so that a late use is
/// noticed; 0 is never valid.
public struct Handle: Equatable, Sendable {
  /// The number that C knows.
  public let id: UInt64

  /// No handle.
  public static let none = Handle(id: 0)

  /// A handle by its number; any number will do, and is checked when it is used.
  @inline(__always)
  public init(id: UInt64) { self.id = id }

  @inline(__always)
  init(_ kind: Kind, generation: UInt32, slot: Slot) {
    id = UInt64(kind.rawValue) << 58 | UInt64(generation) << 28 | UInt64(slot)
  }

  @inline(__always)
  var kindNumber: UInt8 { UInt8(truncatingIfNeeded: id >> 58) }
  @inline(__always)
  var generation: UInt32 { UInt32(truncatingIfNeeded: id >> 28) & Handle.generationMask }
  @inline(__always)
  var slot: Slot { Slot(truncatingIfNeeded: id) & Handle.slotMask }

  static let generationMask: UInt32 = 0x3fff_ffff
  static let slotMask: UInt32 = 0x0fff_ffff
}

/// The process-wide number of a row; 0 is none (the first row of the process is never given out).
public typealias Slot = UInt32
