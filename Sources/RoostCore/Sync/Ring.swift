internal import CShim

/// The items of a channel: a ring that grows by doubling. The memory is the owner's to free.
@safe
struct Ring {
  private var items: UnsafeMutablePointer<UnsafeMutableRawPointer?>? = nil
  private var room: UInt64 = 0
  private var head: UInt64 = 0

  /// Room for one more beside `count`; false without memory.
  @inline(__always)
  mutating func makeRoom(_ count: UInt64) -> Bool { count != room || grow(count) }

  @inline(never)
  private mutating func grow(_ count: UInt64) -> Bool {
    let larger = max(8, room &* 2)
    guard let memory = unsafe shim_alloc(Int(larger) * 8) else { return false }
    let copy = unsafe memory.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    for index in 0..<count { unsafe copy[Int(index)] = self[index] }
    unsafe shim_free(items)
    unsafe items = copy
    (room, head) = (larger, 0)
    return true
  }

  /// The item in this place; there must be room.
  subscript(index: UInt64) -> UnsafeMutableRawPointer? {
    get { unsafe items.unsafelyUnwrapped[place(index)] }
    nonmutating set { unsafe items.unsafelyUnwrapped[place(index)] = newValue }
  }

  @inline(__always)
  private func place(_ index: UInt64) -> Int {
    let left = room - head
    return Int(index < left ? head + index : index - left)
  }

  /// The first leaves.
  @inline(__always)
  mutating func removeFirst() { head = UInt64(place(1)) }

  /// Frees the memory.
  func free() { unsafe shim_free(items) }
}
