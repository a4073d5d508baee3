// What a runtime has done (O4). What happens often is counted by one addition, and the rest is
// worked out when somebody asks: what is alive is what has begun and not ended, or what the slabs
// have handed out; a task that has neither failed nor was cancelled has completed.

/// The counters as C sees them: `roost_counters`.
public struct Counters {
  /// The size of the struct.
  public var size: UInt64
  /// Alive now; those of cleanups are no tasks here.
  public var tasks: UInt64 = 0
  /// Alive now; those in which tasks are started are no groups here.
  public var groups: UInt64 = 0
  /// Alive now.
  public var scopes: UInt64 = 0
  /// Alive now.
  public var waits: UInt64 = 0
  /// Registered now.
  public var cleanups: UInt64 = 0
  /// Alive now.
  public var events: UInt64 = 0
  /// Alive now.
  public var limiters: UInt64 = 0
  /// Alive now.
  public var locks: UInt64 = 0
  /// Alive now.
  public var conditions: UInt64 = 0
  /// Alive now.
  public var channels: UInt64 = 0
  /// All there ever were, as in the ten that follow.
  public var allTasks: UInt64 = 0
  /// All groups.
  public var allGroups: UInt64 = 0
  /// All scopes.
  public var allScopes: UInt64 = 0
  /// All waits.
  public var allWaits: UInt64 = 0
  /// All cleanups.
  public var allCleanups: UInt64 = 0
  /// All events.
  public var allEvents: UInt64 = 0
  /// All limiters.
  public var allLimiters: UInt64 = 0
  /// All locks.
  public var allLocks: UInt64 = 0
  /// All conditions.
  public var allConditions: UInt64 = 0
  /// All channels.
  public var allChannels: UInt64 = 0
  /// Tasks that ended so.
  public var completed: UInt64 = 0
  /// Tasks that ended so.
  public var failed: UInt64 = 0
  /// Tasks that ended so.
  public var cancelled: UInt64 = 0
  /// Functions of abandoned tasks that have not returned (S6a).
  public var strays: UInt64 = 0
  /// Functions that were posted and called (S5).
  public var posts: UInt64 = 0
  /// Turns of the loop in which anything was done.
  public var turns: UInt64 = 0
  /// Of nodes that were cancelled themselves: how many took, from that to their end, 2^i to 2^(i+1)
  /// nanoseconds, the first also less, the last also more.
  public var cancelToEnd = InlineArray<48, UInt64>(repeating: 0)
}

/// What is counted.
struct Tally {
  var allTasks: UInt64 = 0
  var completed: UInt64 = 0
  var cancelled: UInt64 = 0
  var failed: UInt64 = 0
  var allGroups: UInt64 = 0
  var endedGroups: UInt64 = 0
  var allScopes: UInt64 = 0
  var endedScopes: UInt64 = 0
  var allWaits: UInt64 = 0
  var allCleanups: UInt64 = 0
  var posts: UInt64 = 0
  var turns: UInt64 = 0
  /// By kind, from events on.
  var allPrimitives = InlineArray<5, UInt64>(repeating: 0)
  var primitives = InlineArray<5, UInt64>(repeating: 0)
  var cancelToEnd = InlineArray<48, UInt64>(repeating: 0)

  @inline(__always)
  mutating func beginBlock(_ kind: Kind) {
    if kind == .group { allGroups &+= 1 } else { allScopes &+= 1 }
  }

  @inline(__always)
  mutating func endBlock(_ kind: Kind) {
    if kind == .group { endedGroups &+= 1 } else { endedScopes &+= 1 }
  }

  /// `cancelled` stands behind `completed`.
  @inline(__always)
  mutating func countUsualEnd(isCancelled: Bool) {
    if isCancelled { cancelled &+= 1 } else { completed &+= 1 }
  }

  mutating func begin(primitive kind: Kind) {
    allPrimitives[Tally.index(kind)] += 1
    primitives[Tally.index(kind)] += 1
  }

  mutating func end(primitive kind: Kind) { primitives[Tally.index(kind)] -= 1 }

  private static func index(_ kind: Kind) -> Int { Int(kind.rawValue - Kind.event.rawValue) }
}

extension Runtime {
  /// A task that is no cleanup's has ended, and had some of these flags.
  @inline(__always)
  func countEnd(_ unusual: Node.Flags) {
    if unusual.contains(.faulty) {
      state.counters.failed &+= 1
    } else {
      state.counters.countUsualEnd(isCancelled: unusual.contains(.endedCancelled))
    }
  }

  /// A node that was cancelled itself has ended.
  func countCancelled(_ node: Slot) {
    let taken = now() &- cancelTimes[node]
    let log = 63 - (taken | 1).leadingZeroBitCount
    state.counters.cancelToEnd[min(log, 47)] += 1
  }

}

extension Engine {
  /// The counters of a runtime.
  public static func counters(of handle: Handle) throws(Failure) -> Counters {
    try findRuntime(handle).counters()
  }
}

extension Runtime {
  func counters() -> Counters {
    var counters = Counters(size: UInt64(MemoryLayout<Counters>.size))
    countNodes(&counters)
    countOthers(&counters)
    return counters
  }

  private func countNodes(_ counters: inout Counters) {
    counters.groups = state.counters.allGroups - state.counters.endedGroups
    counters.scopes = state.counters.allScopes - state.counters.endedScopes
    counters.allTasks = state.counters.allTasks
    counters.allGroups = state.counters.allGroups
    counters.allScopes = state.counters.allScopes
    counters.failed = state.counters.failed
    counters.cancelled = state.counters.cancelled
    counters.completed = state.counters.completed
    counters.tasks =
      counters.allTasks - counters.completed - counters.failed - counters.cancelled
    counters.strays = UInt64(state.strayCount)
    counters.posts = state.counters.posts
    counters.turns = state.counters.turns
    counters.cancelToEnd = state.counters.cancelToEnd
  }

  private func countOthers(_ counters: inout Counters) {
    counters.waits = UInt64(state.waitSlab.inUse)
    counters.cleanups = UInt64(state.cleanupSlab.inUse)
    counters.allWaits = state.counters.allWaits
    counters.allCleanups = state.counters.allCleanups
    let (alive, all) = (state.counters.primitives, state.counters.allPrimitives)
    (counters.events, counters.allEvents) = (alive[0], all[0])
    (counters.limiters, counters.allLimiters) = (alive[1], all[1])
    (counters.locks, counters.allLocks) = (alive[2], all[2])
    (counters.conditions, counters.allConditions) = (alive[3], all[3])
    (counters.channels, counters.allChannels) = (alive[4], all[4])
  }
}
