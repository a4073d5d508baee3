import RoostCore
import Testing

/// Daemons: L3, T1d, G5a.
struct DaemonTests {
  /// What holds the daemons of a group that is joined, until its second.
  enum Holder: CaseIterable {
    case task, shielded, withCleanup, pending, started, startedDaemon, openGroup, joinedGroup
    case openScope, openedLate, filtered
  }

  private func hold(_ group: Handle, _ holder: Holder, until second: Double, _ world: World) throws
  {
    switch holder {
    case .task: try world.job("", in: group, lasts: second)
    case .shielded: try world.job("", in: group, lasts: second, .shielded())
    case .withCleanup: try world.cleanup("", of: world.job("", in: group), lasts: second)
    case .pending: try world.start("", in: group, from: world.root, lasts: second)
    case .started:
      let task = try world.start("", in: group, from: world.root, lasts: second).task
      try world.at(1) { try world.report(task) }
    case .startedDaemon:
      let task = try world.start("", in: group, from: world.root, lasts: 99, isDaemon: true).task
      try world.at(second) { try world.report(task) }
    case .openGroup, .joinedGroup:
      let inner = try world.group("", in: group)
      try world.job("", in: inner, lasts: second)
      if holder == .joinedGroup { try world.joinSilently(inner) }
    case .openScope: try world.cleanup("", of: world.scope("", in: group), lasts: second)
    case .openedLate:
      try world.job("", in: group, lasts: 1) { _ in
        try world.job("", in: world.group("", in: group), lasts: second)
      }
    case .filtered:
      // The filter of a group in it spawns another task.
      var inner = group
      inner = try world.filtered("", in: group) { _ in
        try world.job("", in: inner, lasts: second - 1)
        return .drop
      }
      try world.job("", in: inner, lasts: 1, ends: .eio)
    }
  }

  @Test func `L3, T1d, L4: daemons are held by each of these, till the last has ended`() throws {
    for first in Holder.allCases {
      for second in Holder.allCases {
        try inWorld { world in
          var end: UInt64?
          let group = try world.group("g")
          try world.daemon("", in: group, ends: .pending) { task in
            try world.after(.infinity, in: task) { status in
              #expect(status == .cancelled)
              #expect(try world.why(task)?.origin == .parentJoin)
              end = try Engine.now(world.runtime)
              #expect(refusal { try world.job("", in: group) } == .closed)
              #expect(refusal { try world.group("", in: group) } == .closed)
              #expect(refusal { try world.scope("", in: group) } == .closed)
              try world.finish(task, status)
            }
          }
          try hold(group, first, until: 2, world)
          try hold(group, second, until: 3, world)
          try world.join(group) { joined in
            #expect(joined.ending == .completed && !joined.cancelCalled, "\(first) \(second)")
          }
          try world.run()
          #expect(end == world.instant(3), "\(first) \(second)")
        }
      }
    }
  }

  @Test func `L3, G1: groups in groups let their daemons go from within`() throws {
    try inWorld { world in
      var group = world.root
      var groups: [Handle] = []
      for name in ["x", "y", "z"] {
        group = try world.group(name, in: group)
        groups.append(group)
        try world.daemon("d" + name, in: group, lasts: 9) { task in
          try world.cleanup("c" + name, of: task, lasts: 1)
        }
      }
      try world.job("a", in: group, lasts: 1)
      for group in groups { try world.join(group) }
      try world.run()
      #expect(
        world.log == """
          dx+ dy+ dz+ a+ @1 a- dz! cz:cancelled @2 cz- z=0 dy! cy:cancelled @3 cy- y=0 \
          dx! cx:cancelled @4 cx- x=0
          """)
    }
  }

  @Test func `G5a: what is cut short in a group, and what it answers`() throws {
    for hasDaemon in [false, true] {
      for hasTask in [false, true] {
        try inWorld { world in
          let outer = try world.group("outer")
          let group = try world.group("g", in: outer)
          if hasDaemon { try world.daemon("", in: group, lasts: 9) }
          if hasTask { try world.job("", in: group, lasts: 9) }
          try world.at(1) {
            try world.cancel(outer)
            try world.join(group) { #expect($0.ending == (hasTask ? .cancelled : .completed)) }
            try world.join(outer)
          }
          try world.run()
          let caught = hasDaemon || hasTask ? "^" : ""
          #expect(world.log == "@1 g=\(hasTask ? "CANCELLED" : "0") outer=0\(caught)")
        }
      }
    }
  }
}
