internal import CShim

// Which of the program's handles somebody waits for here, or owns. Nothing of a handle is ours to
// write to, its `data` neither: so what libuv's callbacks have to know is found by its address, in
// a table of the thread's (a handle belongs to its loop, and that to one thread).

/// What is known of a handle, as long as there is anything to know.
@safe
struct KnownHandle {
  let handle: UnsafeMutableRawPointer
  /// Who reads it, and into what is left of which memory; 0 for nobody.
  var reader: Slot = 0
  var room: UnsafeMutableRawPointer? = nil
  var roomSize = 0
  /// Of a read of an exact length: the read ends when the room is full.
  var isExact = false
  var count: UnsafeMutablePointer<UInt64>? = nil
  /// Who waits for a connection, until that is told of it.
  var acceptor: Slot = 0
  /// Whose write libuv has.
  var writer: Slot = 0
  var owner: OwnerPointer? = nil
  /// Among those that a runtime has read, and that nobody may be reading any more.
  var lingers = false
  var nextLingering: KnownPointer? = nil
  /// Its handle is being closed. It only lingers still.
  var isLost = false

  var isNeeded: Bool {
    unsafe reader | acceptor | writer != 0 || owner != nil || lingers
  }
}

typealias KnownPointer = UnsafeMutablePointer<KnownHandle>

/// By open addressing, with at most half of the places taken. In one piece of memory, which the
/// thread's end frees.
@safe
struct HandleTable {
  private var capacity: Int
  private var count = 0

  private static var placeSize: Int { unsafe MemoryLayout<KnownPointer?>.stride }
  private typealias Places = UnsafeMutablePointer<KnownPointer?>

  private static var current: UnsafeMutablePointer<HandleTable>? {
    guard let thread = unsafe shim_thread_if_any() else { return nil }
    return unsafe thread.pointee.handles?.assumingMemoryBound(to: HandleTable.self)
  }

  /// What is known of a handle; nil for nothing, also in a child after fork.
  static func find(_ handle: UnsafeMutableRawPointer) -> KnownPointer? {
    guard let table = unsafe current else { return nil }
    return unsafe places(of: table)[place(of: handle, in: table)]
  }

  /// The same, made where it is missing; nil without memory.
  static func know(_ handle: UnsafeMutableRawPointer) -> KnownPointer? {
    if let known = unsafe find(handle) { return unsafe known }
    guard let table = unsafe tableWithRoom(),
      let memory = unsafe shim_alloc(MemoryLayout<KnownHandle>.size)
    else { return nil }
    let known = unsafe memory.bindMemory(to: KnownHandle.self, capacity: 1)
    unsafe known.initialize(to: KnownHandle(handle: handle))
    unsafe places(of: table)[place(of: handle, in: table)] = known
    unsafe table.pointee.count += 1
    return unsafe known
  }

  /// Frees what is of no more use.
  static func forgetIfIdle(_ known: KnownPointer) {
    guard unsafe !known.pointee.isNeeded else { return }
    unsafe remove(known)
    unsafe shim_free(known)
  }

  /// It is not found any more.
  static func remove(_ known: KnownPointer) {
    guard let table = unsafe current else { return }
    let places = unsafe places(of: table)
    let mask = unsafe table.pointee.capacity - 1
    var gap = unsafe place(of: known.pointee.handle, in: table)
    unsafe places[gap] = nil
    unsafe table.pointee.count -= 1
    // Whoever had to go on past the gap moves up.
    var next = (gap + 1) & mask
    while let other = unsafe places[next] {
      let home = unsafe home(of: other.pointee.handle, in: table)
      if (next - home) & mask >= (next - gap) & mask {
        unsafe places[gap] = other
        unsafe places[next] = nil
        gap = next
      }
      next = (next + 1) & mask
    }
  }

  private static func places(of table: UnsafeMutablePointer<HandleTable>) -> Places {
    unsafe (UnsafeMutableRawPointer(table) + MemoryLayout<HandleTable>.stride)
      .assumingMemoryBound(to: KnownPointer?.self)
  }

  private static func home(
    of handle: UnsafeMutableRawPointer, in table: UnsafeMutablePointer<HandleTable>
  ) -> Int {
    // Fibonacci hashing: the upper half of the product is well mixed.
    let product = UInt64(UInt(bitPattern: handle)) &* 0x9E37_79B9_7F4A_7C15
    return unsafe Int(product >> 32) & (table.pointee.capacity - 1)
  }

  /// Where a handle stands, or would.
  private static func place(
    of handle: UnsafeMutableRawPointer, in table: UnsafeMutablePointer<HandleTable>
  ) -> Int {
    let places = unsafe places(of: table)
    var place = unsafe home(of: handle, in: table)
    while let known = unsafe places[place], unsafe known.pointee.handle != handle {
      place = unsafe (place + 1) & (table.pointee.capacity - 1)
    }
    return place
  }

  private static func tableWithRoom() -> UnsafeMutablePointer<HandleTable>? {
    guard let thread = unsafe shim_thread_if_any() else { return nil }
    let old = unsafe current
    if let old = unsafe old, unsafe old.pointee.count * 2 < old.pointee.capacity {
      return unsafe old
    }
    let capacity = unsafe (old?.pointee.capacity ?? 16) * 2
    let size = MemoryLayout<HandleTable>.stride + capacity * placeSize
    guard let memory = unsafe shim_alloc(size) else { return nil }
    let table = unsafe memory.bindMemory(to: HandleTable.self, capacity: 1)
    unsafe table.initialize(to: HandleTable(capacity: capacity))
    if let old = unsafe old {
      for index in 0..<(unsafe old.pointee.capacity) {
        guard let known = unsafe places(of: old)[index] else { continue }
        unsafe places(of: table)[place(of: known.pointee.handle, in: table)] = known
      }
      unsafe table.pointee.count = old.pointee.count
    }
    unsafe thread.pointee.handles = UnsafeMutableRawPointer(table)
    unsafe shim_free(old)
    return unsafe table
  }
}
