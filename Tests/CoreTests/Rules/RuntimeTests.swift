import CUV
import Glibc
import RoostCore
import Testing

/// Runtimes and their loops: S8 to S8b.
struct RuntimeTests {
  @Test func `S8: run turns an own loop until nothing of ours keeps it going`() throws {
    try inWorld { world in
      try world.run()
      // An open group and its deadline are nothing to wait for.
      let group = try world.group("g", .timeout(5))
      try world.run()
      try #expect(Engine.now(world.runtime) == world.beginning)
      try world.job("a", in: group, lasts: 1)
      try world.run()
      try #expect(Engine.now(world.runtime) == world.instant(1))
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1 a- g=0")
    }
  }

  @Test func `S8: run is not for inside, and not for a borrowed loop`() throws {
    try inWorld { world in
      try world.job("a") { task in
        #expect(refusal { try Engine.run(world.runtime) } == .order)
        try world.cleanup("c", of: task) { _, _ in
          #expect(refusal { try Engine.run(world.runtime) } == .order)
        }
      }
      try world.run()
      #expect(world.log == "a+ c:completed")
    }
    let loop = BorrowedLoop()
    try inWorld {
      unsafe $0.loop = loop.raw
    } test: { world in
      #expect(refusal { try Engine.run(world.runtime) } == .order)
      try #expect(world.close() == .pending)
      loop.run()
    }
    #expect(loop.close() == 0)
  }

  @Test func `S8: a borrowed loop goes on exactly while there is work of ours`() throws {
    let loop = BorrowedLoop()
    try inWorld {
      unsafe $0.loop = loop.raw
    } test: { world in
      unsafe try #expect(Engine.loop(of: world.runtime) == loop.raw)
      let group = try world.group("g", .timeout(5))
      #expect(!loop.isAlive)
      try world.job("a", in: group, lasts: 1)
      #expect(loop.isAlive)
      loop.run()
      #expect(!loop.isAlive)
      try world.after(1, in: group, "w")
      #expect(loop.isAlive)
      loop.run()
      try world.join(group)
      #expect(loop.isAlive)
      loop.run()
      #expect(!loop.isAlive)
      #expect(world.log == "a+ @1 a- @2 w=0 g=0")
      try world.close()
      loop.run()
    }
    #expect(loop.close() == 0)
  }

  @Test func `S8: two runtimes share a loop`() throws {
    let loop = BorrowedLoop()
    let borrow: (inout RuntimeOptions) -> Void = { unsafe $0.loop = loop.raw }
    try inWorld(borrow) { one in
      try inWorld(borrow) { other in
        try one.job("a", lasts: 1)
        try other.job("b", lasts: 2)
        loop.run()
        #expect(one.log == "a+ @1 a-" && other.log == "b+ @2 b-")
        try other.close()
        try one.close()
        loop.run()
      }
    }
    #expect(loop.close() == 0)
  }

  @Test func `S8a: close cancels with the origin SHUTDOWN, joins, and answers the root's outcome`()
    throws
  {
    try inWorld { world in
      try world.spawn("a") { task in
        try world.cleanup("c", of: task, lasts: 1)
        return .pending
      } onCancel: { _, why in
        #expect(why.origin == .shutdown && why.node == world.root)
        return .ok
      }
      try world.job("b", ends: .eio)
      try world.at(1) { try #expect(world.close("root") == .pending) }
      try #expect(Engine.run(world.runtime) == .eio)
      #expect(world.log == "a+ b+ @1 a? c:cancelled @2 c- root=EIO^[b:EIO]")
    }
  }

  @Test func `S8a: nothing to end: it answers at once, and the handles are stale for ever`() throws
  {
    try inWorld { world in
      let scope = try world.scope("s")
      try #expect(world.close() == .ok)
      #expect(refusal { try Engine.now(world.runtime) } == .stale)
      #expect(refusal { try Engine.close(world.runtime, CloseOptions()) } == .stale)
      #expect(refusal { try world.cancel(world.root) } == .stale)
      #expect(refusal { try world.cancel(scope) } == .stale)
    }
  }

  @Test func `S8a: with patience what runs may end by itself, and the rest is cancelled then`()
    throws
  {
    try inWorld { world in
      try world.job("a", lasts: 1)
      try world.job("b", lasts: 9)
      try #expect(world.close("root", patience: seconds(2)) == .ok)
      #expect(world.log == "a+ b+ @1 a- @2 b! root=0^")
    }
    try inWorld { world in
      try world.job("a", lasts: 1_000_000)
      try #expect(world.close("root", patience: .max) == .ok)
      #expect(world.log == "a+ @1000000 a- root=0")
    }
  }

  @Test func `S8a: from then on the root takes no task, but groups beneath it do`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group, lasts: 1)
      try world.job("b") { _ in
        try #expect(world.close("root", patience: .max) == .pending)
        #expect(refusal { try world.job("x") } == .closed)
        try world.job("c", in: group)
      }
      try world.run()
      #expect(world.log == "a+ b+ c+ @1 a- root=0")
    }
  }

  @Test func `S8a: a second close answers ALREADY, and takes nothing`() throws {
    try inWorld { world in
      try world.job("a", lasts: 9) { task in
        try world.cleanup("c", of: task) { _, _ in
          try #expect(Engine.close(world.runtime, CloseOptions()) == .already)
        }
      }
      try world.at(1) {
        try #expect(world.close("root") == .pending)
        try #expect(Engine.close(world.runtime, CloseOptions()) == .already)
      }
      try world.run()
      #expect(world.log == "a+ @1 a! c:cancelled root=0^")
    }
  }

  @Test func `S8a: on a borrowed loop it answers PENDING, and fn is called when that is clean`()
    throws
  {
    let loop = BorrowedLoop()
    try inWorld {
      unsafe $0.loop = loop.raw
    } test: { world in
      try world.job("a", lasts: 9)
      loop.turn()
      loop.turn()
      try #expect(world.close("root") == .pending)
      // A loop that is stopped leaves everything as it is, and cannot be closed.
      #expect(loop.close() == UV_EBUSY.rawValue)
      #expect(world.log == "a+")
      loop.run()
      #expect(world.log == "a+ a! root=0^")
    }
    #expect(loop.close() == 0)
  }

  @Test func `S8a: a cancelled root stays cancelled`() throws {
    try inWorld { world in
      try world.cancel(world.root)
      try world.run()
      try world.job("a", lasts: 1)
      try world.run()
      try #expect(world.close("root") == .ok)
      #expect(world.log == "a+ a! root=0^")
    }
  }

  @Test func `S8b: after fork every call on a runtime from before answers ECHILD`() async {
    await #expect(processExitsWith: .success) {
      try inWorld { world in
        let group = try world.group("g")
        let task = try world.job("a", in: group, held: true)
        let wait = try world.after(1, in: group, "w")
        let cleanup = try world.cleanup("c", of: group)
        let calls: [() throws -> Void] = [
          { _ = try Engine.run(world.runtime) }, { _ = try Engine.now(world.runtime) },
          { _ = try Engine.close(world.runtime, CloseOptions()) },
          { _ = try Engine.cancel(group, CancelOptions()) },
          { _ = try Engine.openScope(in: group, NodeOptions()) },
          { _ = try Engine.outcome(of: task) }, { try Engine.unwait(wait) },
          { try Engine.undefer(cleanup) },
        ]
        let refusals = inFork { calls.filter { refusal($0) == .child }.count }
        #expect(Int(refusals) == calls.count)
        // Here all goes on as if nothing had been.
        try world.join(group)
        try world.run()
        #expect(world.log == "a+ c:completed g=0")
      }
    }
  }

  @Test func `S8b: the child may open runtimes of its own`() async {
    await #expect(processExitsWith: .success) {
      try inWorld { world in
        try world.job("a", lasts: 1)
        let status = inFork {
          var isGood = false
          try? inWorld { own in
            try own.job("b", lasts: 1)
            try own.run()
            isGood = own.log == "b+ @1 b-" && own.runtime != world.runtime
          }
          return isGood ? 7 : 1
        }
        #expect(status == 7)
        try world.run()
        #expect(world.log == "a+ @1 a-")
      }
    }
  }
}

/// Runs something in a child process, and answers its exit status, which is what that has answered.
private func inFork(_ work: () throws -> Int) -> Int32 {
  // Swift does not have `fork`, for what it does to a process of many threads. This one is alone.
  typealias Fork = @convention(c) () -> pid_t
  guard let symbol = unsafe dlsym(nil, "fork") else { return -1 }
  let fork = unsafe unsafeBitCast(symbol, to: Fork.self)
  let child = fork()
  if child == 0 {
    _exit(Int32((try? work()) ?? 255))
  }
  var status: Int32 = 0
  unsafe waitpid(child, &status, 0)
  return (status >> 8) & 0xff
}
