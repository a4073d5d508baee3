internal import CShim

/// A row that a slab can hand out.
protocol Row {
  /// What is in a handle to it; 0 before its first use. The first field.
  var generation: UInt32 { get set }
  /// The next in its list; the next free row, while it is free.
  var next: Slot { get set }
  /// Nothing a handle could name: free, or retired.
  var isVacant: Bool { get }
  /// Makes the row vacant.
  mutating func vacate()
  /// Takes a row whose generations are used up out of use for ever (T3).
  mutating func retire()
  var isRetired: Bool { get }

  static var table: Chunk.Table { get }
  /// Of a chunk: its head, the rows, and the columns beside them.
  static var chunkBytes: Int { get }
}

/// Hands out the rows of one table to one runtime: free ones first, the last given back first, for
/// the cache's sake; then fresh ones.
///
/// Rows can be reserved: `takeReserved` then never fails, whatever else was taken meanwhile.
@safe
struct Slab<R: Row>: ~Copyable {
  private var freeHead: Slot = 0
  private var freeCount: UInt32 = 0
  private var freshCount: UInt32 = 0
  private(set) var reserved: UInt32 = 0
  /// All rows in hand, but for those that were retired.
  private var total: UInt32 = 0
  /// Chunks whose fresh rows are used up, and one that still has some; those behind it are fresh.
  private var used: ChunkPointer? = nil
  private var current: ChunkPointer? = nil
  private let owner: UInt
  private let runtime: UnsafeMutableRawPointer
  private let inbox: InboxPointer

  init(owner: UInt, runtime: UnsafeMutableRawPointer, inbox: InboxPointer) {
    self.owner = owner
    unsafe self.runtime = runtime
    unsafe self.inbox = inbox
  }

  /// Rows that were taken and not given back.
  var inUse: UInt32 { total - freeCount - freshCount }

  /// Rows in hand that nobody has reserved.
  @inline(__always)
  private var spare: UInt32 { freeCount &+ freshCount &- reserved }

  /// A vacant row with a generation, or 0 without memory.
  @inline(__always)
  mutating func take() -> Slot { takePlace()?.slot ?? 0 }

  /// The same, with where the row is: that is looked up anyway.
  @inline(__always)
  mutating func takePlace() -> (slot: Slot, row: Place<R>)? {
    while spare == 0 { guard grow() else { return nil } }
    return pop()
  }

  /// Makes sure that `takeReserved` can be called `count` times; false without memory.
  @inline(__always)
  mutating func reserve(_ count: UInt32) -> Bool {
    while spare < count { guard grow() else { return false } }
    reserved &+= count
    return true
  }

  @inline(__always)
  mutating func unreserve(_ count: UInt32) { reserved &-= count }

  @inline(__always)
  mutating func takeReserved() -> (slot: Slot, row: Place<R>) {
    reserved &-= 1
    return pop()
  }

  /// Gives a row back. Its handles are stale from now on.
  @inline(__always)
  mutating func give(_ slot: Slot) { unsafe give(slot, Place(Slab.row(slot))) }

  @inline(__always)
  mutating func give(_ slot: Slot, _ row: Place<R>) {
    row[].vacate()
    let next = row[].generation &+ 1
    guard next <= Handle.generationMask else { return retire(slot) }
    unsafe shim_store32(Slab.generation(row.pointer), next)
    row[].next = freeHead
    freeHead = slot
    freeCount &+= 1
  }

  /// Gives every chunk back to the process. No row may be in use, or ever be used again.
  mutating func close() {
    unsafe ChunkPool.give(R.table, used)
    unsafe ChunkPool.give(R.table, current)
    unsafe (used, current) = (nil, nil)
  }

  /// Calls `body` with each chunk in hand.
  func withEveryChunk(_ body: (ChunkPointer) -> Void) {
    unsafe Slab.each(used, body)
    unsafe Slab.each(current, body)
  }

  /// The same chunks as two lists, for who gives rows back meanwhile.
  var chunks: (ChunkPointer?, ChunkPointer?) { unsafe (used, current) }

  static func each(_ first: ChunkPointer?, _ body: (ChunkPointer) -> Void) {
    var rest = unsafe first
    while let chunk = unsafe rest {
      unsafe rest = chunk.pointee.next
      unsafe body(chunk)
    }
  }

  @inline(__always)
  static func row(_ slot: Slot) -> UnsafeMutablePointer<R> {
    unsafe entry(slot, column: Chunk.headSize, stride: MemoryLayout<R>.stride)
      .assumingMemoryBound(to: R.self)
  }

  /// The first field of every row; other threads read it (T3).
  @inline(__always)
  private static func generation(_ row: UnsafeMutablePointer<R>) -> UnsafeMutablePointer<UInt32> {
    unsafe UnsafeMutableRawPointer(row).assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always)
  private mutating func pop() -> (slot: Slot, row: Place<R>) {
    if freeHead != 0 {
      let slot = freeHead
      let row = unsafe Place(Slab.row(slot))
      freeHead = row[].next
      freeCount &-= 1
      return (slot, row)
    }
    let slot = popFresh()
    return unsafe (slot, Place(Slab.row(slot)))
  }

  private mutating func popFresh() -> Slot {
    while true {
      let chunk = unsafe current.unsafelyUnwrapped
      if unsafe chunk.pointee.fresh == Chunk.rows {
        unsafe current = chunk.pointee.next
        unsafe chunk.pointee.next = used
        unsafe used = chunk
        continue
      }
      let slot = unsafe chunk.pointee.firstSlot + chunk.pointee.fresh
      unsafe chunk.pointee.fresh += 1
      let row = unsafe Slab.row(slot)
      if unsafe row.pointee.isRetired { continue }
      freshCount &-= 1
      if unsafe row.pointee.generation == 0 {
        unsafe shim_store32(Slab.generation(row), chunk.pointee.firstGeneration)
      }
      return slot
    }
  }

  /// The generations of a row are used up (T3).
  @inline(never)
  private mutating func retire(_ slot: Slot) {
    unsafe Slab.row(slot).pointee.retire()
    total -= 1
    unsafe chunk(of: slot).unsafelyUnwrapped.pointee.retired += 1
  }

  @inline(never)
  private mutating func grow() -> Bool {
    guard
      let chunk = unsafe ChunkPool.take(
        R.table, bytes: R.chunkBytes, owner: owner, runtime: runtime, inbox: inbox)
    else { return false }
    unsafe chunk.pointee.next = nil
    let fresh = unsafe Chunk.rows - chunk.pointee.fresh - chunk.pointee.retired
    freshCount &+= fresh
    total += fresh
    guard var last = unsafe current else {
      unsafe current = chunk
      return true
    }
    while let next = unsafe last.pointee.next { unsafe last = next }
    unsafe last.pointee.next = chunk
    return true
  }
}
