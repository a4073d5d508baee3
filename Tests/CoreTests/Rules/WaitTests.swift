import RoostCore
import Testing

/// Callback waits: S2b.
struct WaitTests {
  @Test func `S2b: fn is called once, with the outcome, in a later turn`() throws {
    try inWorld { world in
      try world.job("a", lasts: 2) { task in
        // The world sees to it that no callback is called inside.
        try world.after(1, in: task, "w")
        try world.wake(world.park(in: task, "p"), Status(7))
      }
      try world.run()
      #expect(world.log == "a+ p=7 @1 w=0 @2 a-")
    }
  }

  @Test func `S2b: they are told in the order in which they ended`() throws {
    try inWorld { world in
      let parked = try ["p", "q", "r"].map { try world.park($0) }
      try world.at(1) {
        for index in [2, 0, 1] { try world.wake(parked[index], Status(Int32(index))) }
      }
      try world.after(1, "w")
      try world.run()
      #expect(world.log == "@1 w=0 r=2 p=0 q=1")
    }
  }

  @Test func `S2b: one that is taken back is not called, but dropped, in a later turn`() throws {
    try inWorld { world in
      world.notesDrops = true
      let task = try world.job("a", lasts: 1)
      let waits = [
        try world.after(1, "v"), try world.onEnd(of: task, "w"), try world.park("p"),
      ]
      for wait in waits {
        try world.unwait(wait)
        #expect(refusal { try world.unwait(wait) } == .stale)
      }
      #expect(refusal { try world.wake(waits[2], .ok) } == .stale)
      world.note("taken back")
      try world.run()
      #expect(world.log == "taken back a+ ~v ~w ~p @1 a- ~a")
    }
  }

  @Test func `S2b: data is dropped when the request has let go of it`() throws {
    try inWorld { world in
      world.notesDrops = true
      let parked = try world.park("p", abort: { _ in .pending })
      try world.at(1) { try world.unwait(parked) }
      try world.at(2) { try world.wake(parked, .cancelled) }
      try world.run()
      #expect(world.log == "@1 p/ @2 ~p")
    }
  }

  @Test func `S2b: one that is completed cannot be taken back, and is called`() throws {
    try inWorld { world in
      let parked = try world.park("p")
      try world.at(1) {
        try world.wake(parked, Status(7))
        #expect(refusal { try world.unwait(parked) } == .stale)
        #expect(refusal { try world.wake(parked, Status(8)) } == .stale)
      }
      try world.run()
      #expect(world.log == "@1 p=7")
    }
  }

  @Test func `S2b: one that the mark has taken can still be taken back`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let wait = try world.after(9, in: scope, "w")
      try world.at(1) {
        try world.cancel(scope)
        try world.unwait(wait)
      }
      try world.run()
      #expect(world.log.isEmpty)
    }
  }

  @Test func `S2b: on_cancel comes before the fn of the task's waits`() throws {
    try inWorld { world in
      let group = try world.group("g")
      for name in ["a", "b"] {
        try world.spawn(name, in: group) { task in
          try world.after(9, in: task) { status in
            world.note(name + "!")
            try world.finish(task, status)
          }
          return .pending
        } onCancel: { _, _ in
          .pending
        }
      }
      try world.at(1) { try world.cancel(group) }
      try world.run()
      let words = world.log.split(separator: " ")
      for name in ["a", "b"] {
        let places = [name + "?", name + "!"].map { words.firstIndex(of: Substring($0)) }
        #expect(places.compactMap { $0 }.count == 2)
        #expect(places[0] ?? 0 < places[1] ?? 0)
      }
    }
  }

  @Test func `S2b: when a body ends, the waits that still name its task are taken back`() throws {
    try inWorld { world in
      try world.job("a", lasts: 1) { task in
        try world.after(5, in: task, "v")
        try world.onEnd(of: world.job("b", lasts: 2), in: task, "w")
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 a- @2 b-")
    }
  }

  @Test func `S2b: what is in flight is waited for before the node's cleanups`() throws {
    try inWorld { world in
      var parked: [Handle] = []
      let scope = try world.scope("s")
      parked.append(try world.park(in: scope, "p", abort: { _ in .pending }))
      try world.cleanup("c", of: scope)
      try world.spawn("a") { task in
        parked.append(try world.park(in: task, "q", abort: { _ in .pending }))
        try world.cleanup("d", of: task)
        return .ok
      }
      try world.join(scope)
      try world.at(1) { for wait in parked { try world.wake(wait, Status(7)) } }
      try world.run()
      #expect(world.log == "a+ q/ p/ @1 c:completed s=0 d:completed")
    }
  }

  @Test func `S2b: a wait of a node that is ending answers ECLOSED`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let task = try world.job("a")
      for node in [scope, task] {
        try world.cleanup("c", of: node) { _, _ in
          #expect(refusal { try world.after(1, in: node, "w") } == .closed)
          #expect(refusal { try world.park(in: node, "p") } == .closed)
        }
      }
      try world.join(scope)
      try world.run()
      #expect(world.log == "a+ c:completed c:completed s=0")
    }
  }

  @Test func `T1c: any callback may wait in a group, a scope or the root`() throws {
    try inWorld { world in
      try world.after(0) { _ in
        try world.after(1, in: world.root, "root")
        try world.after(1, in: world.group("g"), "group")
        try world.after(1, in: world.scope("s"), "scope")
      }
      try world.run()
      #expect(world.log == "@1 root=0 group=0 scope=0")
    }
  }

  @Test func `S2b, S8: a wait keeps the loop going, until the last`() throws {
    try inWorld { world in
      for second in 1...3 { try world.after(Double(second), "w") }
      try world.run()
      #expect(world.log == "@1 w=0 @2 w=0 @3 w=0")
      try #expect(Engine.now(world.runtime) == world.instant(3))
    }
  }
}
