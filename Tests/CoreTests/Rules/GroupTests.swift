import RoostCore
import Testing

/// Groups, their policies, errors and results: G1 to G7.
struct GroupTests {
  @Test func `G1: a group closes when its tasks and then its own cleanups have ended`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.cleanup("c", of: group, lasts: 1)
      try world.job("a", in: group, lasts: 2) { try world.cleanup("d", of: $0, lasts: 1) }
      try world.job("b", in: group, lasts: 1)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 b- @2 a- d:completed @3 d- c:completed @4 c- g=0")
    }
  }

  @Test func `G1: closing is always a turn of its own, also of an empty group`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      try world.job("a") { _ in
        try world.join(group)
        try world.join(scope)
        world.note("joined")
      }
      try world.job("b")
      try world.run()
      #expect(world.log == "a+ joined b+ g=0 s=0")
    }
  }

  @Test func `G1: an empty group that is cancelled answers no CANCELLED`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer)
      try world.cancel(outer)
      try world.join(group) { #expect($0.ending == .completed) }
      try world.join(outer)
      try world.run()
      #expect(world.log == "g=0 outer=0")
    }
  }

  @Test func `G1: the closing is not given up: a cancelled task goes on joining`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      try world.spawn("a", in: outer) { task in
        let group = try world.group("g", in: task)
        try world.job("b", in: group, lasts: 9) { try world.cleanup("c", of: $0, lasts: 2) }
        try world.join(group) { try world.finish(task, $0.status) }
        return .pending
      } onCancel: { _, _ in
        .pending
      }
      try world.at(1) { try world.cancel(outer) }
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ b+ @1 a? b! c:cancelled @3 c- g=CANCELLED outer=0^")
    }
  }

  @Test func `G2: fail-fast: the first error cancels the rest, and what is spawned later`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 9) { try world.cleanup("c", of: $0, lasts: 1) }
      try world.job("b", in: group, lasts: 1, ends: .eio)
      try world.join(group)
      try world.at(1.5) { try world.job("d", in: group, lasts: 9) }
      try world.run()
      #expect(world.log == "a+ b+ @1 b- a! c:cancelled @1.5 d+ d! @2 c- g=EIO^[b:EIO]")
    }
  }

  @Test func `G2, G3: supervise: errors are collected, and nothing is cancelled`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      try world.job("a", in: group, lasts: 2, ends: .eio)
      try world.job("b", in: group, lasts: 1, ends: .eperm)
      try world.job("c", in: group, lasts: 3)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 b- @2 a- @3 c- g=EPERM[b:EPERM a:EIO]")
    }
  }

  @Test func `G2, S8: the root supervises unless its options say otherwise`() throws {
    for (isFailFast, log) in [(false, "a+ b+ @1 a- @2 b-"), (true, "a+ b+ @1 a- b!")] {
      try inWorld {
        if isFailFast { $0.root.policy = .failFast }
      } test: { world in
        try world.job("a", lasts: 1, ends: .eio)
        try world.job("b", lasts: 2)
        try world.run()
        #expect(world.log == log)
      }
    }
  }

  @Test func `G2a: an outcome counts when the body ends, before the task's cleanups`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1, ends: .eio) {
        try world.cleanup("c", of: $0, lasts: 5)
      }
      try world.job("b", in: group, lasts: 9)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 a- b! c:failed @6 c- g=EIO^[a:EIO]")
    }
  }

  @Test func `G2a: within one batch outcomes count in the order in which the bodies end`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let tasks = try ["a", "b", "c"].map { try world.endless($0, in: group) }
      try world.at(1) {
        try world.finish(tasks[1], .eio)
        // The mark is set at once, so this one is believed (C13a).
        try world.finish(tasks[0], .cancelled)
        try world.finish(tasks[2], .eperm)
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 g=EIO^[b:EIO c:EPERM]")
    }
  }

  @Test func `G3: each error has its task's name, code, message and object`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      let object = Box("object", in: world)
      let first = try world.spawn("a", in: group) { task in
        try world.explain(task, "not this")
        try world.explain(task, "out of luck")
        try world.finish(task, .eio, with: object)
        return .ok
      }
      try world.job("b", in: group, ends: .eperm)
      try world.join(group) { joined in
        #expect(joined.ending == .failed && joined.errorCount == 2)
        let error = joined.errors[0]
        #expect(error.name == "a" && error.status == .eio && error.node == first)
        #expect(error.message == "out of luck")
        #expect(unsafe error.object == object.data)
        #expect(object.drops == 0)
        #expect(joined.errors[1].message == nil)
        #expect(unsafe joined.errors[1].object == nil)
      }
      try world.run()
      #expect(world.log == "a+ b+ g=EIO[a:EIO b:EPERM]")
    }
  }

  @Test func `G3: at most so many are listed, the rest are counted`() throws {
    for (maximum, listed) in [(UInt64(2), 2), (0, 1000)] {
      try inWorld { world in
        let group = try world.group("g", failFast: false, maxErrors: maximum)
        for number in 0..<1003 {
          try world.job("", in: group, ends: number == 0 ? .eperm : .eio)
        }
        try world.join(group) { joined in
          #expect(joined.status == .eperm)
          #expect(joined.errors.count == listed && joined.errorCount == 1003)
        }
        try world.run()
      }
    }
  }

  @Test func `G3: errors during a cancellation are kept`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 9, ifCut: .eperm)
      try world.job("b", in: group, lasts: 1, ends: .eio)
      try world.job("c", in: group, lasts: 9, ifCut: .eio)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 b- a! c! g=EIO[b:EIO a:EPERM c:EIO]")
    }
  }

  @Test func `G4: a body that fails is an error, and cancels the group under either policy`() throws
  {
    for isFailFast in [true, false] {
      try inWorld { world in
        let group = try world.group("g", failFast: isFailFast)
        try world.job("a", in: group, lasts: 9)
        try world.at(1) { try world.join(group, .eio) }
        try world.run()
        #expect(world.log == "a+ @1 a! g=EIO^[g:EIO]")
      }
    }
  }

  @Test func `G4: a body that succeeds, with whatever code, cancels nothing`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 2)
      try world.join(group, Status(7))
      try world.run()
      #expect(world.log == "a+ @2 a- g=0")
    }
  }

  @Test func `G5: a result tells apart completed, failed and cancelled, and by what`() throws {
    try inWorld { world in
      func joined(_ group: Handle) throws -> Joined {
        var result: Joined?
        try world.join(group) { result = $0 }
        try world.run()
        return try #require(result)
      }
      let completed = try world.group("completed")
      try world.job("a", in: completed)
      var result = try joined(completed)
      #expect(result.ending == .completed && result.why == nil)

      let failed = try world.group("failed")
      try world.job("a", in: failed, ends: .eio)
      result = try joined(failed)
      #expect(result.ending == .failed && result.why?.origin == .failedSibling)

      let late = try world.group("late", .timeout(1))
      try world.job("a", in: late, lasts: 9)
      result = try joined(late)
      #expect(result.ending == .failed && result.why?.origin == .deadline)

      let cancelled = try world.group("cancelled")
      try world.job("a", in: cancelled, lasts: 9)
      try world.cancel(cancelled, .signal)
      result = try joined(cancelled)
      #expect(result.ending == .cancelled && result.why?.origin == .signal)
    }
  }

  @Test func `G5: an error beats a timeout, and a timeout a cancellation`() throws {
    try inWorld { world in
      for (name, ifCut, log) in [
        ("g", Status.eio, "g=EIO^[b:EIO]"), ("h", .cancelled, "h=ETIMEDOUT^"),
      ] {
        let group = try world.group(name, failFast: false, .timeout(1))
        try world.job("", in: group, lasts: 9)
        try world.job("b", in: group, lasts: 9, ifCut: ifCut)
        try world.join(group)
        try world.run()
        #expect(world.log.hasSuffix(log))
      }
    }
  }

  @Test func `G5: an ETIMEDOUT that a task or the body brings is a real error`() throws {
    try inWorld { world in
      let (group, other) = (try world.group("g"), try world.group("h"))
      try world.job("a", in: group, ends: .timedOut)
      try world.join(group)
      try world.join(other, .timedOut)
      try world.run()
      #expect(world.log == "a+ g=ETIMEDOUT[a:ETIMEDOUT] h=ETIMEDOUT[h:ETIMEDOUT]")
    }
  }

  @Test
  func `G5: an error out of a cancelled node is answered; the next wait shows the cancellation`()
    throws
  {
    try inWorld { world in
      let outer = try world.group("outer")
      try world.spawn("a", in: outer) { task in
        let group = try world.group("g", in: task, failFast: false)
        try world.job("b", in: group, lasts: 9, ifCut: .eio)
        try world.job("c", in: group, lasts: 9)
        try world.join(group) { joined in
          #expect(joined.ending == .failed && !joined.cancelledCaught)
          try world.after(1, in: task) { status in
            world.note("next \(word(status))")
            try world.finish(task, status)
          }
        }
        return .pending
      }
      try world.at(1) { try world.cancel(outer) }
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 b! c! g=EIO[b:EIO] next CANCELLED outer=0^")
    }
  }

  @Test func `G5: an error alone has caught nothing`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1, ends: .eio)
      try world.join(group) { #expect($0.cancelCalled && !$0.cancelledCaught) }
      try world.run()
      #expect(world.log == "a+ @1 a- g=EIO[a:EIO]")
    }
  }

  @Test func `G5a: CANCELLED is answered only where the group's cancellation cut something`() throws
  {
    try inWorld { world in
      let outer = try world.group("outer")
      let (cut, done) = (try world.group("cut", in: outer), try world.group("done", in: outer))
      let alone = try world.group("alone", in: outer)
      try world.job("a", in: cut, lasts: 9)
      try world.job("b", in: done, lasts: 9, ifCut: .ok)
      let task = try world.job("c", in: alone, lasts: 9)
      try world.at(0.5) { try world.cancel(task) }
      try world.at(1) {
        try world.cancel(outer)
        for group in [cut, done, alone, outer] { try world.join(group) }
      }
      try world.run()
      #expect(
        world.log == "a+ b+ c+ @0.5 c! @1 a! b! alone=0 cut=CANCELLED done=0 outer=0^")
    }
  }

  @Test func `G6: spawning is allowed while the group is open, joining or cancelled`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1) { _ in
        try world.after(1, in: group) { _ in try world.job("b", in: group, lasts: 1) }
      }
      try world.join(group)
      try world.job("c", in: group, lasts: 1.5)
      try world.at(1.5) {
        try world.cancel(group)
        try world.job("d", in: group, lasts: 1)
      }
      try world.run()
      #expect(world.log == "a+ c+ @1 a- b+ @1.5 c- b! d+ d! g=0^")
    }
  }

  @Test func `G6: once its cleanups have begun a spawn answers ECLOSED, after the end ESTALE`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.cleanup("c", of: group, lasts: 1) { _, _ in
        #expect(refusal { try world.job("x", in: group) } == .closed)
      }
      try world.at(0.5) { #expect(refusal { try world.job("x", in: group) } == .closed) }
      try world.join(group) { _ in
        #expect(refusal { try world.job("x", in: group) } == .stale)
      }
      try world.run()
      #expect(refusal { try world.job("x", in: group) } == .stale)
      #expect(world.log == "c:completed @1 c- g=0")
    }
  }

  @Test func `G7: what a task leaves open is cancelled and joined, and is a further error`() throws
  {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      let task = try world.job("a", in: group, ends: Status(7), held: true) { task in
        let inner = try world.group("h", in: task)
        try world.endless("b", in: inner) { _, why in
          #expect(why.origin == .leftOpen && why.node == inner)
          return .eio
        }
        try world.scope("s", in: task)
        try world.cleanup("c", of: task)
      }
      try world.onEnd(of: task, "end")
      try world.join(group) { joined in
        let error = try #require(joined.errors.first)
        #expect(error.node == task && error.children.map(\.name) == ["s", "h"])
        try #expect(world.outcome(task).status == Status(7))
      }
      try world.run()
      #expect(
        world.log == """
          a+ b+ b? c:completed g=EUNCLOSED[a:EUNCLOSED[s:EUNCLOSED h:EIO[b:EIO]]] end=7
          """)
    }
  }

  @Test func `G7: the innermost first`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        for name in ["x", "y", "z"] {
          try world.cleanup(name, of: world.scope("s" + name, in: task))
        }
      }
      try world.join(group)
      try world.run()
      #expect(
        world.log == """
          a+ z:completed y:completed x:completed \
          g=EUNCLOSED[a:EUNCLOSED[sz:EUNCLOSED sy:EUNCLOSED sx:EUNCLOSED]]
          """)
    }
  }

  @Test func `G7: what somebody joins is waited for, and is no error`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        let inner = try world.group("h", in: task)
        try world.job("b", in: inner, lasts: 2)
        try world.join(inner)
        try world.cleanup("c", of: task)
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @2 b- h=0 c:completed g=0")
    }
  }

  @Test func `G7, G2: it applies to finish and to failures too, and the policy to EUNCLOSED`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1, ends: .eio) { task in
        try world.scope("s", in: task)
      }
      try world.job("b", in: group, lasts: 1) { task in try world.scope("t", in: task) }
      try world.job("d", in: group, lasts: 9)
      try world.join(group)
      try world.run()
      #expect(
        world.log == """
          a+ b+ d+ @1 a- b- d! \
          g=EIO^[a:EIO a:EUNCLOSED[s:EUNCLOSED] b:EUNCLOSED[t:EUNCLOSED]]
          """)
    }
  }
}
