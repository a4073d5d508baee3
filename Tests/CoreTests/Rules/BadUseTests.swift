import RoostCore
import Testing

/// Bad use: T3, B1 to B3. What a call answers at the wrong time stands with the rule that it is
/// about.
struct BadUseTests {
  @Test func `T3, B1: an unset handle, or none at all, is EINVAL to every call`() throws {
    try inWorld { world in
      let calls = Call.all(in: world)
      for handle in [Handle.none, Handle(id: 1), Handle(id: .max), Handle(id: 12 << 58 | 1)] {
        for call in calls { #expect(refusal { try call.make(handle) } == .invalid, "\(call.name)") }
      }
    }
  }

  @Test func `T3, B1: the handle of another kind of thing is EKIND to every call`() throws {
    try inWorld { world in
      let things = try Thing.everyKind(in: world)
      for call in Call.all(in: world) {
        for thing in things where !call.kinds.contains(thing.kind) {
          #expect(
            refusal { try call.make(thing.handle) } == .wrongKind, "\(call.name) of \(thing.kind)")
        }
      }
      #expect(world.log.isEmpty)
    }
  }

  @Test func `T3, B1: what has ended is ESTALE to every call`() throws {
    try inWorld { world in
      let things = try Thing.everyKind(in: world)
      for thing in things where thing.kind == .group || thing.kind == .scope {
        try world.join(thing.handle)
      }
      try world.run()
      #expect(world.log == "a+ w=0 c:completed g=0 s=0")
      let calls = Call.all(in: world)
      for thing in things where thing.kind != .runtime {
        for call in calls where call.kinds.contains(thing.kind) {
          #expect(
            refusal { try call.make(thing.handle) } == .stale, "\(call.name) of \(thing.kind)")
        }
      }
    }
  }

  @Test func `T3, B1: what was never given out is ESTALE to every call`() throws {
    try inWorld { world in
      for call in Call.all(in: world) {
        for thing in try Thing.everyKind(in: world) where call.kinds.contains(thing.kind) {
          // Of this process, but of another generation; and far beyond all that there is.
          for wrong in [thing.handle.id ^ 1 << 57, thing.handle.id | 0xfff_ffff] {
            #expect(refusal { try call.make(Handle(id: wrong)) } == .stale, "\(call.name)")
          }
        }
      }
    }
  }

  @Test func `T3, B1: from another thread all other calls answer ETHREAD, and do nothing`() throws {
    try inWorld { world in
      let things = try Thing.everyKind(in: world)
      let calls = Call.all(in: world).filter { !Call.ofAnyThread.contains($0.name) }
      let answers = onAnotherThread {
        things.flatMap { thing in
          calls.filter { $0.kinds.contains(thing.kind) }.map { call in
            (call.name, refusal { try call.make(thing.handle) })
          }
        }
      }
      let all = try #require(answers)
      #expect(all.count > calls.count)
      for (name, status) in all { #expect(status == .wrongThread, "\(name)") }
      // The same when that thread has a runtime of its own.
      let own = onAnotherThread {
        var status: Status?
        try inWorld { _ in status = refusal { _ = try Engine.cancelCalled(things[1].handle) } }
        return status
      }
      #expect(own == .some(.wrongThread))
      try world.run()
      #expect(world.log == "a+ w=0")
    }
  }

  @Test func `C14: calls of any thread are refused on none`() throws {
    try inWorld { world in
      let things = try Thing.everyKind(in: world)
      let calls = Call.all(in: world).filter { Call.ofAnyThread.contains($0.name) }
      #expect(calls.count == Call.ofAnyThread.count)
      let answers = onAnotherThread {
        things.flatMap { thing in
          calls.filter { $0.kinds.contains(thing.kind) }.map { call in
            (call.name, refusal { try call.make(thing.handle) })
          }
        }
      }
      for (name, status) in try #require(answers) { #expect(status == nil, "\(name)") }
    }
  }

  @Test func `T3: nodes of two runtimes in one call answer EFOREIGN`() throws {
    try inWorld { one in
      try inWorld { other in
        let (task, scope) = (try one.job("a", lasts: 1), try other.scope("s"))
        #expect(refusal { try one.onEnd(of: task, in: scope, "w") } == .foreign)
        #expect(refusal { try one.onEnd(of: scope, in: task, "w") } == .foreign)
        try one.run()
        #expect(one.log == "a+ @1 a-")
      }
    }
  }

  @Test func `T3: two runtimes on one thread do not meet`() throws {
    try inWorld { one in
      try inWorld { other in
        #expect(one.runtime != other.runtime)
        try one.job("a", lasts: 1)
        try other.job("b", lasts: 2)
        try other.cancel(other.root)
        try one.run()
        try other.run()
        #expect(one.log == "a+ @1 a-" && other.log == "b+ b!")
      }
    }
  }

  @Test func `T3: no later runtime brings the handles of a closed one to life`() async {
    // In a process of its own, where the chunks come back in order.
    await #expect(processExitsWith: .success) {
      var old: [Thing] = []
      var slots: Set<UInt64> = []
      for _ in 0..<20 {
        try inWorld { world in
          let things = try Thing.everyKind(in: world)
          let calls = Call.all(in: world)
          for thing in old {
            for call in calls where call.kinds.contains(thing.kind) {
              #expect(refusal { try call.make(thing.handle) } == .stale, "\(call.name)")
            }
          }
          old += things
          slots.formUnion(things.map { $0.handle.id & 0xfff_ffff })
          try world.run()
          #expect(world.log == "a+ w=0")
        }
      }
      #expect(Set(old.map(\.handle.id)).count == old.count)
      #expect(slots.count < old.count / 10)
    }
  }

  @Test func `T3: so also when a runtime of another thread has got their place`() async {
    await #expect(processExitsWith: .success) {
      try inWorld { world in
        let things = try Thing.everyKind(in: world)
        let calls = Call.all(in: world)
        try world.run()
        try world.close()
        try onAnotherThread { pauses in
          try inWorld { other in
            _ = try Thing.everyKind(in: other)
            pauses()
          }
        } meanwhile: {
          for thing in things {
            for call in calls where call.kinds.contains(thing.kind) {
              #expect(refusal { try call.make(thing.handle) } == .stale, "\(call.name)")
            }
          }
        }
      }
    }
  }

  @Test func `B1: waiting for oneself, or for what contains one, is EDEADLK`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      let task = try world.job("a", in: group, lasts: 1)
      let inner = try world.scope("s", in: task)
      for node in [inner, task, group, world.root] {
        #expect(refusal { try world.onEnd(of: node, in: inner, "w") } == .deadlock)
      }
      try world.onEnd(of: task, in: group, "w")
      try world.run()
      #expect(refusal { try world.onEnd(of: task, in: group, "w") } == .stale)
      #expect(world.log == "a+ @1 a- w=0")
    }
  }

  @Test func `B1: the root group is closed with its runtime, by nothing else`() throws {
    try inWorld { world in
      #expect(refusal { try world.join(world.root) } == .order)
      #expect(refusal { try world.joinSilently(world.root, .eio) } == .order)
      try world.job("a")
      try world.run()
      #expect(world.log == "a+")
    }
  }

  @Test func `B1: a wait that nobody parked is not woken`() throws {
    try inWorld { world in
      let wait = try world.after(1, "w")
      let other = try world.onEnd(of: world.job("a", lasts: 1), "v")
      for wait in [wait, other] { #expect(refusal { try world.wake(wait, .ok) } == .wrongKind) }
      try world.run()
      #expect(world.log == "a+ @1 w=0 a- v=0")
    }
  }

  @Test func `B1: from inside each kind of callback the wrong calls are refused as anywhere`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g")
      var wait = Handle.none
      func misuse(_ task: Handle) {
        #expect(refusal { try Engine.run(world.runtime) } == .order)
        #expect(refusal { try world.join(group) } == .done)
        #expect(refusal { try world.join(task) } == .wrongKind)
        #expect(refusal { try world.unwait(task) } == .wrongKind)
      }
      let task = try world.spawn("a", in: group) { task in
        misuse(task)
        wait = try world.park(in: task, "p") { _ in
          misuse(task)
        } abort: { _ in
          misuse(task)
          return .ok
        }
        try world.cleanup("c", of: task) { own, _ in misuse(own) }
        return .pending
      } onCancel: { task, _ in
        misuse(task)
        return .pending
      }
      try world.at(1) { try world.cancel(group) }
      try world.at(2) {
        #expect(refusal { try world.unwait(wait) } == .stale)
        try world.finish(task, .cancelled)
      }
      try world.join(group) { _ in
        #expect(refusal { try world.join(group) } == .stale)
        #expect(refusal { try Engine.run(world.runtime) } == .order)
      }
      try world.run()
      #expect(world.log == "a+ @1 a? p/ p=CANCELLED @2 c:cancelled g=0^")
    }
  }

  @Test func `B2: a failure names the handle, and says what was found and what to do instead`()
    throws
  {
    try inWorld { world in
      let things = try Thing.everyKind(in: world)
      for call in Call.all(in: world) {
        for thing in things where !call.kinds.contains(thing.kind) {
          let failure = #expect(throws: Failure.self) { try call.make(thing.handle) }
          #expect(failure?.subject == thing.handle)
          #expect(failure?.text.description.contains("; pass ") == true, "\(call.name)")
        }
      }
    }
  }

  @Test func `B3: a code out of a callback is the error of its task or cleanup`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      try world.job("a", in: group, ends: .eio)
      try world.job("b", in: group) { try world.cleanup("c", of: $0, ends: .eperm) }
      let task = try world.endless("d", in: group) { _, _ in .eio }
      try world.at(1) { try world.cancel(task) }
      try world.join(group)
      try world.run()
      #expect(
        world.log == "a+ b+ c:completed d+ @1 d? g=EIO[a:EIO cleanup of b:EPERM d:EIO]")
    }
  }
}

/// Something alive of each kind.
private struct Thing {
  var kind: Kind
  var handle: Handle

  static func everyKind(in world: World) throws -> [Thing] {
    let (group, scope) = (try world.group("g"), try world.scope("s"))
    let task = try world.job("a", in: group)
    let wait = try world.after(0, in: group, "w")
    let cleanup = try world.cleanup("c", of: group)
    return [
      Thing(kind: .runtime, handle: world.runtime), Thing(kind: .group, handle: group),
      Thing(kind: .scope, handle: scope), Thing(kind: .task, handle: task),
      Thing(kind: .wait, handle: wait), Thing(kind: .cleanup, handle: cleanup),
    ]
  }
}

/// A function of the engine, and the kinds of handles that it takes.
private struct Call {
  var name: String
  var kinds: [Kind]
  var make: (Handle) throws -> Void

  init(_ name: String, _ kinds: [Kind], _ make: @escaping (Handle) throws -> Void) {
    (self.name, self.kinds, self.make) = (name, kinds, make)
  }

  /// C14.
  static let ofAnyThread: Set<String> = ["release", "cancel", "isCancelled", "wake", "current"]

  static func all(in world: World) -> [Call] {
    let node: [Kind] = [.task, .group, .scope]
    return [
      Call("current", [.runtime]) { _ = try Engine.current($0) },
      Call("root", [.runtime]) { _ = try Engine.root(of: $0) },
      Call("loop", [.runtime]) { _ = unsafe try Engine.loop(of: $0) },
      Call("now", [.runtime]) { _ = try Engine.now($0) },
      Call("run", [.runtime]) { _ = try Engine.run($0) },
      Call("close", [.runtime]) { _ = try Engine.close($0, CloseOptions()) },
      Call("runtime", node) { _ = try Engine.runtime(of: $0) },
      Call("openGroup", node) { _ = try Engine.openGroup(in: $0, GroupOptions()) },
      Call("openScope", node) { _ = try Engine.openScope(in: $0, NodeOptions()) },
      Call("spawn", [.group]) { try world.job("", in: $0) },
      Call("join", [.group, .scope]) { try world.joinSilently($0) },
      Call("finish", [.task]) { try world.finish($0, .ok) },
      Call("explain", [.task]) { try world.explain($0, "text") },
      Call("outcome", [.task]) { _ = try world.outcome($0) },
      Call("release", [.task]) { try world.release($0) },
      Call("cancel", node) { try world.cancel($0) },
      Call("isCancelled", node) { _ = try world.isCancelled($0) },
      Call("cancelCalled", node) { _ = try Engine.cancelCalled($0) },
      Call("cancelledCaught", [.group, .scope]) { _ = try Engine.cancelledCaught($0) },
      Call("reason", node) { _ = try world.why($0) },
      Call("setDeadline", node) { _ = try world.setDeadline($0, 9) },
      Call("effectiveDeadline", node) { _ = try Engine.effectiveDeadline($0) },
      Call("name", node) { _ = unsafe try Engine.name(of: $0) },
      Call("deferCleanup", node) { try world.cleanup("", of: $0) },
      Call("undefer", [.cleanup]) { try Engine.undefer($0) },
      Call("after", node) { try world.after(1, in: $0) { _ in } },
      Call("onEnd, in", node) { try world.onEnd(of: world.group(""), in: $0, "") },
      Call("onEnd, of", node) { try world.onEnd(of: $0, in: world.scope(""), "") },
      Call("park", node) { try world.park(in: $0, "") },
      Call("wake", [.wait]) { try world.wake($0, .ok) },
      Call("unwait", [.wait]) { try world.unwait($0) },
      Call("counters", [.runtime]) { _ = try Engine.counters(of: $0) },
      Call("stopTrace", [.runtime]) { _ = try Engine.stopTrace(of: $0) },
    ]
  }
}
