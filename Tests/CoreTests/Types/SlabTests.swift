import Testing

@testable import RoostCore

/// On the rows of cleanups, which are the smallest.
struct SlabTests {
  @Test func `T3: a row that is taken has a slot of its own, and a generation`() {
    withSlab { slab in
      var slots: Set<Slot> = []
      for _ in 0..<5000 {
        let slot = slab.takeInUse()
        #expect(slot != 0 && slot <= Handle.slotMask)
        #expect(cleanups[slot].generation != 0)
        #expect(cleanups[slot].generation <= Handle.generationMask)
        slots.insert(slot)
      }
      #expect(slots.count == 5000)
    }
  }

  @Test func `T3: a row comes back with another generation, the last given first`() {
    withSlab { slab in
      let (first, second) = (slab.takeInUse(), slab.takeInUse())
      let generation = cleanups[second].generation
      slab.give(first)
      slab.give(second)
      #expect(cleanups[second].isVacant)
      #expect(slab.takeInUse() == second)
      #expect(cleanups[second].generation != generation)
      #expect(slab.takeInUse() == first)
    }
  }

  @Test func `B4: reserved rows are there, whatever is taken meanwhile`() {
    withSlab { slab in
      let isReserved = slab.reserve(10)
      #expect(isReserved)
      var slots = Set((0..<9000).map { _ in slab.takeInUse() })
      for _ in 0..<10 {
        let slot = slab.takeReserved().slot
        #expect(slot != 0)
        slots.insert(slot)
      }
      #expect(slots.count == 9010)
    }
  }

  @Test func `B4: what is no longer reserved is taken like any`() {
    withSlab { slab in
      // A chunk has 4,096 rows, and the very first of the process is never given out.
      let isReserved = slab.reserve(4000)
      #expect(isReserved)
      slab.unreserve(4000)
      let slots = (0..<4000).map { _ in slab.takeInUse() }
      #expect(Set(slots.map { $0 >> Chunk.rowBits }).count == 1)
    }
  }

  @Test func `T3: a row whose generations are used up is retired`() {
    withSlab { slab in
      let slot = slab.takeInUse()
      cleanups[slot].generation = Handle.generationMask - 1
      slab.give(slot)
      #expect(slab.takeInUse() == slot)
      #expect(cleanups[slot].generation == Handle.generationMask)
      #expect(slab.inUse == 1)
      slab.give(slot)
      #expect(cleanups[slot].isRetired && cleanups[slot].isVacant)
      #expect(slab.inUse == 0)
      let others = (0..<9000).map { _ in slab.takeInUse() }
      #expect(others.allSatisfy { $0 != slot })
      #expect(Set(others).count == 9000)
    }
  }

  // The chunks of the process are for all its runtimes: these two have a process of their own.

  @Test func `T3: the next runtime gets the chunk with its generations`() async {
    await #expect(processExitsWith: .success) {
      var generations: [UInt32] = []
      var slot: Slot = 0
      withSlab { slab in
        slot = slab.takeInUse()
        for _ in 0..<3 {
          generations.append(cleanups[slot].generation)
          slab.give(slot)
          #expect(slab.takeInUse() == slot)
        }
        generations.append(cleanups[slot].generation)
        // What is given back with the chunk was given back as a row before.
        slab.give(slot)
      }
      withSlab { slab in
        #expect(slab.takeInUse() == slot)
        #expect(!generations.contains(cleanups[slot].generation))
      }
    }
  }

  @Test func `T3: a retired row stays so in the next runtime`() async {
    await #expect(processExitsWith: .success) {
      var slot: Slot = 0
      withSlab { slab in
        slot = slab.takeInUse()
        cleanups[slot].generation = Handle.generationMask
        slab.give(slot)
      }
      withSlab { slab in
        let slots = (0..<4094).map { _ in slab.takeInUse() }
        #expect(Set(slots.map { $0 >> Chunk.rowBits }) == [slot >> Chunk.rowBits])
        #expect(slots.allSatisfy { $0 != slot })
        // That was all that the chunk had.
        #expect(slab.takeInUse() >> Chunk.rowBits != slot >> Chunk.rowBits)
      }
    }
  }

  @Test func `T3: a chunk knows whose it is, and after the closing that it is nobody's`() async {
    await #expect(processExitsWith: .success) {
      var slot: Slot = 0
      withSlab { slab in
        slot = slab.takeInUse()
        #expect(unsafe chunk(of: slot)?.pointee.owner == 64)
        #expect(unsafe chunk(of: slot)?.pointee.table == .cleanups)
        slab.give(slot)
      }
      #expect(unsafe chunk(of: slot)?.pointee.owner == Chunk.free)
      #expect(unsafe chunk(of: slot)?.pointee.runtime == nil)
    }
  }
}

/// A slab of a runtime that is none; its chunks go back to the process at the end.
private func withSlab(_ body: (inout Slab<Cleanup>) -> Void) {
  let runtime = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
  var slab = unsafe Slab<Cleanup>(owner: 64, runtime: runtime, inbox: anInbox)
  body(&slab)
  slab.close()
  unsafe runtime.deallocate()
}

extension Slab<Cleanup> {
  fileprivate mutating func takeInUse() -> Slot {
    let slot = take()
    cleanups[slot].state = .registered
    return slot
  }
}
