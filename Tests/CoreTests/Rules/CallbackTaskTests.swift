import RoostCore
import Testing

/// Callback tasks: S2a.
struct CallbackTaskTests {
  @Test func `S2a: start is called once, and its answer is the end or PENDING`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      func job(_ name: String, _ answer: Status) throws {
        let task = try world.spawn(name, in: group, held: true) { _ in answer }
        try world.onEnd(of: task, name)
        guard answer == .pending else { return }
        try world.at(1) { try world.finish(task, Status(7)) }
      }
      try job("done", .ok)
      try job("failed", .eio)
      try job("pending", .pending)
      try job("odd", Status(2))
      try world.join(group)
      try world.run()
      #expect(
        world.log == """
          done+ failed+ pending+ odd+ done=0 failed=EIO odd=EINVAL \
          @1 g=EIO[failed:EIO odd:EINVAL] pending=7
          """)
    }
  }

  @Test func `S2a: finish ends a task from any code, and calls nobody before it returns`() throws {
    try inWorld { world in
      world.notesDrops = true
      let group = try world.group("g")
      let other = try world.group("o")
      let result = Box("r", in: world)
      let task = try world.spawn("a", in: group) { task in
        try world.cleanup("c", of: task)
        return .pending
      }
      try world.job("b", in: other) { _ in
        // The world sees to it that no callback is called inside.
        try world.finish(task, Status(7), with: result)
        world.note("finished")
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ finished ~b c:completed ~c ~r ~a g=0 ~g")
    }
  }

  @Test func `S2a, G2: its group learns of a failure at once`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.endless("a", in: group)
      let sibling = try world.job("b", in: group, lasts: 9)
      try world.at(1) {
        try world.finish(task, .eio)
        try #expect(world.isCancelled(sibling))
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 b!")
    }
  }

  @Test func `S2a: inside start and on_cancel the answer then counts for nothing`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      func job(_ name: String, _ answer: Status) throws {
        let task = try world.spawn(name, in: group, held: true) { task in
          try world.finish(task, Status(7))
          return answer
        }
        try world.onEnd(of: task, name)
      }
      try job("a", .eio)
      try job("b", .pending)
      let told = try world.endless("c", in: group, held: true) { task, _ in
        try world.finish(task, Status(8))
        return .eio
      }
      try world.onEnd(of: told, "c")
      try world.at(1) { try world.cancel(told) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ c+ a=7 b=7 @1 c? g=0 c=8")
    }
  }

  @Test func `S2a: finish comes neither too early nor twice`() throws {
    try inWorld { world in
      let task = try world.spawn("a", held: true) { task in
        try world.finish(task, Status(7))
        #expect(refusal { try world.finish(task, .eio) } == .done)
        try world.cleanup("c", of: task) { _, _ in
          #expect(refusal { try world.finish(task, .eio) } == .done)
        }
        return .ok
      }
      #expect(refusal { try world.finish(task, .ok) } == .invalid)
      try world.run()
      #expect(refusal { try world.finish(task, .eio) } == .stale)
      try #expect(world.outcome(task).status == Status(7))
      #expect(world.log == "a+ c:completed")
    }
  }

  @Test func `S2a: on_cancel answers the end, a failure, or PENDING`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      for (name, answer) in [
        ("end", Status.ok), ("fail", .eio), ("odd", Status(2)), ("pending", .pending),
      ] {
        let task = try world.endless(name, in: group) { _, _ in answer }
        guard answer == .pending else { continue }
        try world.at(2) { try world.finish(task, Status(7)) }
      }
      try world.at(1) { try world.cancel(group) }
      try world.join(group)
      try world.run()
      #expect(
        world.log == """
          end+ fail+ odd+ pending+ @1 end? fail? odd? pending? @2 g=EIO^[fail:EIO odd:EINVAL]
          """)
    }
  }

  @Test func `S2a: it is not called after finish`() throws {
    try inWorld { world in
      let task = try world.endless("a") { _, _ in .ok }
      try world.at(1) {
        try world.cancel(task)
        try world.finish(task, .ok)
      }
      let other = try world.spawn("b") { task in
        try world.cleanup("c", of: task, lasts: 2)
        return .ok
      } onCancel: { _, _ in
        .ok
      }
      try world.at(1) { try world.cancel(other) }
      try world.run()
      #expect(world.log == "a+ b+ c:completed @2 c-")
    }
  }

  @Test func `S2a: without on_cancel a task is only asked, and waited for`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.endless("a", in: group)
      try world.at(1) { try world.cancel(group) }
      try world.at(2) {
        try #expect(world.isCancelled(task))
        world.note("asked")
        try world.finish(task, .cancelled)
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @2 asked g=0^")
    }
  }

  @Test func `S2a: it is never inside cancel or the first step`() throws {
    try inWorld { world in
      try world.spawn("a") { task in
        try world.cancel(task)
        world.note("start goes on")
        return .pending
      } onCancel: { _, _ in
        .ok
      }
      try world.job("b")
      try world.run()
      #expect(world.log == "a+ start goes on b+ a?")
    }
  }
}
