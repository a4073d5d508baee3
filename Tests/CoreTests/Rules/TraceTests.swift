import RoostCore
import Testing

/// O2. Most of what holds of a trace is tested from C.
struct TraceTests {
  private func trace(_ world: World, _ trace: Written) throws {
    unsafe try Engine.startTrace(of: world.runtime, Written.write, trace.data, Written.drop)
  }

  /// How often a phase is in the only piece of a trace, which was dropped once.
  private func counts(_ trace: Written, _ phases: String...) -> [Int] {
    #expect(trace.texts.count == 1 && trace.drops == 1)
    return phases.map { phase in
      trace.texts.joined().split(separator: "\"ph\":\"\(phase)\"").count - 1
    }
  }

  @Test func `O2: each node begins and ends once`() throws {
    try inWorld { world in
      let written = Written()
      try trace(world, written)
      let group = try world.group("g")
      let task = try world.job("t", in: group, lasts: 2, .timeout(1))
      try world.cleanup("c", of: task, lasts: 1)
      try world.scope("s", in: group)
      try world.join(group)
      try world.run()
      #expect(written.texts.isEmpty)
      #expect(try Engine.stopTrace(of: world.runtime) == .ok)
      #expect(try Engine.stopTrace(of: world.runtime) == .already)
      // The root, g, t, c and s; and that t and then g were cancelled.
      #expect(counts(written, "b", "n", "e") == [5, 2, 5])
    }
  }

  @Test func `O2: there is one at a time`() throws {
    try inWorld { world in
      let (first, second) = (Written(), Written())
      try trace(world, first)
      #expect(refusal { try trace(world, second) } == .done)
      #expect(try Engine.stopTrace(of: world.runtime) == .ok)
      try trace(world, second)
      #expect(try Engine.stopTrace(of: world.runtime) == .ok)
      #expect(first.drops == 1 && second.drops == 1)
    }
  }

  @Test func `O2, S8a: closing ends it`() throws {
    let written = Written()
    try inWorld { world in
      try trace(world, written)
      try world.endless("t", onCancel: { _, _ in .ok })
    }
    #expect(counts(written, "b", "n", "e") == [2, 1, 2])
  }
}
