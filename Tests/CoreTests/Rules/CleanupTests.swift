import RoostCore
import Testing

/// Cleanups: K1 to K6. For K5 see also World.end: in every test each drop is called once.
struct CleanupTests {
  @Test func `K1: cleanups run last in, first out, one at a time`() throws {
    try inWorld { world in
      try world.job("a") { task in
        try world.cleanup("c", of: task, lasts: 1)
        try world.cleanup("d", of: task, lasts: 1)
        try world.cleanup("e", of: task)
      }
      try world.run()
      #expect(world.log == "a+ e:completed d:completed @1 d- c:completed @2 c-")
    }
  }

  @Test func `K1: each is told how its task has ended`() throws {
    try inWorld { world in
      let (group, limited) = (try world.group("g"), try world.group("h", limit: 1))
      func job(_ name: String, in group: Handle? = nil, lasts: Double = 0, ends: Status = .ok)
        throws
      {
        let task = try world.job(name, in: group, lasts: lasts, ends: ends)
        try world.cleanup("of " + name, of: task)
      }
      try job("completed")
      try job("failed", ends: .eio)
      try job("cut", in: group, lasts: 9)
      try job("running", in: limited, lasts: 2)
      try job("queued", in: limited, lasts: 2)
      try world.at(1) {
        try world.cancel(group)
        try world.cancel(limited)
      }
      try world.run()
      #expect(
        world.log == """
          completed+ of completed:completed failed+ of failed:failed cut+ running+ \
          @1 cut! running! of queued:cancelled:new of cut:cancelled of running:cancelled
          """)
    }
  }

  @Test func `K1: it is told the code, the result and the reason`() throws {
    try inWorld { world in
      let result = Box("r", in: world)
      let task = try world.spawn("a") { task in
        try world.finish(task, Status(7), with: result)
        return .ok
      }
      try world.cleanup("c", of: task) { _, told in
        #expect(told.status == Status(7) && told.why == nil)
        #expect(unsafe told.result == result.data)
      }
      let cut = try world.job("b", lasts: 9)
      try world.cleanup("d", of: cut) { _, told in
        #expect(told.status == .cancelled && told.why?.code == 42)
      }
      try world.at(1) { try world.cancel(cut, code: 42) }
      try world.run()
      #expect(world.log == "a+ c:completed b+ @1 b! d:cancelled")
    }
  }

  @Test func `K1: groups and scopes have cleanups too, which run when all in them has ended`()
    throws
  {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      try world.cleanup("c", of: group) { _, told in #expect(told.status == .eio) }
      try world.cleanup("d", of: scope, lasts: 1) { _, told in #expect(told.status == .ok) }
      try world.job("a", in: group, lasts: 1, ends: .eio) {
        try world.cleanup("e", of: $0, lasts: 1)
      }
      try world.cancel(scope)
      try world.join(group)
      try world.join(scope, .cancelled)
      try world.run()
      #expect(
        world.log == "a+ d:cancelled @1 a- d- e:failed s=0^ @2 e- c:failed g=EIO[a:EIO]")
    }
  }

  @Test func `K1, S8a: closing the runtime runs them all, the root's last`() throws {
    try inWorld { world in
      try world.cleanup("c", of: world.root, lasts: 1)
      try world.job("a", lasts: 9) { try world.cleanup("d", of: $0, lasts: 1) }
      let scope = try world.scope("s")
      try world.cleanup("e", of: scope)
      try world.after(0) { _ in try #expect(world.close("root", patience: 0) == .pending) }
      try world.run()
      #expect(
        world.log == "a+ a! e:completed d:cancelled @1 d- c:cancelled @2 c- root=0^")
    }
  }

  @Test func `K2: a cleanup is sheltered from the cancellation around it, and can wait`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 9) { task in
        try world.cleanup("c", of: task, lasts: 1) { cleanup, _ in
          try #expect(!world.isCancelled(cleanup))
          let inner = try world.group("h", in: cleanup)
          try #expect(!world.isCancelled(inner))
          try world.join(inner)
        }
      }
      try world.at(1) { try world.cancel(group) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled h=0 @2 c- g=0^")
    }
  }

  @Test func `K2: nor does one reach it that comes while it runs, nor a deadline of its node`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, .timeout(1)) { task in
        try world.cleanup("c", of: task, lasts: 3)
      }
      try world.at(2) {
        try world.cancel(task)
        try world.cancel(group)
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:completed @3 c- g=0")
    }
  }

  @Test func `K2: it may answer PENDING, and is finished by its own handle`() throws {
    try inWorld { world in
      var cleanup = Handle.none
      try world.job("a") { task in
        try world.cleanup("c", of: task)
        try world.cleanup("d", of: task, ends: .pending) { own, _ in cleanup = own }
      }
      try world.at(1) {
        world.note("finish")
        try world.finish(cleanup, .ok)
        #expect(refusal { try world.finish(cleanup, .ok) } == .done)
      }
      try world.run()
      #expect(world.log == "a+ d:completed @1 finish c:completed")
    }
  }

  @Test func `K2b, K3: the shelter does not hold against a cancellation of the cleanup itself`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      var cleanup = Handle.none
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task, ends: .pending) { own, _ in
          cleanup = own
        } onCancel: { _, why in
          #expect(why.node == cleanup && why.code == 42 && why.name == "cleanup of a")
          return .ok
        }
      }
      try world.at(1) { try world.cancel(cleanup, code: 42) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:completed @1 c? g=ECUT[cleanup of a:ECUT]")
    }
  }

  @Test func `K2b: without on_cancel it meets that in its waits, and is waited for`() throws {
    try inWorld { world in
      let group = try world.group("g")
      var cleanup = Handle.none
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task, lasts: 9, ifCut: .ok) { own, _ in cleanup = own }
        try world.cleanup("d", of: task, ends: .pending) { own, _ in cleanup = own }
      }
      try world.at(1) { try world.cancel(cleanup) }
      try world.at(2) { try world.finish(cleanup, .ok) }
      try world.at(3) { try world.cancel(cleanup) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ d:completed @2 c:completed @3 c! g=0")
    }
  }

  @Test func `K2c, L2: a cleanup takes no place under a limit, but its task keeps its own`() throws
  {
    try inWorld { world in
      let group = try world.group("g", limit: 1)
      try world.job("a", in: group) { try world.cleanup("c", of: $0, lasts: 1) }
      try world.job("b", in: group)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:completed @1 c- b+ g=0")
    }
  }

  @Test func `K3, B3: one that fails stops no other, and its error is listed`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task)
        try world.cleanup("d", of: task, ends: .eio)
        try world.cleanup("e", of: task, lasts: 1, ends: .eperm)
      }
      try world.join(group)
      try world.run()
      #expect(
        world.log == """
          a+ e:completed @1 e- d:completed c:completed \
          g=EPERM[cleanup of a:EPERM cleanup of a:EIO]
          """)
    }
  }

  @Test func `K3: so with a group's own cleanups, and a scope's`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      for node in [group, scope] {
        try world.cleanup("c", of: node) { _, told in #expect(told.status == .eio) }
        try world.cleanup("d", of: node, ends: .eio)
        try world.join(node)
      }
      try world.run()
      #expect(
        world.log == """
          d:completed c:failed g=EIO[cleanup of g:EIO] d:completed c:failed s=EIO[cleanup of s:EIO]
          """)
    }
  }

  @Test func `K3: one that ends CANCELLED has failed with ECUT`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { try world.cleanup("c", of: $0, ends: .cancelled) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:completed g=ECUT[cleanup of a:ECUT]")
    }
  }

  @Test func `K3: a cleanup is taken back, with its drop before the call returns`() throws {
    try inWorld { world in
      world.notesDrops = true
      let scope = try world.scope("s")
      let cleanups = try ["c", "d", "e"].map { try world.cleanup($0, of: scope) }
      try Engine.undefer(cleanups[1])
      world.note("undeferred")
      #expect(refusal { try Engine.undefer(cleanups[1]) } == .stale)
      try world.join(scope)
      try world.run()
      #expect(world.log == "~d undeferred e:completed ~e c:completed ~c s=0 ~s")
      #expect(refusal { try Engine.undefer(cleanups[0]) } == .stale)
    }
  }

  @Test func `K3: once it has begun it is not taken back; the next may be`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let next = try world.cleanup("c", of: scope)
      var own = Handle.none
      own = try world.cleanup("d", of: scope) { _, _ in
        #expect(refusal { try Engine.undefer(own) } == .stale)
        try Engine.undefer(next)
      }
      try world.join(scope)
      try world.run()
      #expect(world.log == "d:completed s=0")
    }
  }

  @Test func `K3a: a cleanup's error leaves alone what the body brought`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, ends: Status(7), held: true) { task in
        try world.cleanup("c", of: task) { _, told in #expect(told.ending == .completed) }
        try world.cleanup("d", of: task, ends: .eio)
      }
      try world.onEnd(of: task, "end") { _ in
        try #expect(world.outcome(task).ending == .failed)
        try #expect(world.outcome(task).status == Status(7))
      }
      try world.run()
      #expect(world.log == "a+ d:completed c:completed end=7")
      try world.join(group)
      try world.run()
      #expect(world.log.hasSuffix(" g=EIO[cleanup of a:EIO]"))
    }
  }

  @Test func `K3a, G2: the policy applies when it happens`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task, lasts: 2)
        try world.cleanup("d", of: task, lasts: 1, ends: .eio)
      }
      try world.job("b", in: group, lasts: 9)
      try world.join(group)
      try world.run()
      #expect(
        world.log
          == "a+ d:completed b+ @1 d- b! c:completed @3 c- g=EIO^[cleanup of a:EIO]")
    }
  }

  @Test func `K3a: body and cleanup may both fail`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, ends: .eperm) { try world.cleanup("c", of: $0, ends: .eio) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:failed g=EPERM[a:EPERM cleanup of a:EIO]")
    }
  }

  @Test func `K4: it may cancel, spawn elsewhere, and open groups and scopes of its own`() throws {
    try inWorld { world in
      let (group, other) = (try world.group("g"), try world.group("o"))
      try world.job("x", in: other, lasts: 9)
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task, lasts: 1) { cleanup, _ in
          try world.cancel(other)
          try world.job("b", in: world.root)
          let inner = try world.group("h", in: cleanup)
          try world.job("d", in: inner, lasts: 2)
          try world.join(inner)
        }
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "x+ a+ c:completed x! b+ d+ @1 c- @2 d- h=0 g=0")
    }
  }

  @Test func `K4, G7: what a cleanup leaves open is cancelled and joined before it ends`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task) { cleanup, _ in
          try world.job("d", in: world.group("h", in: cleanup), lasts: 9)
        }
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:completed d+ d! g=EUNCLOSED[cleanup of a:EUNCLOSED[h:EUNCLOSED]]")
    }
  }

  @Test func `K4, K6: it may register more on its node, which run next`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.cleanup("c", of: scope)
      try world.cleanup("d", of: scope, lasts: 1) { _, _ in
        try world.cleanup("e", of: scope)
        try world.cleanup("f", of: scope)
      }
      try world.join(scope)
      try world.run()
      #expect(
        world.log == "d:completed @1 d- f:completed e:completed c:completed s=0")
    }
  }

  @Test func `K6: it may be registered on what is ending, and not on what has ended`() throws {
    try inWorld { world in
      let task = try world.job("a", held: true) { task in
        let inner = try world.group("h", in: task)
        try world.job("b", in: inner, lasts: 2)
        try world.join(inner)
      }
      try world.at(1) { try world.cleanup("c", of: task) }
      try world.run()
      #expect(world.log == "a+ b+ @2 b- h=0 c:completed")
      #expect(refusal { try world.cleanup("d", of: task) } == .stale)
    }
  }

  @Test func `K1: a cleanup is a task, and may have cleanups`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.cleanup("c", of: scope, ends: .eio) { cleanup, _ in
        try world.cleanup("d", of: cleanup)
      }
      try world.join(scope)
      try world.run()
      #expect(world.log == "c:completed d:failed s=EIO[cleanup of s:EIO]")
    }
  }

  @Test func `K5: a drop comes once, after the last use of the data`() throws {
    try inWorld { world in
      world.notesDrops = true
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1) { try world.cleanup("c", of: $0) }
      try world.park(in: group, "p")
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 a- c:completed ~c ~a ~p g=0 ~g")
    }
  }
}
