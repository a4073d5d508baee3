import RoostCore
import Testing

/// What a cancellation does until it has reached everybody: C1 to C6a, C13 to C15.
struct CancellingTests {
  @Test func `C1: tasks, groups and scopes are cancelled the same way`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      let task = try world.job("a", lasts: 9)
      try world.job("b", in: group, lasts: 9)
      try world.after(9, in: scope, "w")
      try world.at(1) { try #expect(world.cancel(task) == .ok) }
      try world.at(2) { try #expect(world.cancel(group) == .ok) }
      try world.at(3) { try #expect(world.cancel(scope) == .ok) }
      try world.run()
      #expect(world.log == "a+ b+ @1 a! @2 b! @3 w=CANCELLED")
    }
  }

  @Test func `C1, D1: a cancellation is never taken back`() throws {
    try inWorld { world in
      let scope = try world.scope("s", .timeout(-1))
      try #expect(world.isCancelled(scope))
      try #expect(world.setDeadline(scope, .infinity) == .already)
      try world.run()
      try #expect(world.isCancelled(scope))
    }
  }

  @Test func `C2: a cancellation reaches what lies beneath, and nothing else`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      let scope = try world.scope("s", in: inner)
      let task = try world.job("b", in: inner, lasts: 1)
      let sibling = try world.job("c", in: group, lasts: 1)
      try world.cancel(inner)
      for (node, isCalled, isReached) in [
        (inner, true, true), (scope, false, true), (task, false, true), (sibling, false, false),
        (group, false, false), (world.root, false, false),
      ] {
        try #expect(world.isCancelled(node) == isReached)
        try #expect(Engine.cancelCalled(node) == isCalled)
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "b+ c+ b! @1 c- g=0")
    }
  }

  @Test func `C2, C5: nothing is opened uncancelled in a cancelled node`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.cancel(group)
      let inner = try world.group("h", in: group)
      let scope = try world.scope("s", in: inner)
      let task = try world.job("b", in: inner, lasts: 1)
      for node in [inner, scope, task] { try #expect(world.isCancelled(node)) }
      try world.join(group)
      try world.run()
      #expect(world.log == "b+ b! g=0^")
    }
  }

  @Test func `C3: every wait in a cancelled node is cancelled, again and again`() throws {
    try inWorld { world in
      let task = try world.spawn("a") { task in
        func wait(_ number: Int) throws {
          try world.after(9, in: task) { status in
            world.note("\(number):\(word(status))")
            if number < 3 { try wait(number + 1) } else { try world.finish(task, .cancelled) }
          }
        }
        try wait(1)
        return .pending
      }
      try world.at(1) { try world.cancel(task) }
      try world.run()
      #expect(world.log == "a+ @1 1:CANCELLED 2:CANCELLED 3:CANCELLED")
    }
  }

  @Test func `C3: once control has left the cancelled node, waits go on`() throws {
    try inWorld { world in
      try world.job("a", lasts: 3) { task in
        let scope = try world.scope("s", in: task)
        try world.at(1) { try world.cancel(scope) }
        try world.after(9, in: scope) { status in
          try world.join(scope, status)
          try world.after(1, in: task, "outside")
        }
      }
      try world.run()
      #expect(world.log == "a+ @1 s=0^ @2 outside=0 @3 a-")
    }
  }

  @Test func `C3a: a wait begun in a cancelled node takes nothing, even what is there`() throws {
    try inWorld { world in
      let task = try world.job("a", ends: Status(7), held: true)
      try world.run()
      let scope = try world.scope("s")
      try world.cancel(scope)
      try world.onEnd(of: task, in: scope, "v")
      try world.after(0, in: scope, "w")
      let parked = try world.park(in: scope, "p")
      #expect(refusal { try world.wake(parked, .ok) } == .stale)
      try world.onEnd(of: task, "outside")
      try world.run()
      #expect(world.log == "a+ v=CANCELLED w=CANCELLED p=CANCELLED outside=7")
    }
  }

  @Test func `C4: a result that is there when the cancellation comes is kept, and the next is not`()
    throws
  {
    try inWorld { world in
      let scope = try world.scope("s")
      let parked = try world.park(in: scope, "p") { _ in try world.after(1, in: scope, "next") }
      try world.at(1) {
        try world.wake(parked, Status(7))
        try world.cancel(scope)
      }
      try world.run()
      #expect(world.log == "@1 p=7 next=CANCELLED")
    }
  }

  @Test func `C4a: the twin, cancelled first: nothing completes what the mark has taken`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let parked = try world.park(in: scope, "p")
      let task = try world.endless("a")
      try world.onEnd(of: task, in: scope, "v")
      try world.at(1) {
        try world.cancel(scope)
        #expect(refusal { try world.wake(parked, Status(7)) } == .stale)
        try world.finish(task, Status(7))
      }
      try world.run()
      #expect(world.log == "a+ @1 p=CANCELLED v=CANCELLED")
    }
  }

  @Test func `C4: a time that has come is not cancelled by what comes with it`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.at(1) { try world.cancel(scope) }
      try world.after(1, in: scope, "same")
      try world.after(1.001, in: scope, "later")
      try world.run()
      #expect(world.log == "@1 same=0 later=CANCELLED")
    }
  }

  @Test func `C4, G5: a task that succeeds in spite of its cancellation has succeeded`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.endless("a", in: group, held: true) { task, _ in
        try world.finish(task, Status(7))
        return .ok
      }
      try world.at(1) { try world.cancel(group) }
      try world.onEnd(of: task, "end")
      try world.join(group) { joined in
        #expect(joined.ending == .completed)
        #expect(joined.cancelCalled)
        try #expect(world.outcome(task).ending == .completed)
      }
      try world.run()
      #expect(world.log == "a+ @1 a? g=0 end=7")
    }
  }

  @Test func `C4a: a request that will end by itself brings what it has`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let parked = try world.park(in: scope, "p", abort: { _ in .pending })
      try world.at(1) { try world.cancel(scope) }
      try world.at(2) { try world.wake(parked, Status(7)) }
      try world.run()
      #expect(world.log == "@1 p/ @2 p=7")
    }
  }

  @Test func `C4a: one that ends between the mark and its abort keeps its result, unaborted`()
    throws
  {
    try inWorld { world in
      let scope = try world.scope("s")
      let parked = try world.park(in: scope, "p", abort: { _ in .ok })
      try world.at(1) {
        try world.cancel(scope)
        try world.wake(parked, Status(7))
        #expect(refusal { try world.wake(parked, Status(8)) } == .stale)
      }
      try world.run()
      #expect(world.log == "@1 p=7")
    }
  }

  @Test func `C4a: an abort that has stopped its request ends the wait as cancelled`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let parked = try world.park(in: scope, "p", abort: { _ in .ok })
      try world.at(1) { try world.cancel(scope) }
      try world.run()
      #expect(refusal { try world.wake(parked, Status(7)) } == .stale)
      #expect(world.log == "@1 p/ p=CANCELLED")
    }
  }

  @Test func `C4a: an abort may bring the outcome itself, whatever it answers`() throws {
    for answer in [Status.ok, .pending] {
      try inWorld { world in
        let scope = try world.scope("s")
        let abort = { wait throws -> Status in
          try world.wake(wait, Status(7))
          return answer
        }
        try world.park(in: scope, "p", abort: abort)
        try world.at(1) { try world.cancel(scope) }
        try world.run()
        #expect(world.log == "@1 p/ p=7")
      }
    }
  }

  @Test(arguments: [Status.pending, Status(3), Status.eio])
  func `C14b: a wait is asked to abort once, and any odd answer means that it goes on`(
    answer: Status
  ) throws {
    try inWorld { world in
      let outer = try world.scope("o")
      let scope = try world.scope("s", in: outer)
      let parked = try world.park(in: scope, "p", abort: { _ in answer })
      try world.at(1) { try world.cancel(scope) }
      try world.at(2) { try world.cancel(outer) }
      try world.at(3) { try world.unwait(parked) }
      try world.at(4) { try world.wake(parked, .cancelled) }
      try world.run()
      #expect(world.log == "@1 p/")
    }
  }

  @Test func `C5: the whole subtree is marked when the call returns, and nobody was called`() throws
  {
    try inWorld { world in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      let scope = try world.scope("s", in: inner)
      let tasks = try ["a", "b"].map { name in
        try world.endless(name, in: inner) { _, _ in .ok }
      }
      try world.park(in: scope, "p", abort: { _ in .ok })
      try world.at(1) {
        // The world sees to it that no callback is called inside.
        try world.cancel(group)
        for node in [inner, scope] + tasks { try #expect(world.isCancelled(node)) }
        world.note("marked")
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 marked p/ p=CANCELLED a? b?")
    }
  }

  @Test func `C5: tasks are told in the order in which they were spawned`() throws {
    try inWorld { world in
      let group = try world.group("g")
      for name in ["a", "b", "c", "d"] {
        try world.endless(name, in: group) { _, _ in .ok }
      }
      try world.at(1) { try world.cancel(group) }
      try world.run()
      #expect(world.log == "a+ b+ c+ d+ @1 a? b? c? d?")
    }
  }

  @Test func `C5: a task may cancel itself, and goes on until its next wait`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1) { _ in
        try world.cancel(group)
        world.note("goes on")
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ goes on a! g=0^")
    }
  }

  @Test func `C5: it may be called in on_cancel, in an abort and in a cleanup`() throws {
    try inWorld { world in
      let others = try ["x", "y", "z"].map { name in
        let group = try world.group("g" + name)
        try world.job(name, in: group, lasts: 9)
        return group
      }
      let told = try world.endless("a") { _, _ in
        try world.cancel(others[0])
      }
      let scope = try world.scope("s")
      try world.park(in: scope, "p", abort: { _ in try world.cancel(others[1]) })
      try world.job("b", lasts: 3) { task in
        try world.cleanup("c", of: task) { _, _ in try world.cancel(others[2]) }
      }
      try world.at(1) { try world.cancel(told) }
      try world.at(2) { try world.cancel(scope) }
      try world.run()
      #expect(
        world.log == "x+ y+ z+ a+ b+ @1 a? x! @2 p/ p=CANCELLED y! @3 b- c:completed z!")
    }
  }

  @Test func `C5: the first reason stands, and later calls answer ALREADY`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try #expect(world.cancel(group, code: 1, message: "first") == .ok)
      try #expect(world.cancel(group, .signal, code: 2, message: "second") == .already)
      let why = try #require(try world.why(group))
      #expect(why.origin == .explicit && why.code == 1 && why.message == "first")
    }
  }

  @Test func `C6: cancelling what has ended answers ESTALE, and nothing happens`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      let task = try world.job("a", held: true)
      let wait = try world.after(1, in: group, "w")
      try world.join(group)
      try world.join(scope)
      try world.run()
      for ended in [group, scope, task] {
        #expect(refusal { try world.cancel(ended) } == .stale)
      }
      #expect(refusal { try world.unwait(wait) } == .stale)
      try #expect(world.outcome(task).ending == .completed)
      #expect(world.log == "a+ s=0 g=0")
    }
  }

  @Test func `C6: in a group that was cancelled empty, tasks start cancelled`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.cancel(group)
      try world.run()
      let task = try world.job("a", in: group, lasts: 1)
      try #expect(world.isCancelled(task))
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ a! g=0^")
    }
  }

  @Test func `C6a: a task cancelled before its first step takes it, and is told later`() throws {
    try inWorld { world in
      let task = try world.spawn("a") { task in
        try #expect(world.isCancelled(task))
        try world.after(1, in: task, "w")
        world.note("pending")
        return .pending
      } onCancel: { _, _ in
        .ok
      }
      try world.cancel(task)
      try world.job("b")
      try world.run()
      #expect(world.log == "a+ pending b+ a?")
    }
  }

  @Test func `C6a: one that needs no wait ends as it likes`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, ends: Status(7))
      try world.onEnd(of: task, "end")
      try world.cancel(group)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ g=0 end=7")
    }
  }

  @Test func `C6a, L2a: a task that is still queued never starts, but its cleanups run`() throws {
    try inWorld { world in
      world.notesDrops = true
      let group = try world.group("g", limit: 1)
      try world.job("a", in: group, lasts: 1)
      let queued = try world.job("b", in: group)
      try world.cleanup("c", of: queued) { _, told in #expect(!told.hasStarted) }
      try world.cancel(queued)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ c:cancelled:new ~c ~b @1 a- ~a g=0 ~g")
    }
  }

  @Test func `C13: cancelling one task ends that task alone, and is no error`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.job("a", in: group, lasts: 9, held: true)
      try world.job("b", in: group, lasts: 2)
      try world.at(1) { try world.cancel(task) }
      try world.join(group) { joined in
        #expect(joined.ending == .completed)
        #expect(!joined.cancelCalled && !joined.cancelledCaught && joined.why == nil)
        try #expect(world.outcome(task).ending == .cancelled)
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 a! @2 b- g=0")
    }
  }

  @Test func `C13a: CANCELLED without a cancellation is the error ENOTCANCELLED`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      try world.job("a", in: group, ends: .cancelled)
      try world.join(group)
      try world.join(scope, .cancelled)
      try world.run()
      #expect(
        world.log == "a+ g=ENOTCANCELLED[a:ENOTCANCELLED] s=ENOTCANCELLED[s:ENOTCANCELLED]")
    }
  }

  @Test func `C13a: the cancellation of a scope of its own does not make a task cancelled`() throws
  {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      try world.spawn("a", in: group) { task in
        let scope = try world.scope("s", in: task)
        try world.cancel(scope)
        try world.after(1, in: scope) { status in
          try world.joinSilently(scope, status)
          try world.finish(task, status)
        }
        return .pending
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ g=ENOTCANCELLED[a:ENOTCANCELLED]")
    }
  }

  @Test func `C15: a deep tree is opened, cancelled and closed without recursion`() throws {
    // Less than three bytes of stack for each scope.
    let status = onAnotherThread(stack: 512 << 10) { () throws -> Status in
      var options = RuntimeOptions()
      options.isVirtual = true
      let runtime = try Engine.openRuntime(options)
      var scopes = [try Engine.openScope(in: Engine.root(of: runtime), NodeOptions())]
      for _ in 1..<200_000 {
        scopes.append(try Engine.openScope(in: scopes[scopes.count - 1], NodeOptions()))
      }
      _ = try Engine.cancel(scopes[0], CancelOptions())
      for scope in [scopes[1], scopes[100_000], scopes[199_999]] {
        guard try Engine.isCancelled(scope) else { return .invalid }
      }
      try Engine.join(scopes[0], 0, JoinOptions())
      guard try Engine.run(runtime) == .ok else { return .invalid }
      guard refusal({ try Engine.isCancelled(scopes[199_999]) }) == .stale else { return .invalid }
      return try Engine.close(runtime, CloseOptions())
    }
    #expect(status == .ok)
  }
}
