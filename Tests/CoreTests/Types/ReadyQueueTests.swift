import Testing

@testable import RoostCore

struct ReadyQueueTests {
  /// Rows of both kinds, as the queue is linked through them.
  private func withRows(_ body: ([Reference]) -> Void) {
    let runtime = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    var nodeSlab = unsafe Slab<Node>(owner: 64, runtime: runtime, inbox: anInbox)
    var waitSlab = unsafe Slab<Wait>(owner: 64, runtime: runtime, inbox: anInbox)
    body(
      (0..<20).map {
        $0 % 3 == 0 ? Reference(wait: waitSlab.take()) : Reference(node: nodeSlab.take())
      })
    nodeSlab.close()
    waitSlab.close()
    unsafe runtime.deallocate()
  }

  @Test func `S1: first in, first out, nodes and waits mixed`() {
    withRows { rows in
      var queue = ReadyQueue()
      #expect(queue.isEmpty)
      for row in rows { queue.push(row) }
      #expect(!queue.isEmpty)
      #expect(queue.first == rows.first)
      #expect(queue.last == rows.last)
      #expect(rows.map { _ in queue.pop() } == rows)
      #expect(queue.isEmpty)
      #expect(queue.first == .none && queue.last == .none)
    }
  }

  @Test func `S1: what is pushed while others are popped comes after them`() {
    withRows { rows in
      var queue = ReadyQueue()
      var popped: [Reference] = []
      for (index, row) in rows.enumerated() {
        queue.push(row)
        if index % 2 == 1 { popped.append(queue.pop()) }
      }
      while !queue.isEmpty { popped.append(queue.pop()) }
      #expect(popped == rows)
    }
  }

  @Test func `S1: a row may come again once it was popped`() {
    withRows { rows in
      var queue = ReadyQueue()
      for row in rows.prefix(3) { queue.push(row) }
      let first = queue.pop()
      queue.push(first)
      #expect((0..<3).map { _ in queue.pop() } == [rows[1], rows[2], rows[0]])
      #expect(queue.isEmpty)
    }
  }
}
