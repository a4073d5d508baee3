/// What every node may be opened with.
@safe
public struct NodeOptions {
  /// Copied, and cut to 63 bytes at a character; nil for none (T4).
  public var name: UnsafePointer<CChar>? = nil
  /// Relative: 0 none, negative passed at once, `Int64.max` never (D1).
  public var timeout: Int64 = 0
  /// Absolute: 0 none.
  public var deadline: UInt64 = 0
  /// A deadline that cut work short is absorbed in silence; else it makes the closing fail (D2).
  public var moveOn = false
  /// An absorbed cancellation answers WASCANCELLED; of groups and scopes only (C7a).
  public var report = false
  /// What is around it does not cancel it (C10).
  public var shield = false
  /// How long shields in it hold against a cancellation: 0 as around it, negative not at all,
  /// `Int64.max` without a bound (C11).
  public var grace: Int64 = 0
  /// Its waits end with STOPPING once it is being shut down (C12).
  public var untilStopping = false

  /// No name and no deadline.
  @inline(__always)
  public init() {}
}

extension TaskOptions {
  @inline(__always)
  var isPlain: Bool { common.isPlain && !isDaemon }
}

extension NodeOptions {
  @inline(__always)
  var isPlain: Bool {
    unsafe name == nil && timeout == 0 && deadline == 0 && grace == 0
      && !(moveOn || report || shield || untilStopping)
  }
}

/// What a group may be opened with.
@safe
public struct GroupOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// What becomes of the rest at an error, or at a success (G2).
  public var policy = Policy.failFast
  /// 0: none.
  public var limit: UInt64 = 0
  /// 0: 1,000.
  public var maxErrors: UInt64 = 0
  /// Decides for each error in the policy's place: 0 record, 1 cancel the rest, 2 drop (G2).
  public var filter: FilterFunction? = nil
  /// What `filter` gets.
  public var filterData: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `filterData` (K5).
  public var filterDrop: DropFunction? = nil
  /// Bytes of the stacks of its fibers; 0: as around it.
  public var stackSize: UInt64 = 0

  /// Fail-fast, without a limit.
  public init() {}
}

/// What a task is spawned with.
@safe
public struct TaskOptions {
  /// What every node may be opened with.
  public var common = NodeOptions()
  /// The first step, called once from the loop (S2a).
  public var start: StartFunction
  /// Tells the task that it is being cancelled, once; nil: it is only asked (K7).
  public var onCancel: CancelFunction? = nil
  /// What the functions get; it stays the caller's, until `drop` is called.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// Does not keep its group open, nor the loop going (L3).
  public var isDaemon = false

  /// A task with a first step, and nothing else.
  @inline(__always)
  public init(start: @escaping StartFunction) { unsafe self.start = start }
}
