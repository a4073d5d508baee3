import Testing

@testable import RoostCore

/// Rows whose generations are used up keep the last of them for ever (T3).
struct RetiredTests {
  @Test func `T3, C14a: what was asked of a primitive before its row was retired is void`() throws {
    try inWorld { world in
      let slot = try Engine.openEvent(in: world.runtime).slot
      primitives[slot].generation = Handle.generationMask
      let event = Handle(.event, generation: Handle.generationMask, slot: slot)
      #expect(onAnotherThread { try Engine.releaseAny(event) } == .asked)
      try Engine.destroyEvent(event)
      #expect(primitives[slot].isRetired)
      let retired = unsafe chunk(of: slot)?.pointee.retired
      try world.run()
      #expect(unsafe chunk(of: slot)?.pointee.retired == retired)
    }
  }
}
