import Testing

@testable import RoostCore

/// By the links of waits, or those of primitives.
struct ListTests {
  @Test func `S3: what is appended comes in that order`() {
    withRows { rows in
      var list = List<WaitingLinks>()
      #expect(list.isEmpty)
      for row in rows { list.append(row) }
      #expect(slots(of: list) == rows)
    }
  }

  @Test(arguments: 0..<12) func `S2b: any entry may leave, and come again`(index: Int) {
    withRows { rows in
      var list = List<WaitingLinks>()
      for row in rows { list.append(row) }
      list.remove(rows[index])
      let others = rows.filter { $0 != rows[index] }
      #expect(slots(of: list) == others)
      list.append(rows[index])
      #expect(slots(of: list) == others + [rows[index]])
    }
  }

  @Test func `The last that leaves leaves an empty list`() {
    withRows { rows in
      var list = List<WaitingLinks>()
      list.append(rows[3])
      list.remove(rows[3])
      #expect(list.isEmpty)
      #expect(list.first == 0)
    }
  }

  @Test(arguments: 0..<20) func `Whatever comes and goes, the order is kept`(seed: UInt64) {
    var random = Seeded(seed)
    withRows(of: Primitive.self) { rows in
      var (list, model) = (List<PartLinks>(), [Slot]())
      for _ in 0..<1000 {
        let row = random.pick(rows)
        if let index = model.firstIndex(of: row) {
          list.remove(row)
          model.remove(at: index)
        } else {
          list.append(row)
          model.append(row)
        }
        #expect(slots(of: list) == model)
      }
    }
  }

  private func withRows<R: Row>(of _: R.Type = Wait.self, _ body: ([Slot]) -> Void) {
    let runtime = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    var slab = unsafe Slab<R>(owner: 64, runtime: runtime, inbox: anInbox)
    body((0..<12).map { _ in slab.take() })
    slab.close()
    unsafe runtime.deallocate()
  }

  /// From the first by `next`; the first's `previous` must be the last.
  private func slots<L>(of list: List<L>) -> [Slot] {
    var (slots, slot) = ([Slot](), list.first)
    while slot != 0 {
      slots.append(slot)
      slot = L[next: slot]
    }
    if let last = slots.last { #expect(L[previous: list.first] == last) }
    return slots
  }
}
