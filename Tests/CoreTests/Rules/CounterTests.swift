import CRoost
import RoostCore
import Testing

/// O4.
struct CounterTests {
  @Test func `Counters are a roost_counters`() {
    #expect(MemoryLayout<Counters>.size == MemoryLayout<roost_counters>.size)
    #expect(MemoryLayout<Counters>.alignment == MemoryLayout<roost_counters>.alignment)
    let ours: [PartialKeyPath<Counters>] = [
      \.size, \.tasks, \.groups, \.scopes, \.waits, \.cleanups, \.events, \.limiters, \.locks,
      \.conditions, \.channels, \.allTasks, \.allGroups, \.allScopes, \.allWaits, \.allCleanups,
      \.allEvents, \.allLimiters, \.allLocks, \.allConditions, \.allChannels, \.completed,
      \.failed, \.cancelled, \.strays, \.posts, \.turns, \.cancelToEnd,
    ]
    let theirs: [PartialKeyPath<roost_counters>] = [
      \.size, \.tasks, \.groups, \.scopes, \.waits, \.cleanups, \.events, \.limiters, \.locks,
      \.conditions, \.channels, \.all_tasks, \.all_groups, \.all_scopes, \.all_waits,
      \.all_cleanups, \.all_events, \.all_limiters, \.all_locks, \.all_conditions, \.all_channels,
      \.completed, \.failed, \.cancelled, \.strays, \.posts, \.turns, \.cancel_to_end,
    ]
    #expect(
      ours.map { MemoryLayout<Counters>.offset(of: $0) }
        == theirs.map { MemoryLayout<roost_counters>.offset(of: $0) })
  }

  @Test func `Usage is a roost_usage`() {
    #expect(MemoryLayout<Usage>.size == MemoryLayout<roost_usage>.size)
    let ours: [PartialKeyPath<Usage>] = [
      \.size, \.waiting, \.receiving, \.count, \.capacity, \.owner,
    ]
    let theirs: [PartialKeyPath<roost_usage>] = [
      \.size, \.waiting, \.receiving, \.count, \.capacity, \.owner,
    ]
    #expect(
      ours.map { MemoryLayout<Usage>.offset(of: $0) }
        == theirs.map { MemoryLayout<roost_usage>.offset(of: $0) })
  }

  @Test func `O4: tasks are counted by how they end`() throws {
    try inWorld { world in
      let group = try world.group("g", failFast: false)
      for _ in 0..<3 { try world.job("good", in: group, lasts: 1) }
      try world.job("bad", in: group, ends: .eio)
      try world.job("late", in: group, lasts: 2, .timeout(1))
      let cut = try world.job("cut", in: group, lasts: 1)
      try world.cleanup("c", of: cut, lasts: 1)
      _ = try Engine.cancel(cut, CancelOptions())
      let before = try Engine.counters(of: world.runtime)
      #expect(before.tasks == 6 && before.allTasks == 6 && before.cleanups == 1)
      try world.join(group)
      try world.run()
      let counters = try Engine.counters(of: world.runtime)
      #expect(counters.tasks == 0 && counters.allTasks == 6 && counters.cleanups == 0)
      #expect(counters.completed == 3 && counters.failed == 2 && counters.cancelled == 1)
      #expect(counters.groups == 1 && counters.allGroups == 2)
    }
  }

  @Test func `O4: what is cancelled itself is counted by how long it took to end`() throws {
    try inWorld { world in
      let task = try world.job("t")
      try world.cleanup("c", of: task, lasts: 1)
      _ = try Engine.cancel(task, CancelOptions())
      try world.run()
      let times = try Engine.counters(of: world.runtime).cancelToEnd
      // A second is between 2^29 and 2^30 nanoseconds.
      for index in times.indices { #expect(times[index] == (index == 29 ? 1 : 0)) }
    }
  }
}
