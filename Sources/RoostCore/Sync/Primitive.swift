/// What tasks wait for that is no node (S3a): an event, a limiter, a lock, a condition or a
/// channel; or a signal, which no handle names.
///
/// Each has one queue of those who wait, served in the order of coming. What becomes free is handed
/// to the first of them at once, so that something is free only while nobody waits for it, and no
/// `try` can overtake (S3). In a channel either senders wait or receivers, never both: receivers
/// only where it is empty, senders only where it is full and nobody receives.
@safe
struct Primitive {
  var generation: UInt32
  /// `none` for a vacant row.
  var kind: Kind
  var isRetired: Bool
  /// An event has happened, the owner of a lock has ended, a channel was closed.
  var isOver: Bool
  /// It is destroyed when nobody waits for it (C14c).
  var isReleased: Bool
  var inReadyQueue: Bool
  /// The next of the free rows.
  var next: Slot
  var waiting: List<WaitingLinks>
  /// Of a lock: the node that owns it; 0 for nobody.
  var owner: Slot
  /// Of a lock: its conditions.
  var conditions: List<PartLinks>
  /// Of a condition: its lock, 0 when that was destroyed.
  var lock: Slot
  /// Of a lock: its place among those of its owner. Of a condition: among those of its lock. Of a
  /// signal: among those that the runtime catches.
  var nextPart: Slot
  var previousPart: Slot
  var readyLink: Reference
  /// Of a limiter: the permits, and those taken. Of a channel: the most items that it holds, and
  /// those that it has. Of a signal, `capacity` is its number.
  var capacity: UInt64
  var count: UInt64
  /// Of a channel.
  var ring: Ring
  var drop: DropFunction?
  /// Of a signal: what `Loop.catchSignal` has given.
  var caught: UnsafeMutableRawPointer?

  /// Makes a vacant row one of these.
  mutating func begin(_ kind: Kind) {
    self.kind = kind
    (isOver, isReleased, inReadyQueue) = (false, false, false)
    waiting = List()
    conditions = List()
    (owner, lock, capacity, count) = (0, 0, 0, 0)
    ring = Ring()
    unsafe (drop, caught) = (nil, nil)
  }
}

extension Primitive: Row {
  var isVacant: Bool { kind == .none }
  mutating func vacate() { kind = .none }
  mutating func retire() { isRetired = true }

  static var table: Chunk.Table { .primitives }
  static var chunkBytes: Int { asks + Int(Chunk.rows) * MemoryLayout<Ask>.stride }
  /// Where the column of what other threads ask begins.
  static var asks: Int { Chunk.headSize + Int(Chunk.rows) * MemoryLayout<Primitive>.stride }
}

struct Primitives {
  @inline(__always)
  func row(_ slot: Slot) -> Place<Primitive> { unsafe Place(Slab<Primitive>.row(slot)) }

  @inline(__always)
  subscript(slot: Slot) -> Primitive {
    unsafeAddress { unsafe UnsafePointer(Slab<Primitive>.row(slot)) }
    nonmutating unsafeMutableAddress { unsafe Slab<Primitive>.row(slot) }
  }
}

@inline(__always) var primitives: Primitives { Primitives() }

extension Primitive {
  /// Where the kind stands in a row that may be another thread's.
  static func kind(_ row: UnsafeMutablePointer<Primitive>) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(row) + kindOffset
  }

  static var kindOffset: Int { 4 }
}

/// Of a wait: its place among those that wait for the same.
enum WaitingLinks: Links {
  static subscript(next wait: Slot) -> Slot {
    get { waits[wait].nextWatcher }
    set { waits[wait].nextWatcher = newValue }
  }
  static subscript(previous wait: Slot) -> Slot {
    get { waits[wait].previousWatcher }
    set { waits[wait].previousWatcher = newValue }
  }
}

/// Of a primitive: its place among those that belong to the same owner, lock or runtime.
enum PartLinks: Links {
  static subscript(next primitive: Slot) -> Slot {
    get { primitives[primitive].nextPart }
    set { primitives[primitive].nextPart = newValue }
  }
  static subscript(previous primitive: Slot) -> Slot {
    get { primitives[primitive].previousPart }
    set { primitives[primitive].previousPart = newValue }
  }
}

extension Engine {
  /// A new primitive in a runtime.
  static func open(_ kind: Kind, in handle: Handle) throws(Failure) -> (Runtime, Slot) {
    let runtime = try findRuntime(handle)
    let primitive = runtime.takePrimitive(kind)
    guard primitive != 0 else { throw Failure(.noMemory, handle, "no memory for anything in it") }
    return (runtime, primitive)
  }

  /// A primitive and a node, which must belong to one runtime.
  static func find(_ handle: Handle, primitive kind: Kind, in nodeHandle: Handle) throws(Failure)
    -> (Runtime, Slot, Slot)
  {
    let (runtime, primitive) = try find(handle, primitive: kind)
    let (other, node) = try find(nodeHandle, .node)
    guard unsafe runtime.raw == other.raw else {
      throw Failure(.foreign, nodeHandle, "belongs to another runtime than what it shall wait for")
    }
    return (runtime, primitive, node)
  }
}

extension Runtime {
  /// 0 without memory.
  func takePrimitive(_ kind: Kind) -> Slot {
    let primitive = state.primitiveSlab.take()
    guard primitive != 0 else { return 0 }
    primitives[primitive].begin(kind)
    state.counters.begin(primitive: kind)
    return primitive
  }

  func handle(primitive: Slot) -> Handle {
    Handle(
      primitives[primitive].kind, generation: primitives[primitive].generation, slot: primitive)
  }

  /// The last in the queue.
  func queue(_ wait: Slot, for primitive: Slot) {
    waits[wait].subject = primitive
    primitives[primitive].waiting.append(wait)
  }

  /// Takes a wait out of its queue; does nothing where it is in none.
  func unqueue(_ wait: Slot) {
    let primitive = waits[wait].subject
    guard primitive != 0 else { return }
    waits[wait].subject = 0
    primitives[primitive].waiting.remove(wait)
    if primitives[primitive].isReleased { lookAtReleased(primitive) }
    let lock = primitives[primitive].lock
    if lock != 0, primitives[lock].isReleased { lookAtReleased(lock) }
  }

  /// Takes out the first who waits; 0 for nobody.
  func popWaiting(for primitive: Slot) -> Slot {
    let wait = primitives[primitive].waiting.first
    if wait != 0 { unqueue(wait) }
    return wait
  }

  /// All who wait are told the same (S3a).
  func endWaiting(for primitive: Slot, _ status: Status) {
    while true {
      let wait = popWaiting(for: primitive)
      guard wait != 0 else { return }
      complete(wait, status.code)
    }
  }

  /// Its handle is stale from now on, and who waits is told so (S3a).
  func destroy(_ primitive: Slot) {
    endWaiting(for: primitive, .closed)
    state.counters.end(primitive: primitives[primitive].kind)
    giveUp(primitive)
  }
}
