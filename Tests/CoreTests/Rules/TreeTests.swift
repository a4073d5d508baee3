import RoostCore
import Testing

/// One tree: T1, T2, T4. For the handles of T3, see BadUseTests and SlabTests.
struct TreeTests {
  @Test func `T1: what is alive is in one tree, whatever it is opened in`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let group = try world.group("g", in: scope)
      try world.job("a", in: group, lasts: 9) { task in
        let inner = try world.group("h", in: task)
        try world.job("b", in: inner, lasts: 9)
        try world.join(inner)
      }
      try world.after(9, in: scope, "w")
      try world.at(1) { try world.cancel(world.root) }
      try world.run()
      #expect(world.log == "a+ b+ @1 w=CANCELLED a! b! h=CANCELLED")
    }
  }

  @Test func `T1: a group's children are its tasks, and only a group has them`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let task = try world.job("a", lasts: 1)
      #expect(refusal { try world.job("b", in: scope) } == .wrongKind)
      #expect(refusal { try world.job("b", in: task) } == .wrongKind)
      try #expect(Engine.runtime(of: scope) == world.runtime)
      try #expect(Engine.runtime(of: task) == world.runtime)
      try #expect(Engine.root(of: world.runtime) == world.root)
      try world.run()
      #expect(world.log == "a+ @1 a-")
    }
  }

  @Test func `T1a: what is opened side by side is closed in any order`() throws {
    try inWorld { world in
      try world.job("a", lasts: 2) { task in
        let first = try world.scope("first", in: task)
        let second = try world.group("second", in: task)
        let third = try world.scope("third", in: task)
        try world.job("b", in: second, lasts: 1)
        try world.after(1, in: first, "w")
        try world.join(third)
        try world.after(0.5, in: task) { _ in try world.join(first) }
        try world.join(second)
      }
      try world.run()
      #expect(world.log == "a+ b+ third=0 @0.5 first=0 @1 b- second=0 @2 a-")
    }
  }

  @Test func `T1b: a wait belongs to the node that was named`() throws {
    try inWorld { world in
      let (one, other) = (try world.scope("one"), try world.scope("other"))
      try world.after(2, in: one, "v")
      try world.after(2, in: other, "w")
      try world.at(1) { try world.cancel(one) }
      try world.run()
      #expect(world.log == "@1 v=CANCELLED @2 w=0")
    }
  }

  @Test func `T1c, G7: any callback may close what a task has opened, which is then not left open`()
    throws
  {
    try inWorld { world in
      let outer = try world.group("o")
      var inner = Handle.none
      try world.job("a", in: outer, lasts: 9) { task in
        inner = try world.group("g", in: task)
        try world.job("b", in: inner, lasts: 2)
      }
      try world.at(1) {
        try world.join(inner)
        #expect(refusal { try world.join(inner) } == .done)
      }
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ b+ @2 b- g=0 @9 a- o=0")
    }
  }

  @Test func `T1c, S2b: a wait in a scope or group keeps it open no longer`() throws {
    try inWorld { world in
      world.notesDrops = true
      let (scope, group) = (try world.scope("s"), try world.group("g"))
      try world.after(9, in: scope, "v")
      try world.park(in: group, "w")
      try world.at(1) {
        try world.join(scope)
        try world.join(group)
      }
      try world.run()
      #expect(world.log == "@1 ~v s=0 ~s ~w g=0 ~g")
    }
  }

  @Test func `T1d: closing a group closes what is open in it, and cancels nothing`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      let scope = try world.scope("s", in: inner)
      try world.job("b", in: inner, lasts: 2)
      try world.job("a", in: group, lasts: 1)
      try world.join(group)
      try world.at(1.5) { #expect(refusal { try Engine.cancelCalled(scope) } == .stale) }
      try world.run()
      #expect(world.log == "b+ a+ @1 a- @2 b- g=0")
      #expect(refusal { try world.cancel(inner) } == .stale)
    }
  }

  @Test func `T1d, G3: the errors of such a group are one nested error, and the policy applies`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group, failFast: false)
      try world.job("b", in: inner, lasts: 1, ends: .eio)
      try world.job("c", in: inner, lasts: 2, ends: .eperm)
      try world.job("d", in: group, lasts: 9)
      try world.join(group)
      try world.run()
      #expect(world.log == "b+ c+ d+ @1 b- @2 c- d! g=EIO^[h:EIO[b:EIO c:EPERM]]")
    }
  }

  @Test func `T1d: the result of one that is joined for itself goes to its own function alone`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      try world.job("b", in: inner, lasts: 1, ends: .eio)
      try world.job("d", in: group, lasts: 2)
      try world.join(inner)
      try world.join(group)
      try world.run()
      #expect(world.log == "b+ d+ @1 b- h=EIO[b:EIO] @2 d- g=0")
    }
  }

  @Test func `T1d: closing a scope does the same`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let inner = try world.group("h", in: scope)
      try world.job("b", in: inner, lasts: 1, ends: .eio)
      try world.join(scope)
      try world.run()
      #expect(world.log == "b+ @1 b- s=EIO[h:EIO[b:EIO]]")
    }
  }

  @Test func `T1d: what a task opens later in a closing group is closed after the last task`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 2) { task in
        try world.after(1, in: task) { _ in
          let inner = try world.group("h", in: group)
          try world.job("b", in: inner, lasts: 2, ends: .eio)
        }
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 b+ @2 a- @3 b- g=EIO[h:EIO[b:EIO]]")
    }
  }

  @Test func `T1d: until then a task may join it for itself, whatever else happens in the group`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 4) { task in
        try world.after(1, in: task) { _ in
          let inner = try world.group("h", in: group)
          try world.after(2, in: task) { _ in try world.join(inner) }
        }
      }
      try world.job("b", in: group, lasts: 2)
      try world.after(2, in: group, "w")
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @2 w=0 b- @3 h=0 @4 a- g=0")
    }
  }

  @Test func `T1d, G6: a node whose cleanups have begun takes nothing more`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let scope = try world.scope("s")
      for node in [group, scope] {
        try world.cleanup("c", of: node) { _, _ in
          #expect(refusal { try world.group("x", in: node) } == .closed)
          #expect(refusal { try world.scope("x", in: node) } == .closed)
          #expect(refusal { try world.after(1, in: node, "x") } == .closed)
        }
        try world.join(node)
      }
      try world.cleanup("d", of: group) { _, _ in
        #expect(refusal { try world.job("x", in: group) } == .closed)
      }
      try world.run()
      #expect(world.log == "d:completed c:completed g=0 c:completed s=0")
    }
  }

  @Test func `T2: a group outlives its tasks, and a task what it has opened`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.cleanup("c", of: group)
      let task = try world.job("a", in: group, ends: .ok) { task in
        let inner = try world.group("h", in: task)
        try world.job("b", in: inner, lasts: 2)
        try world.cleanup("d", of: task)
        try world.join(inner)
      }
      try world.onEnd(of: task, "end")
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @2 b- h=0 d:completed c:completed g=0 end=0")
    }
  }

  @Test func `T2, S8a: a runtime outlives its root group`() throws {
    try inWorld { world in
      try world.job("a", lasts: 9) { try world.cleanup("c", of: $0, lasts: 3) }
      try world.at(1) { try #expect(world.close("root") == .pending) }
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled @4 c- root=0^")
    }
  }

  @Test func `T4: every node may carry a name, which is copied`() throws {
    func name(_ node: Handle) throws -> String { try unsafe String(cString: Engine.name(of: node)) }
    try inWorld { world in
      let long = String(repeating: "語", count: 30)
      try #expect(name(world.group("the group")) == "the group")
      try #expect(name(world.scope(long)) == String(long.prefix(21)))
      try #expect(name(world.job("")).isEmpty)
      try #expect(name(world.root) == "root")
      let task = try world.job("a task", lasts: 1) { task in
        try world.cleanup("", of: task) { cleanup, _ in
          try #expect(name(cleanup) == "cleanup of a task")
        }
      }
      try #expect(name(task) == "a task")
      try world.run()
      #expect(unsafe String(cString: Engine.nameIfAny(of: task)) == "")
    }
    try unsafe "home".withCString { home in
      try inWorld {
        unsafe $0.root.common.name = home
      } test: { world in
        try #expect(name(world.root) == "home")
      }
    }
  }
}
