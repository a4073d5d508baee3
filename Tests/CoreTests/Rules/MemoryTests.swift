import Glibc
import RoostCore
import Testing

/// Running out of memory: B4. Each test has a process of its own; not with a sanitizer, which needs
/// memory too.
@Suite(.disabled(if: isSanitized)) struct MemoryTests {
  @Test func `B4: without memory an opening answers ENOMEM, and the tree stays as it was`() async {
    await #expect(processExitsWith: .success) {
      try inWorld { world in
        let (group, scope) = (try world.group("g"), try world.scope("s"))
        let options = unsafe TaskOptions(start: { _, _ in 0 })
        var (spawned, refusals) = (0, [Status?](repeating: nil, count: 5))
        withoutMemory {
          // The rows in hand are used up, and then there are no more.
          while refusals[0] == nil {
            refusals[0] = code { () throws(Failure) in
              _ = try Engine.spawn(into: group, options, held: false)
            }
            if refusals[0] == nil { spawned += 1 }
          }
          refusals[1] = code { () throws(Failure) in
            _ = try Engine.openGroup(in: group, GroupOptions())
          }
          refusals[2] = code { () throws(Failure) in
            _ = try Engine.openScope(in: scope, NodeOptions())
          }
          refusals[3] = code { () throws(Failure) in
            _ = try unsafe Engine.deferCleanup(on: scope, CleanupOptions(run: { _, _, _ in 0 }))
          }
          refusals[4] = code { () throws(Failure) in
            _ = try unsafe Engine.after(1, in: scope, { _, _, _ in }, nil, nil)
          }
        }
        for refusal in refusals { #expect(refusal == .noMemory) }
        #expect(spawned > 3000)
        try world.job("a", in: group, lasts: 1) { try world.cleanup("c", of: $0) }
        try world.join(group)
        try world.join(scope)
        try world.run()
        #expect(world.log == "a+ s=0 @1 a- c:completed g=0")
      }
    }
  }

  @Test func `B4, K2c, C15: what is registered runs, and cancelling works, without memory`() async {
    await #expect(processExitsWith: .success) {
      try inWorld { world in
        let group = try world.group("g")
        var runs = 0
        for _ in 0..<1000 {
          try world.job("", in: group, lasts: 9) { task in
            try world.cleanup("", of: task) { _, told in
              #expect(told.ending == .cancelled)
              runs += 1
            }
          }
        }
        try world.at(1) {
          withoutMemory { _ = try? Engine.cancel(group, CancelOptions()) }
        }
        try world.join(group)
        try world.run()
        #expect(runs == 1000)
        #expect(world.log == "@1 g=0^")
      }
    }
  }
}

private let isSanitized =
  unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

/// Does something while the process gets no more memory from the system.
private func withoutMemory(_ work: () -> Void) {
  var before = rlimit()
  unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
  var none = rlimit(rlim_cur: 0, rlim_max: before.rlim_max)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &none)
  work()
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
}

/// What a call was refused with; here no error is put in a box, for which there is no memory.
private func code(_ work: () throws(Failure) -> Void) -> Status? {
  do throws(Failure) {
    try work()
    return nil
  } catch {
    return error.status
  }
}
