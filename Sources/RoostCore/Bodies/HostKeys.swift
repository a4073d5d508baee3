internal import CShim

/// What the keys of a host name: a handle each, with room for what a wait of the key brings. In
/// chunks that never move, as a wait has the address of its room.
@safe
struct HostKeys {
  private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>? = nil
  private var count: UInt64 = 0

  @safe
  struct Entry {
    var handle: UInt64
    /// What a wait has brought.
    var item: UnsafeMutableRawPointer?
    /// The result of what was closed, until that is told.
    var kept: KeptResultPointer?
    /// Of what was closed; until it has ended, its slot.
    var code: Int32
    var closing: Closing

    init(_ handle: UInt64) {
      self.handle = handle
      unsafe item = nil
      unsafe kept = nil
      (code, closing) = (0, .none)
    }
  }

  /// Whether its task closes something: it waits, and goes on when that has ended, with the result.
  enum Closing: UInt8 {
    case none = 0
    case waits
    case ended
  }

  static let greatest: UInt64 = 1 << 26
  private static let rows: UInt64 = 4096

  @inline(__always)
  func entry(_ key: UInt64) -> UnsafeMutablePointer<Entry>? {
    let index = key / HostKeys.rows
    guard index < count, let chunk = unsafe chunks.unsafelyUnwrapped[Int(index)] else {
      return nil
    }
    return unsafe chunk + Int(key % HostKeys.rows)
  }

  /// 0 where the key names nothing.
  @inline(__always)
  func handle(_ key: UInt64) -> UInt64 { unsafe entry(key)?.pointee.handle ?? 0 }

  /// 0 is the root's for ever.
  @inline(__always)
  static func check(_ key: UInt64) throws(Failure) {
    guard key != 0, key <= greatest else { throw noSuchKey() }
  }

  @inline(never)
  private static func noSuchKey() -> Failure {
    Failure(.invalid, nil, "a key is 0, which is the root's, or above 2^26")
  }

  @inline(__always)
  func closing(_ key: UInt64) -> Closing { unsafe entry(key)?.pointee.closing ?? .none }

  /// How many keys there is room for, once this one has it.
  func span(with key: UInt64) -> Int { Int((key / HostKeys.rows + 1) * HostKeys.rows) }

  /// Room for a key that has none; nil without memory, or where it is too great.
  @inline(never)
  mutating func add(_ key: UInt64) -> UnsafeMutablePointer<Entry>? {
    guard key <= HostKeys.greatest else { return nil }
    let index = key / HostKeys.rows
    if index >= count {
      let wanted = max(index + 1, count * 2, 16)
      let size = unsafe Int(wanted) * MemoryLayout<UnsafeMutablePointer<Entry>?>.stride
      guard let memory = unsafe shim_realloc(chunks, size) else { return nil }
      unsafe chunks = memory.assumingMemoryBound(to: UnsafeMutablePointer<Entry>?.self)
      for new in Int(count)..<Int(wanted) { unsafe chunks.unsafelyUnwrapped[new] = nil }
      count = wanted
    }
    let size = Int(HostKeys.rows) * MemoryLayout<Entry>.stride
    guard let memory = unsafe shim_alloc(size) else { return nil }
    let chunk = unsafe memory.assumingMemoryBound(to: Entry.self)
    unsafe chunks.unsafelyUnwrapped[Int(index)] = chunk
    return unsafe chunk + Int(key % HostKeys.rows)
  }

  func free() {
    for index in 0..<Int(count) { unsafe shim_free(chunks.unsafelyUnwrapped[index]) }
    unsafe shim_free(chunks)
  }
}

/// What is told, in order.
@safe
struct HostBatch {
  private(set) var first: UnsafeMutablePointer<HostTold>? = nil
  private(set) var count = 0
  private(set) var room = 0

  @inline(__always)
  var isEmpty: Bool { count == 0 }

  /// False without memory.
  @inline(__always)
  @discardableResult
  mutating func append(_ told: HostTold) -> Bool {
    guard count < room || grow(to: room * 2) else { return false }
    unsafe first.unsafelyUnwrapped[count] = told
    count += 1
    return true
  }

  mutating func clear() { count = 0 }

  /// Room for so many in all.
  @inline(__always)
  mutating func reserve(_ wanted: Int) -> Bool { wanted <= room || grow(to: wanted) }

  @inline(never)
  private mutating func grow(to wanted: Int) -> Bool {
    guard let memory = unsafe shim_realloc(first, wanted * MemoryLayout<HostTold>.stride) else {
      return false
    }
    unsafe first = memory.assumingMemoryBound(to: HostTold.self)
    room = wanted
    return true
  }

  func free() { unsafe shim_free(first) }
}
