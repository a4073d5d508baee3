import RoostCore
import Testing

/// The dump: O1. Handles are left out of what is compared.
struct DumpTests {
  @Test func `O1: an empty runtime is its root and its clock`() throws {
    try inWorld { world in
      try #expect(world.dump() == "virtual clock at 1 s\ngroup 'root': open\n")
      try #expect(
        world.wholeDump(nil, .text).contains(#/group 'root' \(0x[0-9a-f]{16}\): open/#))
    }
  }

  @Test func `O1, L2, L2a: tasks are shown in each state of their life`() throws {
    try inWorld { world in
      let group = try world.group("g", limit: 2)
      try world.endless("pending", in: group) { _, _ in .ok }
      var seen = ""
      try world.job("running", in: group) { _ in seen = try world.dump(group) }
      let dismissed = try world.endless("dismissed", in: group)
      try world.endless("queued", in: group) { _, _ in .ok }
      try world.cancel(dismissed)
      try #expect(
        world.dump(group) == """
          group 'g': open; 2 of at most 2 tasks run
          ├─ task 'pending': about to start
          ├─ task 'running': about to start
          ├─ task 'dismissed': cancelled before its start; cancelled 0 ns ago (explicit)
          └─ task 'queued': held back by the limit of its group

          """)
      try world.after(1) { _ in try world.cancel(group) }
      try world.run()
      #expect(
        seen == """
          group 'g': open; 2 of at most 2 tasks run
          ├─ task 'pending': waits to be finished
          ├─ task 'running': running
          ├─ task 'dismissed': cancelled before its start; cancelled 0 ns ago (explicit)
          └─ task 'queued': held back by the limit of its group

          """)
    }
  }

  @Test func `O1, G1: groups and scopes are shown in each state of their closing`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let a = try world.endless("a", in: group)
      let b = try world.endless("b", in: group)
      let scope = try world.scope("s", in: group)
      let request = try world.park(in: scope, "", abort: { _ in .pending })
      try world.cleanup("c", of: group, lasts: 1)
      try world.join(group)
      try world.after(1) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': closing, waits for 2 tasks and 1 group or scope; cleanups: 'cleanup of g'
            ├─ task 'a': waits to be finished
            ├─ task 'b': waits to be finished
            └─ scope 's': closing, waits for requests that it takes back; its wait for a request \
            was asked to stop, and will end by itself

            """)
        try world.wake(request, .cancelled)
        try world.cancel(group, message: "enough")
      }
      try world.after(2) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': closing, waits for 2 tasks; cancelled 1 s ago (explicit, 'enough'); \
            cleanups: 'cleanup of g'
            ├─ task 'a': waits to be finished; cancelled 1 s ago (explicit, 'enough', of group \
            'g'); it has no on_cancel
            └─ task 'b': waits to be finished; cancelled 1 s ago (explicit, 'enough', of group \
            'g'); it has no on_cancel

            """)
        try world.finish(a, .cancelled)
        try world.finish(b, .cancelled)
        try #expect(world.dump(group).contains("task 'a': ended; cancelled"))
      }
      try world.after(2.5) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': runs its cleanups; cancelled 1.5 s ago (explicit, 'enough')
            └─ cleanup 'cleanup of g': has waited 500 ms for a time, 500 ms to go; shielded from \
            the cancellation around it

            """)
      }
      try world.run()
      #expect(world.log.hasSuffix("g=0^"))
    }
  }

  @Test func `O1, T2: a task that has ended waits for what it opened`() throws {
    try inWorld { world in
      var inner = Handle.none
      let task = try world.job("a") { task in
        inner = try world.endless("b", in: world.group("g", in: task))
      }
      try world.after(1) { _ in
        try #expect(
          world.dump(task) == """
            task 'a': ended, waits for what is in it
            └─ group 'g': closing, waits for 1 task; cancelled 1 s ago (left open)
               └─ task 'b': waits to be finished; cancelled 1 s ago (left open, of group 'g'); \
            it has no on_cancel

            """)
        try world.finish(inner, .cancelled)
      }
      try world.run()
    }
  }

  @Test func `O1, S3: of each wait it is said what for and for how long`() throws {
    try inWorld { world in
      let group = try world.group("g")
      let task = try world.endless("t") { _, _ in .ok }
      let event = try Engine.openEvent(in: world.runtime)
      let limiter = try Engine.openLimiter(in: world.runtime, permits: 1)
      try Engine.tryAcquirePermit(of: limiter)
      let lock = try Engine.openLock(in: world.runtime)
      let condition = try Engine.openCondition(of: lock)
      let full = try unsafe Engine.openChannel(in: world.runtime, capacity: 1, drop: nil)
      try unsafe Engine.trySend(nil, to: full)
      let empty = try unsafe Engine.openChannel(in: world.runtime, capacity: .max, drop: nil)
      let received = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
      defer { unsafe received.deallocate() }
      func waiting(_ name: String, _ begin: (Handle, Box) throws -> Handle) throws {
        let scope = try world.scope(name, in: group)
        let box = world.waiting("")
        _ = try world.calling(with: box) { try begin(scope, box) }
      }
      try waiting("event") {
        try unsafe Engine.wait(for: event, in: $0, Box.wait, $1.data, Box.drop)
      }
      try waiting("permit") {
        try unsafe Engine.acquirePermit(of: limiter, in: $0, Box.wait, $1.data, Box.drop)
      }
      try waiting("condition") {
        try Engine.tryAcquireLock(lock, owner: $0)
        return try unsafe Engine.waitNotified(at: condition, in: $0, Box.wait, $1.data, Box.drop)
      }
      try Engine.tryAcquireLock(lock, owner: group)
      try waiting("lock") {
        try unsafe Engine.acquireLock(lock, in: $0, Box.wait, $1.data, Box.drop)
      }
      try waiting("send") {
        try unsafe Engine.send(nil, to: full, in: $0, Box.wait, $1.data, Box.drop)
      }
      try waiting("receive") {
        try unsafe Engine.receive(
          from: empty, in: $0, to: received, Box.wait, $1.data, Box.drop)
      }
      try world.after(10, in: world.scope("time", in: group)) { _ in }
      try world.after(0, in: world.scope("turn", in: group)) { _ in
        try world.after(.infinity, in: world.scope("forever", in: group)) { _ in }
      }
      try world.onEnd(of: task, in: world.scope("end", in: group), "")
      try world.park(in: world.scope("park", in: group), "")
      try #expect(
        world.dump(group).contains("scope 'turn': open; has waited 0 ns for a time, 0 ns"))
      try world.after(1.5) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': open; owns lock
            ├─ scope 'event': open; has waited 1.5 s for event
            ├─ scope 'permit': open; has waited 1.5 s for a permit of limiter, 1 of 1 taken
            ├─ scope 'condition': open; has waited 1.5 s for condition
            ├─ scope 'lock': open; has waited 1.5 s for lock, owned by group 'g'
            ├─ scope 'send': open; has waited 1.5 s for room in channel, 1 of 1 in it
            ├─ scope 'receive': open; has waited 1.5 s for an item in channel, 0 in it
            ├─ scope 'time': open; has waited 1.5 s for a time, 8.5 s to go
            ├─ scope 'turn': open
            ├─ scope 'end': open; has waited 1.5 s for the end of task 't'
            ├─ scope 'park': open; has waited 1.5 s for a request
            └─ scope 'forever': open; has waited 1.5 s for its cancellation

            """)
        try Engine.notify(condition, count: 1)
        try #expect(
          world.dump(group).contains(
            "'condition': open; its wait is over, but for lock, owned by group 'g'"))
        try world.joinSilently(group)
        try world.cancel(group)
        try world.cancel(task)
      }
      try world.run()
    }
  }

  @Test func `O1, C4a, S2b: a wait is shown on its way out`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      let event = try Engine.openEvent(in: world.runtime)
      var lines: [String] = []
      func look() throws { lines.append(try world.dump(scope)) }
      let box = world.waiting("w") { _ in try look() }
      try world.calling(with: box) {
        _ = try unsafe Engine.wait(for: event, in: scope, Box.wait, box.data, Box.drop)
      }
      let parked = try world.park(
        in: scope, "p",
        abort: { _ in
          try look()
          return .pending
        })
      let back = try world.park(in: scope, "b")
      _ = try Engine.setEvent(event)
      try world.unwait(back)
      try look()
      try world.cancel(scope, message: "x")
      try look()
      try world.after(1) { _ in
        try look()
        try world.wake(parked, .cancelled)
      }
      try world.run()
      #expect(
        lines == [
          """
          scope 's': open; its wait for an event is over; has waited 0 ns for a request; \
          its wait for a request is being taken back

          """,
          """
          scope 's': open; its wait for an event is over; its wait for a request is being \
          cancelled; its wait for a request is being taken back; cancelled 0 ns ago (explicit, 'x')

          """,
          """
          scope 's': open; is told of the end of its wait for an event; its wait for a request is \
          being cancelled; its wait for a request is being taken back; cancelled 0 ns ago \
          (explicit, 'x')

          """,
          """
          scope 's': open; its wait for a request was asked to stop, and will end by itself; \
          cancelled 0 ns ago (explicit, 'x')

          """,
          """
          scope 's': open; its wait for a request was asked to stop, and will end by itself; \
          cancelled 1 s ago (explicit, 'x')

          """,
        ])
    }
  }

  @Test func `O1, C9, C10, C11: what is cancelled says since when and why, and what holds it off`()
    throws
  {
    try inWorld { world in
      let group = try world.group("g", .shielded(false, grace: 3))
      let inner = try world.scope("in", in: group, .shielded())
      try world.scope("deep", in: inner)
      try world.scope("bare", in: group, .shielded(grace: 0))
      try world.scope("alone", .shielded())
      try world.after(1) { _ in
        try world.cancel(group, .signal, code: 15, message: "SIGTERM")
      }
      try world.after(2) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': open; grace 3 s; cancelled 1 s ago (signal, code 15, 'SIGTERM')
            ├─ scope 'in': open; shielded from the cancellation around it; cancelled in spite of \
            its shield in 2 s; grace 3 s
            │  └─ scope 'deep': open; grace 3 s
            └─ scope 'bare': open; its shield does not hold any more; grace 0 ns; cancelled 1 s \
            ago (signal, code 15, 'SIGTERM', of group 'g')

            """)
        try #expect(world.dump().contains("scope 'alone': open; shielded\n"))
      }
      try world.after(5) { _ in
        try #expect(
          world.dump(inner) == """
            scope 'in': open; its shield does not hold any more; grace 3 s; cancelled 4 s ago \
            (signal, code 15, 'SIGTERM', of group 'g')
            └─ scope 'deep': open; grace 3 s; cancelled 4 s ago (signal, code 15, 'SIGTERM', of \
            group 'g')

            """)
      }
      try world.run()
    }
  }

  @Test func `O1, D1, C12, L3: what will end it, and what it is`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(9))
      try world.job("late", in: group, lasts: 1, .timeout(4))
      try world.daemon("daemon", in: group, lasts: 3)
      try world.shutdown(group, patience: 7)
      try #expect(
        world.dump(group) == """
          group 'g': open; deadline in 9 s; cancelled by its shutdown in 7 s; stopping
          ├─ task 'late': about to start; timeout 4 s from its start; stopping
          └─ task 'daemon': about to start; stopping; daemon

          """)
      try world.after(0.5) { _ in
        try #expect(
          world.dump(group) == """
            group 'g': open; deadline in 8.5 s; cancelled by its shutdown in 6.5 s; stopping
            ├─ task 'late': has waited 500 ms for a time, 500 ms to go; deadline in 3.5 s; stopping
            └─ task 'daemon': has waited 500 ms for a time, 2.5 s to go; stopping; daemon

            """)
      }
      try world.after(5) { _ in try world.joinSilently(group) }
      try world.run()
    }
  }

  @Test func `O1, K1: the cleanups are named, the next first, and many are counted`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      for _ in 0..<6 { try world.cleanup("c", of: scope) }
      for _ in 0..<7 { try world.park(in: scope, "") }
      try #expect(
        world.dump(scope) == """
          scope 's': open; has waited 0 ns for a request; has waited 0 ns for a request; has \
          waited 0 ns for a request; has waited 0 ns for a request; and 3 more waits; cleanups: \
          'cleanup of s', 'cleanup of s', 'cleanup of s', 'cleanup of s' and 2 more

          """)
      try world.joinSilently(scope)
      try world.run()
    }
  }

  @Test func `O1, K2c: a cleanup in its first step is in the dump that it asks for`() throws {
    try inWorld { world in
      let scope = try world.scope("s")
      var seen: [String] = []
      try world.cleanup("c", of: scope) { task, _ in
        seen.append(try world.dump(task))
        seen.append(try world.dump(scope))
      }
      try world.joinSilently(scope)
      try world.run()
      let own = "cleanup 'cleanup of s': running; shielded\n"
      #expect(seen == [own, "scope 's': runs its cleanups\n└─ " + own])
    }
  }

  @Test func `O1, L4: a task that is being started is shown where it is, and what it is for`()
    throws
  {
    try inWorld { world in
      let (group, scope) = (try world.group("g"), try world.scope("s"))
      let started = try world.start("t", in: group, from: scope, lasts: 2)
      try #expect(
        world.dump() == """
          virtual clock at 1 s
          group 'root': open
          ├─ group 'g': open
          └─ scope 's': open; has waited 0 ns for the report of task 't'
             └─ start: waits for the report of its task, which is for group 'g'
                └─ task 't': about to start

          """)
      try world.join(group)
      try world.after(1) { _ in
        try #expect(world.dump(group) == "group 'g': closing, waits for 1 task to report\n")
        try world.report(started.task, 7)
        try #expect(world.dump(scope).contains("start: about to go"))
      }
      try world.run()
    }
  }

  @Test func `O1, G2, G3: a group says how many errors it has, and that it asks its filter`() throws
  {
    try inWorld { world in
      var seen = ""
      let group = try world.filtered("g") { _ in
        seen = try world.dump()
        return .record
      }
      try world.job("a", in: group, ends: .eio)
      try world.join(group)
      try world.run()
      #expect(seen.contains("group 'g': closing, waits for 1 task\n"))
      #expect(seen.contains("task 'a': ended, waits for a filter\n"))
      let other = try world.group("h", failFast: false)
      try world.job("b", in: other, ends: .eio)
      try world.job("c", in: other, ends: .eio)
      try world.run()
      try #expect(world.dump(other) == "group 'h': open; 2 errors\n")
      try world.joinSilently(other)
      try #expect(world.close() == .eio)
    }
  }

  @Test func `O1: far down the drawing says how deep it is`() throws {
    try inWorld { world in
      var node = world.root
      for level in 1...70 { node = try world.scope("\(level)", in: node) }
      try world.scope("beside", in: world.root)
      let lines = try world.dump().split(separator: "\n")
      #expect(lines.count == 73)
      #expect(lines[2] == "├─ scope '1': open")
      #expect(lines[25] == "│" + String(repeating: " ", count: 68) + "└─ scope '24': open")
      #expect(lines[26].hasSuffix("·· 25 deep: scope '25': open"))
      #expect(lines[71].hasSuffix("·· 70 deep: scope '70': open"))
      #expect(lines[72] == "└─ scope 'beside': open")
    }
  }

  @Test func `O1: Graphviz gets boxes, arrows, and dashed ones for circles of waits`() throws {
    try inWorld { world in
      let group = try world.group("g \"x\"")
      let a = try world.endless("a", in: group) { _, _ in .ok }
      let b = try world.endless("b", in: group) { _, _ in .ok }
      try world.onEnd(of: b, in: a, "")
      try world.onEnd(of: a, in: b, "")
      try world.after(1) { _ in
        let text = try world.wholeDump(group, .graphviz)
        let short = [(group, "G"), (a, "A"), (b, "B")].reduce(text) { text, name in
          text.replacing("0x" + hexadecimal(name.0), with: name.1)
        }
        #expect(
          short == """
            digraph roost {
              rankdir=LR
              node [shape=box, style=filled, fillcolor=white, fontname="sans-serif"]
              "G" [label="group 'g \\"x\\"'\\lG\\lopen\\l", fillcolor=white, shape=folder]
              "A" [label="task 'a'\\lA\\lhas waited 1 s for the end of task 'b' (B)\\l", \
            fillcolor=lightyellow]
              "G" -> "A"
              "A" -> "B" [style=dashed, constraint=false, color=red]
              "B" [label="task 'b'\\lB\\lhas waited 1 s for the end of task 'a' (A)\\l", \
            fillcolor=lightyellow]
              "G" -> "B"
              "B" -> "A" [style=dashed, constraint=false, color=red]
            }

            """)
        try world.cancel(group)
        try #expect(world.wholeDump(group, .graphviz).contains("fillcolor=salmon, shape=folder"))
      }
      try world.run()
    }
  }

  @Test func `O1: JSON has numbers for times, and null for what there is not`() throws {
    try inWorld { world in
      let scope = try world.scope("s", .timeout(5))
      let wait = try world.after(2, in: scope) { _ in }
      let id = "0x" + hexadecimal(scope)
      try #expect(
        world.wholeDump(scope, .json) == """
          {"clock":"virtual","now_ns":1000000000,"nodes":[
          {"id":"\(id)","parent":null,"kind":"scope","name":"s","state":"open",\
          "daemon":false,"blocking":false,"fiber":false,"stopping":false,\
          "deadline_ns":6000000000,\
          "timeout_ns":null,"patience_ns":null,"shield":null,"shield_end_ns":null,\
          "grace_ns":null,"cancelled":null,"waits":[{"id":"0x\(hexadecimal(wait))",\
          "for":"time","state":"waiting","since_ns":1000000000,"until_ns":3000000000,\
          "of":null,"owner":null,"count":null,"capacity":null,"number":null}],"cleanups":[],\
          "locks":[],"limit":null,"errors":0,"target":null}
          ]}

          """)
      try world.cancel(scope, .host, code: -3, message: "m")
      try #expect(
        world.wholeDump(scope, .json).contains(
          """
          "cancelled":{"since_ns":1000000000,"called":true,"origin":"host","code":-3,\
          "message":"m","node":"\(id)","name":"s"}
          """))
      try #expect(
        world.wholeDump(nil, .json).hasPrefix(
          "{\"clock\":\"virtual\",\"now_ns\":1000000000,\"closing\":false,\"strays\":[]"))
    }
  }

  @Test func `O1, T3: what is no live node is refused`() throws {
    try inWorld { world in
      let task = try world.job("a", held: true)
      try world.run()
      #expect(refusal { try world.dump(task) } == .stale)
      #expect(refusal { try world.dump(world.runtime) } == .wrongKind)
      #expect(refusal { try world.dump(Handle.none) } == .invalid)
    }
  }
}

/// Sixteen digits.
private func hexadecimal(_ handle: Handle) -> String {
  let digits = String(handle.id, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
