import RoostCore
import Testing

/// What is kept of a task: L5 to L6.
struct OutcomeTests {
  @Test func `L5: any number of waits may await a task, each is woken once, in order`() throws {
    try inWorld { world in
      let task = try world.job("a", lasts: 1, ends: Status(7), held: true)
      for name in ["u", "v", "w"] { try world.onEnd(of: task, name) }
      try world.run()
      try world.onEnd(of: task, "late")
      try world.run()
      #expect(world.log == "a+ @1 a- u=7 v=7 w=7 late=7")
    }
  }

  @Test func `L5: awaiting is cancelled without cancelling the task`() throws {
    try inWorld { world in
      let task = try world.job("a", lasts: 2)
      let scope = try world.scope("s")
      try world.onEnd(of: task, in: scope, "v")
      try world.onEnd(of: task, "w")
      try world.at(1) {
        try world.cancel(scope)
        try #expect(!world.isCancelled(task))
      }
      try world.run()
      #expect(world.log == "a+ @1 v=CANCELLED @2 a- w=0")
    }
  }

  @Test func `L5, T2: the end of a task is that of its cleanups, and its outcome the body's`()
    throws
  {
    try inWorld { world in
      let task = try world.job("a", ends: .eio) { try world.cleanup("c", of: $0, lasts: 1) }
      try world.onEnd(of: task, "w")
      try world.run()
      #expect(world.log == "a+ c:failed @1 c- w=EIO")
    }
  }

  @Test func `L5: the end of a group or scope may be awaited too, with the code of its result`()
    throws
  {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      try world.onEnd(of: group, "v")
      try world.onEnd(of: scope, "w")
      try world.job("a", in: group, lasts: 1, ends: .eio)
      try world.join(group)
      try world.join(scope)
      try world.run()
      #expect(world.log == "a+ s=0 w=0 @1 a- g=EIO[a:EIO] v=EIO")
    }
  }

  @Test func `L5: what is kept is an integer and a pointer, and before the end it is alive`() throws
  {
    try inWorld { world in
      let result = Box("r", in: world)
      let task = try world.spawn("a", held: true) { task in
        try #expect(world.outcome(task).ending == .alive)
        try #expect(world.outcome(task).hasStarted)
        try world.finish(task, Status(7), with: result)
        return .eio
      }
      try #expect(world.outcome(task).ending == .alive)
      try #expect(!world.outcome(task).hasStarted)
      try world.run()
      let outcome = try world.outcome(task)
      #expect(outcome.ending == .completed && outcome.status == Status(7) && outcome.hasStarted)
      #expect(unsafe outcome.result == result.data)
      #expect(result.drops == 0)
    }
  }

  @Test func `L5: an outcome is kept until it is released`() throws {
    try inWorld { world in
      let task = try world.job("a", held: true)
      try world.run()
      try #expect(world.outcome(task).ending == .completed)
      try #expect(world.release(task) == .ok)
      try world.run()
      #expect(refusal { try world.outcome(task) } == .stale)
      #expect(refusal { try world.release(task) } == .stale)
      #expect(refusal { try world.onEnd(of: task, "w") } == .stale)
    }
  }

  @Test func `L5: or until the closing of its group is over`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, held: true)
      try world.join(group) { _ in try #expect(world.outcome(task).ending == .completed) }
      try world.run()
      #expect(refusal { try world.outcome(task) } == .stale)
    }
  }

  @Test func `L5: a task spawned without its handle keeps nothing`() throws {
    try inWorld { world in
      let task = try world.job("a")
      try #expect(world.release(task) == .already)
      try world.run()
      #expect(refusal { try world.outcome(task) } == .stale)
      #expect(refusal { try world.release(task) } == .stale)
    }
  }

  @Test func `L5: released before its end, it is kept no longer, and the task is not touched`()
    throws
  {
    try inWorld { world in
      let task = try world.job("a", lasts: 1, held: true)
      try world.after(0) { _ in
        try #expect(world.release(task) == .ok)
        try #expect(world.release(task) == .already)
      }
      try world.run()
      #expect(world.log == "a+ @1 a-")
      #expect(refusal { try world.outcome(task) } == .stale)
    }
  }

  @Test func `L5, T3: an ended task that is kept can be read, and not be changed`() throws {
    try inWorld { world in
      let task = try world.job("a", held: true)
      try world.run()
      #expect(refusal { try world.cancel(task) } == .stale)
      #expect(refusal { try world.finish(task, .ok) } == .stale)
      #expect(refusal { try world.setDeadline(task, 1) } == .stale)
      #expect(refusal { try world.after(1, in: task, "w") } == .stale)
      #expect(refusal { try world.cleanup("c", of: task) } == .stale)
      try #expect(world.outcome(task).ending == .completed)
    }
  }

  @Test func `L5a: awaiting a task that was cancelled answers ETASKCANCELLED, with its reason`()
    throws
  {
    try inWorld { world in
      let task = try world.job("a", lasts: 9, held: true)
      try world.onEnd(of: task, "w") { _ in
        let outcome = try world.outcome(task)
        #expect(outcome.ending == .cancelled && outcome.status == .cancelled)
        #expect(outcome.why == Why(.explicit, 42, task, "enough", "a"))
      }
      try world.at(1) { try world.cancel(task, code: 42, message: "enough") }
      try world.run()
      #expect(world.log == "a+ @1 a! w=ETASKCANCELLED")
    }
  }

  @Test func `L5a, C9: the reason outlives the group that it came from`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      let task = try world.job("a", in: inner, lasts: 9, held: true)
      try world.at(1) { try world.cancel(group, code: 42) }
      try world.join(inner) { _ in
        try #expect(world.outcome(task).why == Why(.explicit, 42, group, "", "g"))
      }
      try world.run()
      #expect(world.log == "a+ @1 a! h=CANCELLED")
    }
  }

  @Test func `L6: a result's drop is called once, in a step of the loop, when it is given up`()
    throws
  {
    try inWorld { world in
      world.notesDrops = true
      let result = Box("r", in: world)
      let task = try world.spawn("a", held: true) { task in
        try world.finish(task, Status(7), with: result)
        return .ok
      }
      try world.run()
      try world.release(task)
      world.note("released")
      try world.run()
      #expect(world.log == "a+ ~a released ~r")
    }
  }

  @Test func `L6: of a task that nobody holds, it is dropped at the end`() throws {
    try inWorld { world in
      world.notesDrops = true
      let result = Box("r", in: world)
      try world.spawn("a") { task in
        try world.cleanup("c", of: task) { _, told in #expect(unsafe told.result == result.data) }
        try world.finish(task, Status(7), with: result)
        return .ok
      }
      try world.run()
      #expect(world.log == "a+ c:completed ~c ~r ~a")
    }
  }

  @Test func `L6: of a failed task, its object is dropped when the result is released`() throws {
    try inWorld { world in
      world.notesDrops = true
      let group = try world.group("g")
      let object = Box("o", in: world)
      try world.spawn("a", in: group) { task in
        try world.finish(task, .eio, with: object)
        return .ok
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ ~a g=EIO[a:EIO] ~g ~o")
    }
  }
}
