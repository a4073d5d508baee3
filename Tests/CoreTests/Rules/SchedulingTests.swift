import RoostCore
import Testing

/// Turns and batches: S1, S1a.
struct SchedulingTests {
  @Test func `S1: first in, first out`() throws {
    try inWorld { world in
      for name in ["a", "b", "c"] { try world.job(name) { _ in try world.job(name + name) } }
      try world.run()
      #expect(world.log == "a+ b+ c+ aa+ bb+ cc+")
    }
  }

  @Test func `S1: a step runs until it returns`() throws {
    try inWorld { world in
      try world.job("a") { _ in
        try world.job("b")
        try world.after(0, "w")
        world.note("a returns")
      }
      try world.run()
      #expect(world.log == "a+ a returns b+ w=0")
    }
  }

  @Test func `S1: a task that always has something to do starves nobody (real)`() throws {
    try inWorld {
      $0.isVirtual = false
    } test: { world in
      var isOver = false
      func again(_ status: Status) throws { if !isOver { try world.after(0, again) } }
      try world.after(0, again)
      try world.after(0.001) { _ in isOver = true }
      try world.run()
      #expect(isOver)
    }
  }

  @Test func `S1: what becomes ready meanwhile is of the next batch`() throws {
    try inWorld { world in
      try world.job("a", lasts: 1)
      try world.job("b", lasts: 1)
      try world.at(1) {
        try world.after(0, "next")
        try world.job("c")
      }
      try world.after(1, "w")
      try world.run()
      #expect(world.log == "a+ b+ @1 w=0 a- b- next=0 c+")
    }
  }

  @Test func `S1a: every wait lets the others run, also one that has its result`() throws {
    try inWorld { world in
      let ended = try world.job("a", held: true)
      try world.run()
      try world.job("b") { _ in
        try world.onEnd(of: ended, "w")
        try world.wake(world.park("p"), Status(7))
        try world.after(0, "no time")
        try world.after(-5, "negative")
      }
      try world.job("c")
      try world.run()
      #expect(world.log == "a+ b+ c+ w=0 p=7 no time=0 negative=0")
    }
  }

  @Test func `S1a, C4: a cancellation that comes between leaves the result, and is met next`()
    throws
  {
    try inWorld { world in
      let ended = try world.job("a", held: true)
      try world.run()
      let scope = try world.scope("s")
      try world.onEnd(of: ended, in: scope, "w") { _ in try world.after(1, in: scope, "next") }
      try world.cancel(scope)
      try world.run()
      #expect(world.log == "a+ w=0 next=CANCELLED")
    }
  }

  @Test func `S1a: a wait of no length has none to keep, and is cancelled by then`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.after(0, in: scope, "w")
      try world.cancel(scope)
      try world.run()
      #expect(world.log == "w=CANCELLED")
    }
  }

  @Test func `S1a: a wait for ever ends by cancellation alone`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.after(.infinity, in: scope, "w")
      try world.at(1_000_000) { try world.cancel(scope) }
      try world.run()
      #expect(world.log == "@1000000 w=CANCELLED")
    }
  }
}
