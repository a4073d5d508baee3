internal import CShim

/// The operations of the engine, by handle: each checks what it is given, and either does its work
/// or throws a `Failure` and changes nothing (B1). Each belongs to the thread of the runtime.
public enum Engine {
  /// What one of libuv's codes means; nil for a code that it does not know.
  public static func libuvText(_ code: Int32) -> UnsafePointer<CChar>? { unsafe Loop.text(code) }
}

extension Engine {
  /// The runtime of a slot, if it is one of this thread's and its rows are what the handle says.
  /// The row may be vacant, or another's by now: its generation tells.
  @inline(__always)
  static func locate(_ handle: Handle, _ table: Chunk.Table) -> Runtime? {
    guard let chunk = unsafe chunk(of: handle.slot), unsafe isOurs(chunk),
      unsafe chunk.pointee.table == table
    else { return nil }
    return unsafe Runtime(raw: chunk.pointee.runtime)
  }

  /// The node of a handle, and its runtime (T3).
  @inline(__always)
  static func find(_ handle: Handle, _ kinds: Kinds) throws(Failure) -> (Runtime, Slot) {
    let slot = handle.slot
    guard let runtime = locate(handle, .nodes), nodes[slot].generation == handle.generation,
      nodes[slot].kind.rawValue == handle.kindNumber, kinds.contains(handle.kindNumber),
      !nodes[slot].state.isGone
    else { throw whyNot(handle, kinds.rawValue) }
    return (runtime, slot)
  }

  /// A task that is alive, or has ended and is kept (L5).
  static func findKept(_ handle: Handle) throws(Failure) -> (Runtime, Slot) {
    let slot = handle.slot
    if let runtime = locate(handle, .nodes), nodes[slot].generation == handle.generation,
      handle.kindNumber == Kind.task.rawValue, nodes[slot].kind == .task,
      nodes[slot].state.isGone, nodes[slot].flags.contains(.held)
    {
      return (runtime, slot)
    }
    return try find(handle, .task)
  }

  /// The runtime of its handle, which is that of its root group with another kind.
  @inline(__always)
  static func findRuntime(_ handle: Handle) throws(Failure) -> Runtime {
    let slot = handle.slot
    guard handle.kindNumber == Kind.runtime.rawValue, let runtime = locate(handle, .nodes),
      nodes[slot].generation == handle.generation, runtime.state.root == slot
    else { throw whyNot(handle, 1 << Kind.runtime.rawValue) }
    return runtime
  }

  @inline(__always)
  static func findWait(_ handle: Handle) throws(Failure) -> (Runtime, Slot) {
    let slot = handle.slot
    guard handle.kindNumber == Kind.wait.rawValue, let runtime = locate(handle, .waits),
      waits[slot].generation == handle.generation, !waits[slot].isVacant
    else { throw whyNot(handle, 1 << Kind.wait.rawValue) }
    return (runtime, slot)
  }

  static func findCleanup(_ handle: Handle) throws(Failure) -> (Runtime, Slot) {
    let slot = handle.slot
    guard handle.kindNumber == Kind.cleanup.rawValue, let runtime = locate(handle, .cleanups),
      cleanups[slot].generation == handle.generation, !cleanups[slot].isVacant
    else { throw whyNot(handle, 1 << Kind.cleanup.rawValue) }
    return (runtime, slot)
  }

  /// An event, a limiter, a lock, a condition or a channel.
  @inline(__always)
  static func find(_ handle: Handle, primitive kind: Kind) throws(Failure) -> (Runtime, Slot) {
    let slot = handle.slot
    guard handle.kindNumber == kind.rawValue, let runtime = locate(handle, .primitives),
      primitives[slot].generation == handle.generation, primitives[slot].kind == kind
    else { throw whyNot(handle, 1 << kind.rawValue) }
    return (runtime, slot)
  }

  /// What is wrong with a handle that was not found. `kinds` has the bits of those expected.
  @inline(never)
  private static func whyNot(_ handle: Handle, _ kinds: UInt32) -> Failure {
    guard handle.id != 0 else {
      return Failure(.invalid, handle, "is not set; pass what an opening call has given")
    }
    guard let kind = Kind(rawValue: handle.kindNumber), kind != .none, kind != .signal else {
      return Failure(.invalid, handle, "is no handle; pass what an opening call has given")
    }
    guard kinds & (1 << kind.rawValue) != 0 else { return wrongKind(handle, kinds) }
    guard let chunk = unsafe chunk(of: handle.slot) else {
      return Failure(.stale, handle, "was never given out in this process")
    }
    guard unsafe chunk.pointee.table == kind.table else { return over(handle) }
    let owner = unsafe shim_load(&chunk.pointee.owner)
    guard unsafe isCurrent(handle, chunk) else { return over(handle) }
    if owner != Chunk.free, unsafe shim_load32(&chunk.pointee.epoch) != shim_fork_epoch() {
      return Failure(
        .child, handle, "belongs to the process before fork; open a runtime of the child's own")
    }
    if owner != Chunk.free, owner != shim_self() {
      return Failure(.wrongThread, handle, "belongs to another thread; call from its runtime's")
    }
    return over(handle)
  }

  /// What a handle names has gone.
  static func over(_ handle: Handle) -> Failure {
    Failure(.stale, handle, "has ended, or its runtime was closed; do not use this handle again")
  }

  /// Whether the row of a slot, which may be another thread's, still has the handle's generation: a
  /// closed runtime's handles are stale whoever has its rows now (T3).
  static func isCurrent(_ handle: Handle, _ chunk: ChunkPointer) -> Bool {
    // The first row of the process is never given out.
    guard handle.slot != 0 else { return false }
    let stride =
      switch unsafe chunk.pointee.table {
      case .nodes: MemoryLayout<Node>.stride
      case .waits: MemoryLayout<Wait>.stride
      case .cleanups: MemoryLayout<Cleanup>.stride
      case .primitives: MemoryLayout<Primitive>.stride
      case .posts: MemoryLayout<Post>.stride
      }
    // The generation is the first field of every row.
    let index = Int(handle.slot & (Chunk.rows - 1))
    let row = unsafe UnsafeMutableRawPointer(chunk) + Chunk.headSize + index * stride
    return unsafe shim_load32(row.assumingMemoryBound(to: UInt32.self)) == handle.generation
  }

  private static func wrongKind(_ handle: Handle, _ kinds: UInt32) -> Failure {
    let text: StaticString =
      switch kinds {
      case 1 << Kind.runtime.rawValue: "is no runtime; pass what roost_runtime_open has given"
      case Kinds.task.rawValue: "is no task; pass a task's handle"
      case Kinds.group.rawValue: "is no group; pass a group's handle"
      case Kinds.block.rawValue: "is no group and no scope; pass one of these"
      case 1 << Kind.wait.rawValue: "is no wait; pass what began a wait"
      case 1 << Kind.cleanup.rawValue: "is no cleanup; pass what roost_defer_with has given"
      case 1 << Kind.event.rawValue: "is no event; pass what roost_event_open has given"
      case 1 << Kind.limiter.rawValue: "is no limiter; pass what roost_limiter_open has given"
      case 1 << Kind.lock.rawValue: "is no lock; pass what roost_lock_open has given"
      case 1 << Kind.condition.rawValue: "is no condition; pass what roost_condition_open has given"
      case 1 << Kind.channel.rawValue: "is no channel; pass what roost_channel_open has given"
      default: "is no task, group or scope; pass one of these"
      }
    return Failure(.wrongKind, handle, text)
  }
}

extension Kind {
  /// Where the rows are that a handle of this kind names.
  var table: Chunk.Table {
    switch self {
    case .none, .runtime, .task, .group, .scope: .nodes
    case .wait: .waits
    case .cleanup: .cleanups
    case .event, .limiter, .lock, .condition, .channel, .signal: .primitives
    }
  }
}

extension Kinds {
  @inline(__always)
  func contains(_ kindNumber: UInt8) -> Bool {
    rawValue & (1 &<< UInt32(kindNumber)) != 0
  }
}

extension Runtime {
  /// The handle of a node.
  @inline(__always)
  func handle(_ node: Slot) -> Handle {
    Handle(nodes[node].kind, generation: nodes[node].generation, slot: node)
  }

  @inline(__always)
  func handle(wait: Slot) -> Handle {
    Handle(.wait, generation: waits[wait].generation, slot: wait)
  }
}
