import Testing

@testable import RoostCore

struct RingTests {
  @Test(arguments: [1, 2, 3, 7, 8, 9, 20, 1000], 0..<5)
  func `S3: what goes in comes out in order, however full it gets`(most: UInt64, seed: UInt64) {
    var random = Seeded(seed)
    var ring = Ring()
    var (first, next): (UInt64, UInt64) = (0, 0)
    // Rises and falls, so that it grows and begins anew with any number in it.
    for step in 0..<2000 {
      let count = next - first
      if random.chance(step / 100 % 2 == 0 ? 70 : 30), count < most {
        let hasRoom = ring.makeRoom(count)
        #expect(hasRoom)
        unsafe ring[count] = UnsafeMutableRawPointer(bitPattern: UInt(next + 1))
        next += 1
      } else if count != 0 {
        #expect(unsafe UInt(bitPattern: ring[0]) == UInt(first + 1))
        #expect(unsafe UInt(bitPattern: ring[count - 1]) == UInt(next))
        ring.removeFirst()
        first += 1
      }
    }
    ring.free()
  }
}
