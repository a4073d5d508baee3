import Testing

@testable import RoostCore

/// What other threads read of a row they find by an offset (T3, K7).
struct RowTests {
  @Test func `The generation, the kind and the mark of a node stand where others look`() {
    #expect(MemoryLayout<Node>.offset(of: \Node.generation) == 0)
    #expect(MemoryLayout<Node>.offset(of: \Node.kind) == Node.kindOffset)
    #expect(MemoryLayout<Node>.offset(of: \Node.mark) == Node.markOffset)
  }

  @Test func `The generation of every row is its first field`() {
    #expect(MemoryLayout<Wait>.offset(of: \Wait.generation) == 0)
    #expect(MemoryLayout<Cleanup>.offset(of: \Cleanup.generation) == 0)
    #expect(MemoryLayout<Post>.offset(of: \Post.generation) == 0)
    #expect(MemoryLayout<Primitive>.offset(of: \Primitive.generation) == 0)
    #expect(MemoryLayout<Primitive>.offset(of: \Primitive.kind) == Primitive.kindOffset)
  }

  @Test func `A node fills a cache line`() { #expect(MemoryLayout<Node>.stride == 64) }
}
