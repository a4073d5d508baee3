import RoostCore
import Testing

/// Limits: L2, L2a.
struct LimitTests {
  @Test func `L2: so many run at a time, the others start in order as those end`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 2)
      try world.job("a", in: group, lasts: 3)
      for name in ["b", "c", "d"] { try world.job(name, in: group, lasts: 1) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 b- c+ @2 c- d+ @3 a- d- g=0")
    }
  }

  @Test func `L2: a thousand tasks, and never more than ten`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 10)
      var (running, most, done) = (0, 0, 0)
      for number in 0..<1000 {
        try world.spawn("", in: group) { task in
          (running, most) = (running + 1, max(most, running + 1))
          try world.after(Double(1 + number % 3), in: task) { status in
            (running, done) = (running - 1, done + 1)
            try world.finish(task, status)
          }
          return .pending
        }
      }
      try world.join(group)
      try world.run()
      #expect(most == 10 && running == 0 && done == 1000)
    }
  }

  @Test func `L2: the place of a task is free when it has ended, whatever its end`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false, limit: 1)
      try world.job("a", in: group, ends: .eio)
      let task = try world.job("b", in: group, lasts: 9)
      try world.job("c", in: group)
      try world.at(1) { try world.cancel(task) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 b! c+ g=EIO[a:EIO]")
    }
  }

  @Test func `L2: when the group is cancelled the queued end without starting, in order`() throws {
    try inWorld { world in
      world.notesDrops = true
      let group = try world.group("g", limit: 1)
      try world.job("a", in: group, lasts: 9)
      var queued: [Handle] = []
      for name in ["b", "c", "d"] {
        queued.append(try world.job(name, in: group, held: true))
        try world.onEnd(of: queued[queued.count - 1], name)
      }
      try world.at(1) {
        try world.cancel(group)
        world.note("cancelled")
      }
      try world.join(group) { _ in
        for task in queued {
          let outcome = try world.outcome(task)
          #expect(outcome.ending == .cancelled && !outcome.hasStarted)
        }
      }
      try world.run()
      #expect(world.log.hasPrefix("a+ @1 cancelled a!"))
      let ends = world.log.split(separator: " ").filter { $0.hasSuffix("=ETASKCANCELLED") }
      #expect(ends == ["b=ETASKCANCELLED", "c=ETASKCANCELLED", "d=ETASKCANCELLED"])
      #expect(world.log.contains("~b ~c ~d") && world.log.contains("g=0^"))
    }
  }

  @Test func `L2: the root may have a limit too`() throws {
    try inWorld {
      $0.root.limit = 1
    } test: { world in
      try world.job("a", lasts: 1)
      try world.job("b", lasts: 1)
      try world.run()
      #expect(world.log == "a+ @1 a- b+ @2 b-")
    }
  }

  @Test func `L2a: a queued task that is cancelled by whomever never starts`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer, limit: 1)
      try world.job("a", in: group, lasts: 3, ifCut: .ok)
      try world.job("late", in: group, .deadline(world.instant(1), moveOn: true))
      let alone = try world.job("alone", in: group)
      for name in ["late", "alone", "rest"] where name == "rest" { try world.job(name, in: group) }
      try world.at(0.5) { try world.cancel(alone) }
      try world.at(2) { try world.cancel(outer) }
      try world.join(group)
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ @2 a! g=CANCELLED outer=0^")
    }
  }

  @Test func `L2a: one that would have to queue in a cancelled group ends in the next turn`() throws
  {
    try inWorld { world in
      let group = try world.group("g", limit: 1)
      try world.cancel(group)
      try world.job("a", in: group, lasts: 1)
      let task = try world.job("b", in: group)
      try world.cleanup("c", of: task)
      world.note("spawned")
      try world.join(group)
      try world.run()
      #expect(world.log == "spawned a+ c:cancelled:new a! g=0^")
    }
  }

  @Test func `L2a, D2a: one that its own deadline reached while queued has failed with ETIMEDOUT`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g", failFast: false, limit: 1)
      try world.job("a", in: group, lasts: 3)
      try world.job("b", in: group, .deadline(world.instant(1)))
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @3 a- g=ETIMEDOUT[b:ETIMEDOUT]")
    }
  }
}
