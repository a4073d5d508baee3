import RoostCore
import Testing

/// Reports of what hinders the program: O3, D4.
struct ReportTests {
  /// A world whose reports are listened to.
  private func listening(
    stall: Double = 0, step: Double = 0, test: (World, Listener) throws -> Void
  ) throws {
    let listener = Listener()
    try inWorld { options in
      listener.listen(&options, stall: stall, step: step)
    } test: { world in
      try test(world, listener)
    }
    #expect(listener.drops == 1)
  }

  // MARK: Hangs

  @Test func `O3, D4: a hang is reported with the dump, before the root is cancelled`() throws {
    try listening { world, listener in
      let task = try world.endless("a") { _, why in
        #expect(listener.reports.count == 1)
        #expect(why.origin == .deadlock)
        return .ok
      }
      listener.act = { report in
        try #expect(!world.isCancelled(task))
        #expect(report.node == world.root && report.duration == 0 && report.suspectCount == 0)
      }
      try world.after(3) { _ in }
      #expect(listener.drops == 0)
      try #expect(Engine.run(world.runtime) == .deadlock)
      #expect(listener.words == ["hang of 'root'"])
      #expect(
        listener.reports[0].text == """
          roost: nothing is left that could happen: the root group will be cancelled
          virtual clock at 4 s
          group 'root': open
          └─ task 'a': waits to be finished

          """)
    }
  }

  @Test func `O3, D4: what even that does not end is reported once more`() throws {
    try listening { world, listener in
      let task = try world.endless("a")
      try #expect(Engine.run(world.runtime) == .deadlock)
      #expect(listener.words == ["hang of 'root'"])
      try #expect(Engine.run(world.runtime) == .deadlock)
      #expect(listener.words == ["hang of 'root'", "hang of 'root'"])
      #expect(
        listener.reports[1].text == """
          roost: nothing is left that could happen, and what is cancelled does not end
          virtual clock at 1 s
          group 'root': open; cancelled 0 ns ago (deadlock)
          └─ task 'a': waits to be finished; cancelled 0 ns ago (deadlock, of group 'root'); it \
          has no on_cancel

          """)
      try world.finish(task, .cancelled)
    }
  }

  /// What whoever is told of a hang does so that it is none.
  enum Cure: CaseIterable {
    case finish, spawn, wait, cancelAlone, setEvent
  }

  @Test(arguments: Cure.allCases)
  func `O3, D4: a hang that the report has cured is none`(cure: Cure) throws {
    try listening { world, listener in
      let task = try world.endless("a") { _, _ in .ok }
      let event = try Engine.openEvent(in: world.runtime)
      let box = world.waiting("e") { _ in try world.finish(task, .ok) }
      try world.calling(with: box) {
        _ = try unsafe Engine.wait(for: event, in: world.root, Box.wait, box.data, Box.drop)
      }
      listener.act = { _ in
        // Nothing turns the loop in here.
        #expect(refusal { try Engine.run(world.runtime) } == .order)
        switch cure {
        case .finish:
          try world.finish(task, .ok)
          _ = try Engine.setEvent(event)
        case .spawn: try world.job("b") { _ in _ = try Engine.setEvent(event) }
        case .wait: try world.after(5) { _ in _ = try Engine.setEvent(event) }
        case .cancelAlone:
          try world.cancel(task)
          _ = try Engine.setEvent(event)
        case .setEvent: _ = try Engine.setEvent(event)
        }
      }
      if cure == .finish || cure == .cancelAlone { box.wait = { _, _ in } }
      try world.run()
      #expect(listener.words == ["hang of 'root'"])
      try #expect(!world.isCancelled(world.root))
      try #expect(
        world.dump() == "virtual clock at \(cure == .wait ? 6 : 1) s\ngroup 'root': open\n")
    }
  }

  @Test func `O3, S8a: whoever is told of a hang may close the runtime`() throws {
    try listening { world, listener in
      try world.endless("a") { _, why in
        #expect(why.origin == .shutdown)
        return .ok
      }
      listener.act = { _ in try #expect(world.close() == .pending) }
      try #expect(Engine.run(world.runtime) == .ok)
      #expect(listener.words == ["hang of 'root'"])
      #expect(listener.drops == 1)
    }
  }

  // MARK: Stalls

  @Test func `O3, K7: a cancelled node that has not ended is reported, once, with who ignores it`()
    throws
  {
    try listening(stall: 5) { world, listener in
      let group = try world.group("g")
      let a = try world.endless("a", in: group)
      try world.job("b", in: group, lasts: 100)
      let c = try world.endless("c", in: group) { _, _ in .pending }
      try world.scope("s", in: a)
      try world.join(group)
      try world.at(1) { try world.cancel(group, message: "enough") }
      for second in stride(from: 2.0, to: 20, by: 1) { try world.after(second) { _ in } }
      try world.at(15) {
        try world.finish(a, .cancelled)
        try world.finish(c, .cancelled)
      }
      try world.run()
      #expect(listener.words == ["stall of 'g' after 5: a, c"])
      let report = try #require(listener.reports.first)
      #expect(report.node == group && report.suspectCount == 2)
      #expect(
        report.text == """
          roost: group 'g' was cancelled 5 s ago (explicit, 'enough') and has not ended, because \
          of 2 tasks:
            task 'a'
            task 'c'
          group 'g': closing, waits for 2 tasks; cancelled 5 s ago (explicit, 'enough')
          ├─ task 'a': waits to be finished; cancelled 5 s ago (explicit, 'enough', of group \
          'g'); it has no on_cancel
          │  └─ scope 's': open; cancelled 5 s ago (explicit, 'enough', of group 'g')
          └─ task 'c': waits to be finished; cancelled 5 s ago (explicit, 'enough', of group \
          'g'); its on_cancel was called

          """)
    }
  }

  @Test func `O3: what ends in time is not reported`() throws {
    try listening(stall: 5) { world, listener in
      for second in 0..<20 {
        let task = try world.endless("a\(second)") { _, _ in .pending }
        try world.at(Double(second)) { try world.cancel(task) }
        try world.at(Double(second) + 4) { try world.finish(task, .cancelled) }
      }
      try world.at(60) {}
      try world.run()
      #expect(listener.words == [])
    }
  }

  @Test func `O3: one after the other is reported at its own time, whatever rows are used again`()
    throws
  {
    try listening(stall: 5) { world, listener in
      // Each takes the row of the one before, which has ended while it was watched.
      func next(_ number: Int) throws {
        let task = try world.endless("a\(number)")
        try world.after(1) { _ in
          try world.cancel(task)
          if number == 3 { return }
          try world.finish(task, .cancelled)
          try world.after(1) { _ in try next(number + 1) }
        }
      }
      try next(0)
      for second in 1..<20 { try world.at(Double(second)) {} }
      listener.act = { report in try world.finish(report.node, .cancelled) }
      try world.run()
      #expect(listener.words == ["stall of 'a3' after 5: a3"])
    }
  }

  @Test func `O3, K2b: a cleanup that ignores the end of its grace is reported`() throws {
    try listening(stall: 5) { world, listener in
      let scope = try world.scope("s", .shielded(false, grace: 2))
      var cleanup = Handle.none
      try world.cleanup("c", of: scope, ends: .pending) { task, _ in cleanup = task }
      try world.cancel(scope)
      try world.join(scope)
      try world.at(6) {}
      try world.at(9) { try world.finish(cleanup, .ok) }
      try world.run()
      // Time has no reason to stand still at the fifth second.
      #expect(listener.words == ["stall of 's' after 6: cleanup of s"])
      #expect(listener.reports[0].text.contains("cleanup 'cleanup of s': waits to be finished"))
    }
  }

  @Test func `O3, C10: what is shielded is among those who are named`() throws {
    try listening(stall: 1) { world, listener in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 3, .shielded())
      try world.join(group)
      try world.cancel(group)
      try world.after(2) { _ in }
      try world.run()
      #expect(listener.words == ["stall of 'g' after 2: a"])
      #expect(listener.reports[0].text.contains("shielded from the cancellation around it"))
    }
  }

  @Test func `O3: a group that nobody closes is told from one whose tasks go on`() throws {
    try listening(stall: 1) { world, listener in
      let group = try world.group("g")
      try world.cancel(group)
      try world.after(1) { _ in }
      try world.run()
      #expect(listener.words == ["stall of 'g' after 1"])
      #expect(
        listener.reports[0].text == """
          roost: group 'g' was cancelled 1 s ago (explicit) and has not ended: no task is left \
          in it, and nobody closes it
          group 'g': open; cancelled 1 s ago (explicit)

          """)
    }
  }

  @Test func `O3: a hundred are named, and all are counted`() throws {
    try listening(stall: 1) { world, listener in
      let group = try world.group("g")
      let tasks = try (0..<1500).map { try world.endless("\($0)", in: group) }
      try world.at(1) { try world.cancel(group) }
      try world.at(3) { for task in tasks { try world.finish(task, .cancelled) } }
      try world.run()
      let report = try #require(listener.reports.first)
      #expect(report.suspects == (0..<100).map { "\($0)" })
      #expect(report.suspectCount == 1500)
      let lines = report.text.split(separator: "\n")
      #expect(lines.count == 1 + 100 + 1000 + 1)
      #expect(lines.last == "... and more, which roost_dump shows")
    }
  }

  @Test func `O3: each node that was cancelled itself is reported, in the order of time`() throws {
    try listening(stall: 4) { world, listener in
      let group = try world.group("g")
      let inner = try world.group("h", in: group)
      let task = try world.endless("a", in: inner)
      try world.at(1) { try world.cancel(task) }
      try world.at(2) { try world.cancel(group) }
      try world.at(3) { try world.cancel(inner) }
      for second in 4..<10 { try world.at(Double(second)) {} }
      try world.at(10) { try world.finish(task, .cancelled) }
      try world.run()
      #expect(
        listener.words == [
          "stall of 'a' after 4: a", "stall of 'g' after 4: a", "stall of 'h' after 4: a",
        ])
    }
  }

  @Test func `O3, D4: the time of a stall is none to jump to, and holds no hang off`() throws {
    try listening(stall: 1) { world, listener in
      let task = try world.endless("a")
      try world.cancel(task)
      try #expect(Engine.run(world.runtime) == .deadlock)
      try #expect(Engine.now(world.runtime) == world.beginning)
      #expect(listener.words == ["hang of 'root'"])
      try world.finish(task, .cancelled)
    }
  }

  @Test func `O3: whoever is told of a stall may end it, and cancel others`() throws {
    try listening(stall: 1) { world, listener in
      let (a, b) = (try world.endless("a"), try world.endless("b"))
      listener.act = { report in
        if report.node == a { try world.cancel(b) }
        try world.finish(report.node, .cancelled)
      }
      try world.cancel(a)
      for second in 1..<6 { try world.at(Double(second)) {} }
      try world.run()
      #expect(listener.words == ["stall of 'a' after 1: a", "stall of 'b' after 1: b"])
    }
  }

  @Test func `O3: without the option nobody is watched`() throws {
    try listening { world, listener in
      let task = try world.endless("a")
      try world.cancel(task)
      try world.at(1_000_000) { try world.finish(task, .cancelled) }
      try world.run()
      #expect(listener.words == [])
    }
  }

  // MARK: Long steps

  @Test func `O3: a step that held the loop too long is reported after it, by name (real)`() throws
  {
    try listening(step: 0.05) { world, listener in
      let group = try world.group("g")
      let task = try world.job("a", in: group) { _ in
        let end = uptime() + 0.06
        while uptime() < end {}
        #expect(!listener.words.contains("longStep of 'a'"))
      }
      try world.job("b", in: group) { _ in
        #expect(listener.words.contains("longStep of 'a'"))
      }
      try world.run()
      // On a busy machine other steps may have been long.
      let reports = listener.reports.filter { $0.node == task }
      let report = try #require(reports.first)
      #expect(reports.count == 1 && report.duration >= 0.05 && report.suspectCount == 0)
      #expect(report.text.hasPrefix("roost: a step of task 'a' has held the loop for "))
      #expect(report.text.hasSuffix("task 'b': about to start\n"))
    }
  }
}
