import RoostCore
import Testing

/// Where a cancellation ends, and what is known of it: C7 to C9a.
struct AbsorbingTests {
  @Test func `C7: the outermost cancelled node absorbs, and its parent goes on`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let middle = try world.group("middle", in: outer)
      let inner = try world.group("inner", in: middle)
      try world.job("a", in: inner, lasts: 9)
      try world.job("b", in: outer, lasts: 2)
      try world.at(1) { try world.cancel(middle) }
      for group in [inner, middle, outer] { try world.join(group) }
      try world.run()
      #expect(world.log == "a+ b+ @1 a! inner=CANCELLED middle=0^ @2 b- outer=0")
    }
  }

  @Test func `C7: a real error is not absorbed`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      try world.job("a", in: group, lasts: 9)
      try world.job("b", in: group, lasts: 9, ifCut: .eio)
      try world.at(1) { try world.cancel(group) }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ b+ @1 a! b! g=EIO^[b:EIO]")
    }
  }

  @Test func `C7: what counts is how things stand at the closing`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let inner = try world.group("inner", in: outer)
      try world.job("a", in: inner, lasts: 9) { try world.cleanup("c", of: $0, lasts: 2) }
      try world.at(1) { try world.cancel(inner) }
      try world.at(2) { try world.cancel(outer) }
      try world.join(inner)
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled @3 c- inner=CANCELLED outer=0^")
    }
  }

  @Test func `C7: a scope absorbs what its body brings, and a task around it is not concerned`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 2) { task in
        let scope = try world.scope("s", in: task)
        try world.after(9, in: scope) { status in
          try world.join(scope, status)
        }
        try world.at(1) { try world.cancel(scope) }
      }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 s=0^ @2 a- g=0")
    }
  }

  @Test func `C7a: one that reports answers EWASCANCELLED, with the reason`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g", .reporting), try world.scope("s", .reporting))
      try world.job("a", in: group, lasts: 9)
      try world.at(1) {
        try world.cancel(group, code: 7)
        try world.cancel(scope, code: 8)
        try world.join(scope, .cancelled) { joined in
          #expect(joined.ending == .cancelled && joined.why?.code == 8)
        }
      }
      try world.join(group) { joined in
        #expect(joined.ending == .cancelled && joined.errors.isEmpty)
        #expect(joined.why?.code == 7 && joined.why?.node == group)
      }
      try world.run()
      #expect(world.log == "a+ @1 a! s=EWASCANCELLED^ g=EWASCANCELLED^")
    }
  }

  @Test func `C7a: that is an ordinary error, which nothing around it absorbs`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer, .reporting)
      try world.job("a", in: group, lasts: 9)
      try world.job("b", in: outer, lasts: 9)
      try world.at(1) { try world.cancel(group) }
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ b+ @1 a! b! outer=EWASCANCELLED^[g:EWASCANCELLED]")
    }
  }

  @Test func `C7a: only the node that absorbs reports`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer, .reporting)
      try world.job("a", in: group, lasts: 9)
      try world.at(1) { try world.cancel(outer) }
      try world.join(group) { joined in #expect(joined.ending == .cancelled) }
      try world.join(outer)
      try world.run()
      #expect(world.log == "a+ @1 a! g=CANCELLED outer=0^")
    }
  }

  @Test func `C7a: one whose cancellation cut nothing short has nothing to report`() throws {
    try inWorld { world in
      let group = try world.group("g", .reporting)
      try world.job("a", in: group)
      try world.cancel(group)
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ g=0")
    }
  }

  @Test func `C7b: closing is asked for once, and takes the outcome of the body`() throws {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      let task = try world.job("a", lasts: 1)
      try world.cancel(scope)
      try world.join(scope, .cancelled)
      try world.join(group, .eio)
      for node in [group, scope] { #expect(refusal { try world.join(node) } == .done) }
      #expect(refusal { try world.join(task) } == .wrongKind)
      try world.run()
      #expect(world.log == "a+ s=0^ g=EIO[g:EIO] @1 a-")
    }
  }

  @Test func `C8: whether it was called, and whether it was caught, are two questions`() throws {
    try inWorld { world in
      let (idle, busy) = (try world.group("idle"), try world.group("busy"))
      func asked(_ group: Handle) throws -> [Bool] {
        try [Engine.cancelCalled(group), Engine.cancelledCaught(group)]
      }
      try world.job("a", in: idle)
      try world.job("b", in: busy, lasts: 9)
      try world.at(1) {
        for group in [idle, busy] {
          try #expect(asked(group) == [false, false])
          try world.cancel(group)
          try #expect(asked(group) == [true, false])
        }
      }
      try world.at(2) {
        try #expect(asked(idle) == [true, false])
        try #expect(asked(busy) == [true, true])
        try world.join(idle) { #expect($0.cancelCalled && !$0.cancelledCaught) }
        try world.join(busy) { #expect($0.cancelCalled && $0.cancelledCaught) }
      }
      try world.run()
      #expect(world.log == "a+ b+ @1 b! @2 idle=0 busy=0^")
    }
  }

  @Test func `C8: it was caught also where its error was caught on the way`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      try world.after(9, in: scope) { _ in try world.join(scope, .ok) }
      try world.at(1) { try world.cancel(scope) }
      try world.run()
      #expect(world.log == "@1 s=0^")
    }
  }

  @Test func `C8: one through which an outer cancellation passes was not called`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer)
      try world.job("a", in: group, lasts: 9)
      try world.at(1) { try world.cancel(outer) }
      try world.join(group) { joined in
        #expect(!joined.cancelCalled && !joined.cancelledCaught)
        #expect(joined.why?.node == outer)
      }
      try world.join(outer) { #expect($0.cancelCalled && $0.cancelledCaught) }
      try world.run()
      #expect(world.log == "a+ @1 a! g=CANCELLED outer=0^")
    }
  }

  @Test(arguments: [Origin.explicit, .signal, .host])
  func `C9: a reason holds what the caller gave, and where it began`(origin: Origin) throws {
    try inWorld { world in
      let group = try world.group("the group")
      let expected = Why(origin, 42, group, "enough", "the group")
      try world.endless("a", in: group) { task, why in
        #expect(why == expected)
        try #expect(world.why(task) == expected)
        return .ok
      }
      try #expect(world.why(group) == nil)
      try world.at(1) { try world.cancel(group, origin, code: 42, message: "enough") }
      try world.join(group) { #expect($0.why == expected) }
      try world.run()
      #expect(world.log == "a+ @1 a? the group=0^")
    }
  }

  @Test func `C9: the reason that applies is that of the outermost, which will absorb`() throws {
    try inWorld { world in
      let outer = try world.group("outer")
      let group = try world.group("g", in: outer)
      let task = try world.job("a", in: group, lasts: 9) {
        try world.cleanup("c", of: $0, lasts: 2)
      }
      try world.at(1) {
        try world.cancel(task, code: 1)
        try #expect(world.why(task)?.code == 1)
        try world.cancel(group, code: 2)
        try #expect(world.why(task)?.code == 2)
        try world.cancel(outer, code: 3)
        for node in [task, group, outer] { try #expect(world.why(node)?.code == 3) }
      }
      try world.join(outer) { #expect($0.why?.code == 3) }
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled @3 c- outer=0^")
    }
  }

  @Test func `C9, G2: of a failed sibling the reason has the error's code, and names that task`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.endless("a", in: group) { _, why in
        #expect(why.origin == .failedSibling && why.name == "b" && why.message.isEmpty)
        #expect(why.code == Int64(Status.eio.code))
        return .ok
      }
      let failing = try world.job("b", in: group, lasts: 1, ends: .eio)
      try world.join(group) { #expect($0.why?.node == failing) }
      try world.run()
      #expect(world.log == "a+ b+ @1 b- a? g=EIO^[b:EIO]")
    }
  }

  @Test func `C9: a longer message is cut at a character`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let message = String(repeating: "é", count: 40)
      try world.cancel(scope, message: message)
      try #expect(world.why(scope)?.message == String(message.prefix(31)))
    }
  }

  @Test func `C9a: a host's cancellation is known as such to the end`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 9)
      try world.at(1) { try world.cancel(group, .host) }
      try world.join(group) { #expect($0.cancelledCaught && $0.why?.origin == .host) }
      try world.run()
      #expect(world.log == "a+ @1 a! g=0^")
    }
  }
}
