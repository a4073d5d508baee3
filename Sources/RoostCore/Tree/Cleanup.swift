/// A cleanup that is registered on a node (K1). A row of the nodes is reserved with it, for the
/// task as which it will run (K2c).
@safe
struct Cleanup {
  var generation: UInt32
  var next: Slot
  var node: Slot
  var state: State
  var isNamed: Bool
  /// Runs as a fiber (K2).
  var isFiber: Bool
  /// The size of the stack that is reserved for it, as a power of two; 0: it has its node's.
  var stack: UInt8
  var run: CleanupFunction?
  var onCancel: CancelFunction?
  var data: UnsafeMutableRawPointer?
  var drop: DropFunction?

  enum State: UInt8 {
    case vacant = 0
    case registered
    case retired
  }
}

extension Cleanup: Row {
  var isVacant: Bool { state != .registered }
  @inline(__always)
  mutating func vacate() { state = .vacant }
  mutating func retire() { state = .retired }
  var isRetired: Bool { state == .retired }

  static var table: Chunk.Table { .cleanups }
  static var chunkBytes: Int { nameColumn + Int(Chunk.rows) * MemoryLayout<Name>.stride }
  static var nameColumn: Int { Chunk.headSize + Int(Chunk.rows) * MemoryLayout<Cleanup>.stride }
}

struct Cleanups {
  @inline(__always)
  func row(_ slot: Slot) -> Place<Cleanup> { unsafe Place(Slab<Cleanup>.row(slot)) }

  @inline(__always)
  subscript(slot: Slot) -> Cleanup {
    unsafeAddress { unsafe UnsafePointer(Slab<Cleanup>.row(slot)) }
    nonmutating unsafeMutableAddress { unsafe Slab<Cleanup>.row(slot) }
  }
}

@inline(__always) var cleanups: Cleanups { Cleanups() }
@inline(__always) var cleanupNames: Column<Name> { Column(begin: Cleanup.nameColumn) }
