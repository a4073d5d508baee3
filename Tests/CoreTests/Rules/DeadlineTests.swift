import RoostCore
import Testing

/// Deadlines: D1 to D3.
struct DeadlineTests {
  @Test func `D1, C9: a deadline that passes cancels, with its own reason`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1))
      try world.endless("a", in: group) { _, why in
        #expect(why.origin == .deadline && why.node == group && why.name == "g")
        return .ok
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 a? g=ETIMEDOUT^")
    }
  }

  @Test func `D1: the twin: one that is kept does nothing`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(2))
      try world.job("a", in: group, lasts: 1)
      try world.join(group)
      try world.run()
      try world.after(9, "w")
      try world.run()
      #expect(world.log == "a+ @1 a- g=0 @10 w=0")
    }
  }

  @Test func `D1: every node may have one, relative or absolute, and the earlier counts`() throws {
    try inWorld { world in
      var both = NodeOptions.timeout(3)
      both.deadline = world.instant(4)
      let scope = try world.scope("s", .deadline(world.instant(1)))
      let group = try world.group("g", .timeout(2))
      try world.after(9, in: scope, "w")
      try world.job("a", in: group, lasts: 9)
      try world.job("b", lasts: 9, both)
      both.deadline = world.instant(2.5)
      try world.job("c", lasts: 9, both)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 w=CANCELLED @2 a! @2.5 c! @3 b!")
    }
  }

  /// Whether a node is cancelled, found out without a question that would look at the clock.
  private func isTaken(in node: Handle, _ world: World) throws -> Bool {
    let parked = try world.park(in: node, "")
    return refusal { try world.wake(parked, .ok) } == .stale
  }

  @Test func `D1: one in the past has passed at the opening`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(-1))
      let scope = try world.scope("s", .deadline(world.beginning))
      let task = try world.job("a", lasts: 1, .deadline(1))
      for node in [group, scope, task] { try #expect(isTaken(in: node, world)) }
      for node in [group, scope, task] {
        try #expect(world.isCancelled(node))
        try #expect(world.why(node)?.origin == .deadline)
      }
      try world.run()
      #expect(world.log == "a+ a!")
    }
  }

  @Test func `D1, C6a: a task's negative timeout has passed when its first step begins`() throws {
    try inWorld { world in
      let task = try world.job("a", lasts: 1, .timeout(-1)) { task in
        try #expect(isTaken(in: task, world))
      }
      try #expect(!world.isCancelled(task))
      try world.run()
      #expect(world.log == "a+ a!")
    }
  }

  @Test func `D1: moved before the first step, a timeout given at the spawn is no more`() throws {
    try inWorld { world in
      let tasks = try ["a", "b", "c"].map { try world.job($0, lasts: 3, .timeout(1, moveOn: true)) }
      _ = try world.setDeadline(tasks[1], 2)
      _ = try world.setDeadline(tasks[2], .infinity)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 a! @2 b! @3 c-")
    }
  }

  @Test func `D1: it may be moved to earlier, to later, off and on while the node is open`() throws
  {
    try inWorld { world in
      let scopes = try (0..<4).map { try world.scope("s\($0)", $0 == 3 ? .init() : .timeout(4)) }
      for (number, scope) in scopes.enumerated() { try world.after(9, in: scope, "w\(number)") }
      try world.at(1) {
        try #expect(world.setDeadline(scopes[0], 2) == .ok)
        try #expect(world.setDeadline(scopes[1], 6) == .ok)
        try #expect(world.setDeadline(scopes[2], .infinity) == .ok)
        try #expect(world.setDeadline(scopes[3], 3) == .ok)
      }
      try world.run()
      #expect(world.log == "@2 w0=CANCELLED @3 w3=CANCELLED @6 w1=CANCELLED @9 w2=0")
    }
  }

  @Test func `D1: moved into the past it cancels at once, and then moving changes nothing`() throws
  {
    try inWorld { world in
      let scope = try world.scope("s")
      try #expect(world.setDeadline(scope, 0) == .ok)
      try #expect(isTaken(in: scope, world))
      try #expect(Engine.cancelCalled(scope))
      try #expect(world.setDeadline(scope, 9) == .already)
      try #expect(world.setDeadline(scope, .infinity) == .already)
      try #expect(world.isCancelled(scope))
    }
  }

  @Test func `D1: a node that ends takes its deadline with it`() throws {
    try inWorld { world in
      let scope = try world.scope("s", .timeout(1))
      try world.job("a", .timeout(1))
      try world.join(scope)
      try world.run()
      #expect(refusal { try world.setDeadline(scope, 2) } == .stale)
      let next = try world.scope("next")
      try world.after(2, in: next, "w")
      try world.run()
      #expect(world.log == "a+ s=0 @2 w=0")
    }
  }

  @Test func `D1, L2a: an absolute deadline counts while its task is queued`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 1)
      try world.job("a", in: group, lasts: 2)
      try world.job("b", in: group, lasts: 9, .deadline(world.instant(1), moveOn: true))
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @2 a- g=0")
    }
  }

  @Test func `D1: a relative timeout begins with the first step`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 1)
      try world.job("a", in: group, lasts: 2)
      try world.job("b", in: group, lasts: 9, .timeout(1, moveOn: true))
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @2 a- b+ @3 b! g=0")
    }
  }

  @Test func `D1, K7: a computation that asks learns of its deadline (real)`() throws {
    try inWorld {
      $0.isVirtual = false
    } test: { world in
      let (scope, other) = (
        try world.scope("s", .timeout(0.001)), try world.scope("t", .timeout(0.001))
      )
      while try !world.isCancelled(scope) {}
      while try !Engine.cancelCalled(other) {}
      try #expect(Engine.now(world.runtime) >= world.beginning + 1_000_000)
      try #expect(world.why(scope)?.origin == .deadline)
    }
  }

  @Test func `D2: it fails by default: ETIMEDOUT, when it cut work short`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1))
      let scope = try world.scope("s", .timeout(2))
      try world.job("a", in: group, lasts: 9)
      try world.after(9, in: scope) { try world.join(scope, $0) }
      try world.join(group) { joined in
        #expect(joined.ending == .failed && joined.errors.isEmpty)
        #expect(joined.cancelCalled && joined.cancelledCaught && joined.why?.origin == .deadline)
      }
      try world.run()
      #expect(world.log == "a+ @1 a! g=ETIMEDOUT^ @2 s=ETIMEDOUT^")
    }
  }

  @Test func `D2: with move-on it is absorbed in silence`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1, moveOn: true))
      try world.job("a", in: group, lasts: 9)
      try world.join(group) { #expect($0.ending == .cancelled) }
      try world.run()
      #expect(world.log == "a+ @1 a! g=0^")
    }
  }

  @Test func `D2: one that cut nothing short is no timeout`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1))
      try world.job("a", in: group, lasts: 9, ifCut: Status(7))
      try world.join(group) { #expect($0.cancelCalled && $0.ending == .completed) }
      try world.run()
      #expect(world.log == "a+ @1 a! g=0")
    }
  }

  @Test func `D2, C5: a node that was cancelled before its deadline has not timed out`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(2))
      try world.job("a", in: group, lasts: 9) { try world.cleanup("c", of: $0, lasts: 2) }
      try world.at(1) { try world.cancel(group) }
      try world.join(group) { #expect($0.why?.origin == .explicit) }
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled @3 c- g=0^")
    }
  }

  @Test func `D2, C7: an outer deadline is the outer node's affair`() throws {
    try inWorld { world in
      let outer = try world.group("outer", .timeout(1))
      let inner = try world.group("inner", in: outer, .timeout(2))
      try world.job("a", in: inner, lasts: 9)
      try world.join(inner)
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ @1 a! inner=CANCELLED outer=ETIMEDOUT^")
    }
  }

  @Test func `D2, G5: an error comes before the timeout`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1))
      try world.job("a", in: group, lasts: 9)
      try world.job("b", in: group, lasts: 9, ifCut: .eio)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 a! b! g=EIO^[b:EIO]")
    }
  }

  @Test func `D2a: a task cut short by its own deadline has failed with ETIMEDOUT`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, lasts: 9, held: true, .timeout(1))
      try world.job("b", in: group, lasts: 9)
      try world.onEnd(of: task, "end")
      try world.join(group) { _ in
        try #expect(world.outcome(task).ending == .failed)
        try #expect(world.outcome(task).status == .timedOut)
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 a! b! g=ETIMEDOUT^[a:ETIMEDOUT] end=ETIMEDOUT")
    }
  }

  @Test func `D2a, C13: with move-on it has ended cancelled, which is no error`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, lasts: 9, held: true, .timeout(1, moveOn: true))
      try world.job("b", in: group, lasts: 2)
      try world.join(group) { _ in try #expect(world.outcome(task).ending == .cancelled) }
      try world.run()
      #expect(world.log == "a+ b+ @1 a! @2 b- g=0")
    }
  }

  @Test func `D2a, C9: in a group that is cancelled too, it is the group that cut it short`() throws
  {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, ends: .pending, .timeout(1))
      try world.at(2) { try world.cancel(group) }
      try world.at(3) { try world.finish(task, .cancelled) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @3 g=0^")
    }
  }

  @Test func `D3: the nearest deadline that would reach a node`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(4))
      let inner = try world.scope("s", in: group, .timeout(6))
      let task = try world.job("a", in: group, lasts: 1, .deadline(world.instant(3)))
      func nearest(_ node: Handle) throws -> UInt64 { try Engine.effectiveDeadline(node) }
      try #expect(nearest(world.root) == .max)
      try #expect(nearest(group) == world.instant(4))
      try #expect(nearest(inner) == world.instant(4))
      try #expect(nearest(task) == world.instant(3))
      _ = try world.setDeadline(group, .infinity)
      try #expect(nearest(inner) == world.instant(6))
      try world.cancel(inner)
      try #expect(nearest(inner) == 0)
    }
  }

  @Test func `D3, K2: a cleanup is sheltered from the deadlines around it`() throws {
    try inWorld { world in
      try world.job("a", .timeout(4)) { task in
        try world.cleanup("c", of: task) { cleanup, _ in
          try #expect(Engine.effectiveDeadline(cleanup) == .max)
          _ = try world.setDeadline(cleanup, 2)
          try #expect(Engine.effectiveDeadline(cleanup) == world.instant(2))
        }
      }
      try world.run()
      #expect(world.log == "a+ c:completed")
    }
  }
}
