internal import CShim

/// Deadlines in order: a radix queue with digits of six bits.
///
/// An entry lies in the bucket of the highest digit in which its deadline differs from `base`, the
/// last time that was looked at. Inserting and removing touch one bucket's list and nothing else:
/// constant time, without a search. As `base` moves on, a bucket that it enters is spread over the
/// lower digits, so an entry moves at most eleven times in its life. Entries of one instant come
/// out in the order in which they were put in.
///
/// The idea is that of hierarchical timing wheels (Varghese and Lauck 1987), kept monotone as in a
/// radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990).
@safe
struct TimerQueue: ~Copyable {
  /// Names an entry; 0 is none.
  typealias Index = UInt32

  private struct Entry {
    var deadline: UInt64
    /// In a bucket's list the first entry's `previous` is the last; a free entry's `next` is the
    /// next free one.
    var next: Index
    var previous: Index
    var owner: Reference
    var bucket: UInt32
  }

  private static var digitBits: Int { 6 }
  private static var digits: Int { 11 }

  private var entries: UnsafeMutablePointer<Entry>? = nil
  private var capacity: UInt32 = 0
  private var used: UInt32 = 1
  private var free: Index = 0
  private(set) var count = 0
  private(set) var reserved = 0

  private var base: UInt64 = 0
  private var levels: UInt32 = 0
  private var occupied = InlineArray<11, UInt64>(repeating: 0)
  private var heads = InlineArray<704, Index>(repeating: 0)

  init() {}

  deinit { unsafe shim_free(entries) }

  /// Puts an entry in; 0 without memory.
  mutating func insert(_ deadline: UInt64, _ owner: Reference) -> Index {
    if reserved != 0, !hasRoom(1) { guard grow() else { return 0 } }
    var index = free
    if index != 0 {
      free = self[index].next
    } else {
      guard used < capacity || grow() else { return 0 }
      index = used
      used += 1
    }
    self[index].deadline = deadline
    self[index].owner = owner
    link(index)
    count += 1
    return index
  }

  /// Makes sure that `insertReserved` can be called `number` times; false without memory.
  mutating func reserve(_ number: Int) -> Bool {
    while !hasRoom(number) { guard grow() else { return false } }
    reserved += number
    return true
  }

  mutating func unreserve(_ number: Int) { reserved -= number }

  mutating func insertReserved(_ deadline: UInt64, _ owner: Reference) -> Index {
    reserved -= 1
    return insert(deadline, owner)
  }

  /// Reserves anew the entry that was just taken out.
  mutating func reserveAgain() { reserved += 1 }

  /// Index 0 is no entry.
  private func hasRoom(_ number: Int) -> Bool { count + reserved + number < Int(capacity) }

  mutating func remove(_ index: Index) {
    unlink(index)
    self[index].next = free
    free = index
    count -= 1
  }

  /// Gives an entry another deadline, behind those that have it already.
  mutating func move(_ index: Index, to deadline: UInt64) {
    unlink(index)
    self[index].deadline = deadline
    link(index)
  }

  func setOwner(_ index: Index, _ owner: Reference) { self[index].owner = owner }

  func deadline(_ index: Index) -> UInt64 { self[index].deadline }

  /// Takes out the earliest entry whose deadline is not after `now`, and answers its owner.
  mutating func popDue(_ now: UInt64) -> Reference? {
    while let earliest = earliestBucket(), earliest.begin <= now {
      base = max(base, earliest.begin)
      let head = heads[earliest.bucket]
      if earliest.bucket < 64 {
        let owner = self[head].owner
        remove(head)
        return owner
      }
      spread(head, earliest.bucket)
    }
    // No bucket begins before now: all keep their places relative to it.
    base = max(base, now)
    return nil
  }

  /// A time that is not after the first deadline, and is it unless many deadlines lie close
  /// together far away: looking then brings it nearer. `UInt64.max` when there is none.
  func nextLook() -> UInt64 {
    guard let earliest = earliestBucket() else { return .max }
    let head = heads[earliest.bucket]
    var (index, least) = (head, UInt64.max)
    for _ in 0..<16 {
      least = min(least, self[index].deadline)
      index = self[index].next
      if index == 0 { return least }
    }
    return earliest.begin
  }

  /// The first deadline, exactly; `UInt64.max` when there is none. Linear in the entries of one
  /// bucket.
  func next() -> UInt64 {
    guard let earliest = earliestBucket() else { return .max }
    var (index, least) = (heads[earliest.bucket], UInt64.max)
    while index != 0 {
      least = min(least, self[index].deadline)
      index = self[index].next
    }
    return least
  }

  /// The bucket that has the earliest deadline, and the first instant that it could have.
  @inline(__always)
  private func earliestBucket() -> (bucket: Int, begin: UInt64)? {
    guard levels != 0 else { return nil }
    let level = levels.trailingZeroBitCount
    let digit = occupied[level].trailingZeroBitCount
    let shift = level * Self.digitBits
    let above = shift + Self.digitBits
    let prefix = above >= 64 ? 0 : (base >> UInt64(above)) << UInt64(above)
    return (level * 64 + digit, prefix | UInt64(digit) << UInt64(shift))
  }

  private mutating func spread(_ head: Index, _ bucket: Int) {
    heads[bucket] = 0
    clear(bucket)
    var rest = head
    while rest != 0 {
      let index = rest
      rest = self[index].next
      link(index)
    }
  }

  @inline(__always)
  private mutating func link(_ index: Index) {
    // A deadline that has passed belongs to the instant that was looked at last.
    let deadline = max(self[index].deadline, base)
    let difference = deadline ^ base
    let level = difference == 0 ? 0 : (63 - difference.leadingZeroBitCount) / Self.digitBits
    let digit = Int(truncatingIfNeeded: deadline >> UInt64(level * Self.digitBits)) & 63
    let bucket = level * 64 + digit
    self[index].bucket = UInt32(bucket)
    self[index].next = 0
    let head = heads[bucket]
    if head == 0 {
      heads[bucket] = index
      self[index].previous = index
      occupied[level] |= 1 << UInt64(digit)
      levels |= 1 << UInt32(level)
    } else {
      let last = self[head].previous
      self[last].next = index
      self[index].previous = last
      self[head].previous = index
    }
  }

  @inline(__always)
  private mutating func unlink(_ index: Index) {
    let bucket = Int(self[index].bucket)
    let (head, next, previous) = (heads[bucket], self[index].next, self[index].previous)
    if index == head {
      heads[bucket] = next
      if next == 0 { return clear(bucket) }
      self[next].previous = previous
    } else {
      self[previous].next = next
      self[next == 0 ? head : next].previous = previous
    }
  }

  @inline(__always)
  private mutating func clear(_ bucket: Int) {
    let level = bucket / 64
    occupied[level] &= ~(1 << UInt64(bucket % 64))
    if occupied[level] == 0 { levels &= ~(1 << UInt32(level)) }
  }

  @inline(never)
  private mutating func grow() -> Bool {
    let wanted = max(64, capacity &* 2)
    guard
      let memory = unsafe shim_realloc(
        entries, Int(wanted) * MemoryLayout<Entry>.stride)
    else { return false }
    unsafe entries = memory.assumingMemoryBound(to: Entry.self)
    capacity = wanted
    return true
  }

  /// An index that was given out and not removed is below `used`.
  @inline(__always)
  private subscript(index: Index) -> Entry {
    unsafeAddress { unsafe UnsafePointer(entries.unsafelyUnwrapped + Int(index)) }
    nonmutating unsafeMutableAddress { unsafe entries.unsafelyUnwrapped + Int(index) }
  }
}
