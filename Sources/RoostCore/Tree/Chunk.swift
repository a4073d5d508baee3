internal import CShim

/// Rows come in chunks of 4,096 that never move and are never unmapped, so that a late handle can
/// always be looked at. The head of a chunk says whose it is.
///
/// A chunk belongs to one runtime while that is open; closing gives it back to the process with its
/// generations, so that no later runtime brings an old handle to life (T3).
@safe
struct Chunk {
  /// The identity of the runtime's thread; `Chunk.free` for nobody. Other threads read it.
  var owner: UInt
  /// The fork epoch in which the runtime was opened (S8b). Other threads read it.
  var epoch: UInt32
  var firstSlot: Slot
  /// Where other threads reach its runtime; 0 for none. They read it.
  var inbox: UInt
  var runtime: UnsafeMutableRawPointer?
  /// The next of the runtime's chunks, or of the free ones.
  var next: UnsafeMutablePointer<Chunk>?
  var table: Table
  /// Where the generations of its rows began: at random in the lower half, so that two copies of
  /// the engine in one process do not take each other's handles.
  var firstGeneration: UInt32
  /// The next row that this runtime has not used yet.
  var fresh: UInt32
  /// Rows out of use for ever.
  var retired: UInt32

  static let rowBits: UInt32 = 12
  static let rows: UInt32 = 1 << rowBits
  /// The head fills a page of its own.
  static let headSize = 4096
  static let free: UInt = 1

  /// The rows that this runtime has used.
  var usedRows: Range<Slot> { firstSlot..<firstSlot + fresh }

  /// What the rows of a chunk are.
  enum Table: UInt32 {
    case nodes = 0
    case waits = 1
    case cleanups = 2
    case primitives = 3
    case posts = 4
  }
}

typealias ChunkPointer = UnsafeMutablePointer<Chunk>

/// The chunk of a slot, or nil where there is none.
@inline(__always)
func chunk(of slot: Slot) -> ChunkPointer? {
  unsafe shim_chunk(slot >> Chunk.rowBits)?.assumingMemoryBound(to: Chunk.self)
}

/// Whether a chunk belongs to a runtime of this thread. Nothing else of it may be read before, for
/// its runtime may be at work on another thread.
@inline(__always)
func isOurs(_ chunk: ChunkPointer) -> Bool {
  unsafe shim_load(&chunk.pointee.owner) == shim_self()
}

/// The address of a column's entry for a slot. The slot is one that the engine itself linked, or
/// that was checked: its chunk exists.
@inline(__always)
func entry(_ slot: Slot, column: Int, stride: Int) -> UnsafeMutableRawPointer {
  unsafe shim_own_chunk(slot >> Chunk.rowBits).unsafelyUnwrapped
    + (column + Int(slot & (Chunk.rows - 1)) * stride)
}

/// An entry in place: a row, or what stands beside it in a column. Looked up once where a function
/// touches it often. Valid as long as its slot is in use, for chunks never move.
@safe
struct Place<Value> {
  let pointer: UnsafeMutablePointer<Value>

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<Value>) { unsafe self.pointer = pointer }

  @inline(__always)
  subscript() -> Value {
    unsafeAddress { unsafe UnsafePointer(pointer) }
    nonmutating unsafeMutableAddress { unsafe pointer }
  }
}

/// The chunks that no runtime has: one list for each table, under the process-wide lock.
enum ChunkPool {
  nonisolated(unsafe) private static var nodes: ChunkPointer? = nil
  nonisolated(unsafe) private static var waits: ChunkPointer? = nil
  nonisolated(unsafe) private static var cleanups: ChunkPointer? = nil
  nonisolated(unsafe) private static var primitives: ChunkPointer? = nil
  nonisolated(unsafe) private static var posts: ChunkPointer? = nil
  nonisolated(unsafe) private static var count: UInt32 = 0

  /// A chunk for a runtime: one that another has given back, or a new one; nil without memory (B4).
  static func take(
    _ table: Chunk.Table, bytes: Int, owner: UInt, runtime: UnsafeMutableRawPointer,
    inbox: InboxPointer
  ) -> ChunkPointer? {
    shim_lock()
    defer { shim_unlock() }
    let chunk: ChunkPointer
    if let given = unsafe head(table) {
      unsafe setHead(table, given.pointee.next)
      unsafe chunk = given
    } else {
      guard unsafe count < UInt32(SHIM_CHUNKS), let memory = unsafe shim_map(bytes) else {
        return nil
      }
      unsafe chunk = memory.assumingMemoryBound(to: Chunk.self)
      unsafe chunk.pointee.firstSlot = count << Chunk.rowBits
      unsafe chunk.pointee.table = table
      unsafe chunk.pointee.firstGeneration = max(1, shim_random() & (Handle.generationMask >> 1))
      unsafe shim_set_chunk(count, memory)
      unsafe count += 1
    }
    // The first row of the process is slot 0, which means none.
    unsafe chunk.pointee.fresh = chunk.pointee.firstSlot == 0 ? 1 : 0
    unsafe chunk.pointee.runtime = runtime
    unsafe shim_store32(&chunk.pointee.epoch, shim_fork_epoch())
    unsafe shim_store(&chunk.pointee.inbox, UInt(bitPattern: inbox))
    unsafe setOwner(chunk, owner)
    return unsafe chunk
  }

  /// Gives back a list of chunks, linked by `next`. Their handles answer ESTALE from now on.
  static func give(_ table: Chunk.Table, _ chunks: ChunkPointer?) {
    shim_lock()
    defer { shim_unlock() }
    var rest = unsafe chunks
    while let chunk = unsafe rest {
      unsafe rest = chunk.pointee.next
      unsafe setOwner(chunk, Chunk.free)
      unsafe shim_store(&chunk.pointee.inbox, 0)
      unsafe chunk.pointee.runtime = nil
      unsafe chunk.pointee.next = head(table)
      unsafe setHead(table, chunk)
    }
  }

  static func setOwner(_ chunk: ChunkPointer, _ owner: UInt) {
    unsafe shim_store(&chunk.pointee.owner, owner)
  }

  static func inbox(of chunk: ChunkPointer) -> InboxPointer? {
    unsafe InboxPointer(bitPattern: shim_load(&chunk.pointee.inbox))
  }

  private static func head(_ table: Chunk.Table) -> ChunkPointer? {
    switch table {
    case .nodes: unsafe nodes
    case .waits: unsafe waits
    case .cleanups: unsafe cleanups
    case .primitives: unsafe primitives
    case .posts: unsafe posts
    }
  }

  private static func setHead(_ table: Chunk.Table, _ chunk: ChunkPointer?) {
    switch table {
    case .nodes: unsafe nodes = chunk
    case .waits: unsafe waits = chunk
    case .cleanups: unsafe cleanups = chunk
    case .primitives: unsafe primitives = chunk
    case .posts: unsafe posts = chunk
    }
  }
}
