import Testing

@testable import RoostCore

private let everyKind: [Kind] = [
  .runtime, .task, .group, .scope, .wait, .cleanup, .event, .limiter, .lock, .condition, .channel,
]

struct HandleTests {
  @Test(arguments: everyKind)
  func `T3: a handle holds kind, generation and slot, whatever their values`(kind: Kind) {
    for generation in [1, 2, 0x1555_5555, 0x2aaa_aaaa, Handle.generationMask] {
      for slot in [1, 4095, 4096, 0x0555_5555, 0x0aaa_aaaa, Handle.slotMask] {
        let handle = Handle(kind, generation: generation, slot: slot)
        #expect(handle.kindNumber == kind.rawValue)
        #expect(handle.generation == generation)
        #expect(handle.slot == slot)
        #expect(Handle(id: handle.id) == handle)
      }
    }
  }

  @Test func `T3: each part has its own bits`() {
    let bits: [UInt64] = [
      Handle(.none, generation: 0, slot: Handle.slotMask).id,
      Handle(.none, generation: Handle.generationMask, slot: 0).id,
      UInt64(0x3f) << 58,
    ]
    #expect(bits.reduce(0, |) == .max)
    #expect(bits.map(\.nonzeroBitCount).reduce(0, +) == 64)
  }

  @Test func `T3: 0 is never a handle`() {
    #expect(Handle.none.id == 0)
    #expect(Handle.none.kindNumber == Kind.none.rawValue)
  }

  @Test func `T3: what a call accepts is told by the kind in the handle`() {
    let all = [.none] + everyKind
    func accepted(_ kinds: Kinds) -> [Kind] { all.filter { kinds.contains($0.rawValue) } }
    #expect(accepted(.task) == [.task])
    #expect(accepted(.group) == [.group])
    #expect(accepted(.block) == [.group, .scope])
    #expect(accepted(.node) == [.task, .group, .scope])
  }

  @Test func `A reference in the queues is a node, a wait, or none`() {
    #expect(Reference(node: 7) != Reference(wait: 7))
    #expect(!Reference(node: Handle.slotMask).isWait)
    #expect(Reference(wait: Handle.slotMask).isWait)
    #expect(Reference(wait: Handle.slotMask).slot == Handle.slotMask)
    #expect(Reference(node: 7, .patience) != Reference(node: 7))
    #expect(Reference(node: Handle.slotMask, .passing).slot == Handle.slotMask)
    #expect(Reference(wait: 7).mark == .wait)
    #expect(Reference(node: 7, .holding).mark == .holding)
    #expect(Reference(node: 0) == .none)
  }
}
