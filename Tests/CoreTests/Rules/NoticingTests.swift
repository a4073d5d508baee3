import RoostCore
import Testing

/// How a task notices that it is cancelled: K7.
struct NoticingTests {
  @Test func `K7, S2b: by its on_cancel, by asking, and by the outcome of a wait, in this order`()
    throws
  {
    try inWorld { world in
      let task = try world.spawn("a") { task in
        try #expect(!world.isCancelled(task))
        try world.after(9, in: task) { status in
          world.note("wait \(word(status))")
          try world.finish(task, .cancelled)
        }
        return .pending
      } onCancel: { task, _ in
        try #expect(world.isCancelled(task))
        return .pending
      }
      try world.at(1) { try world.cancel(task) }
      try world.run()
      #expect(world.log == "a+ @1 a? wait CANCELLED")
    }
  }

  @Test func `K7: on_cancel is called once in a life, when the task itself is reached`() throws {
    try inWorld { world in
      let outer = try world.group("o")
      let group = try world.group("g", in: outer)
      let task = try world.endless("a", in: group) { _, _ in .pending }
      let other = try world.endless("b", in: group) { _, _ in .pending }
      try world.at(1) { try world.cancel(task) }
      try world.at(2) { try world.cancel(group) }
      try world.at(3) { try world.cancel(other) }
      try world.at(4) { try world.cancel(outer) }
      try world.at(5) { for task in [task, other] { try world.finish(task, .cancelled) } }
      try world.run()
      #expect(world.log == "a+ b+ @1 a? @2 b?")
    }
  }

  @Test func `K7: a scope's cancellation reaches its task through the waits in it only`() throws {
    try inWorld { world in
      var scope = Handle.none
      let task = try world.spawn("a") { task in
        scope = try world.scope("s", in: task)
        try world.after(9, in: scope, "inside")
        try world.after(2, in: task) { try world.finish(task, $0) }
        return .pending
      } onCancel: { _, _ in
        .ok
      }
      try world.at(1) {
        try world.cancel(scope)
        try #expect(!world.isCancelled(task))
      }
      try world.run()
      #expect(world.log == "a+ @1 inside=CANCELLED")
    }
  }

  @Test func `K7, C5: asking runs nobody's code`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(-1))
      let task = try world.endless("a", in: group) { _, _ in .ok }
      try world.after(0) { _ in
        // The world sees to it that no callback is called inside.
        try #expect(world.isCancelled(task))
        world.note("asked")
      }
      try world.run()
      #expect(world.log == "a+ asked a?")
    }
  }
}
