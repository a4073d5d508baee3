import CUV
import Glibc
import RoostCore
import Testing

/// The virtual clock: D4.
struct VirtualClockTests {
  @Test func `D4: time stands still while anything can run, then jumps to the next instant`() throws
  {
    try inWorld { world in
      try world.job("a", lasts: 3600)
      try world.after(86_400, "w")
      var steps = 0
      func step(_ status: Status) throws {
        steps += 1
        try #expect(Engine.now(world.runtime) == world.beginning)
        if steps < 1000 { try world.after(0, step) }
      }
      try world.after(0, step)
      try world.run()
      #expect(steps == 1000)
      #expect(world.log == "a+ @3600 a- @86400 w=0")
    }
  }

  @Test func `D4: what is due at one instant comes in the order in which it was asked for`() throws
  {
    try inWorld { world in
      try world.after(2, "a")
      try world.after(1) { _ in try world.after(1, "c") }
      try world.after(2, "b")
      try world.run()
      #expect(world.log == "@2 a=0 b=0 c=0")
    }
  }

  @Test func `D4: a hang is a failure: the root is cancelled, and the run answers EDEADLK`() throws
  {
    try inWorld { world in
      let group = try world.group("g")
      try world.endless("a", in: group) { _, why in
        #expect(why.origin == .deadlock && why.node == world.root && why.name == "root")
        return .ok
      }
      try world.park(in: group, "w")
      try world.join(group)
      try world.after(1, "v")
      try #expect(Engine.run(world.runtime) == .deadlock)
      #expect(world.log == "a+ @1 v=0 w=CANCELLED a? g=CANCELLED")
    }
  }

  @Test func `D4: a deadline far away is something to jump to`() throws {
    try inWorld { world in
      let group = try world.group("g", .timeout(1_000_000))
      try world.endless("a", in: group) { _, _ in .ok }
      try world.join(group)
      try world.run()
      #expect(world.log == "a+ @1000000 a? g=ETIMEDOUT^")
    }
  }

  @Test func `D4, K2b: no shelter holds against a deadlock`() throws {
    try inWorld { world in
      let group = try world.group("g")
      try world.job("a", in: group) { task in
        try world.cleanup("c", of: task, ends: .pending) { _, _ in
        } onCancel: { _, why in
          #expect(why.origin == .deadlock)
          return .ok
        }
        try world.cleanup("d", of: task, lasts: .infinity)
      }
      try world.join(group)
      try #expect(Engine.run(world.runtime) == .deadlock)
      #expect(
        world.log == "a+ d:completed d! c:completed c? g=ECUT[cleanup of a:ECUT cleanup of a:ECUT]")
    }
  }

  @Test func `D4: when even that ends nothing it answers with the nodes alive`() throws {
    try inWorld { world in
      let task = try world.endless("a")
      try #expect(Engine.run(world.runtime) == .deadlock)
      try #expect(world.isCancelled(task))
      try #expect(Engine.run(world.runtime) == .deadlock)
      try world.finish(task, .cancelled)
      try world.run()
      #expect(world.log == "a+")
    }
  }

  @Test func `D4: waiting for a descriptor does not hold the clock`() throws {
    try inWorld { world in
      let pipe = try Pipe(world)
      let wait = try world.park("p")
      try pipe.listen { try world.wake(wait, Status(7)) }
      try world.after(1, "w")
      try world.after(2) { _ in pipe.write() }
      try world.run()
      #expect(world.log == "@1 w=0 @2 p=7")
      pipe.close()
    }
  }

  @Test func `D4: what can still come from outside is no deadlock`() throws {
    try inWorld { world in
      let pipe = try Pipe(world)
      let wait = try world.park("p")
      try pipe.listen { try world.wake(wait, Status(7)) }
      #expect(onAnotherThread { pipe.write() } != nil)
      try world.run()
      #expect(world.log == "p=7")
      pipe.close()
    }
  }

  @Test func `D4: two runs of the same are the same`() throws {
    func run() throws -> String {
      var log = ""
      try inWorld { world in
        var random = Seeded(7)
        let group = try world.group("g", failFast: false, limit: 7)
        for number in 0..<50 {
          let (length, deadline) = (Double(random.below(20)), Double(1 + random.below(20)))
          try world.job("\(number)", in: group, lasts: length, .timeout(deadline))
        }
        try world.join(group)
        try world.run()
        log = world.log
      }
      return log
    }
    let log = try run()
    #expect(log.contains("ETIMEDOUT"))
    for _ in 0..<3 { try #expect(run() == log) }
  }
}

/// A pipe on the loop of a world.
@safe
private final class Pipe {
  private var ends: [Int32] = [0, 0]
  private let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
  private var heard: () throws -> Void = {}

  init(_ world: World) throws {
    unsafe #expect(pipe(&ends) == 0)
    let loop = unsafe try Engine.loop(of: world.runtime).assumingMemoryBound(to: uv_loop_t.self)
    unsafe #expect(uv_poll_init(loop, poll, ends[0]) == 0)
    unsafe poll.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  /// Calls a function the first time that something can be read.
  func listen(_ heard: @escaping () throws -> Void) throws {
    self.heard = heard
    unsafe uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { poll, _, _ in
      guard let poll = unsafe poll, let data = unsafe poll.pointee.data else { return }
      unsafe uv_poll_stop(poll)
      do {
        try unsafe Unmanaged<Pipe>.fromOpaque(data).takeUnretainedValue().heard()
      } catch {
        Issue.record(error)
      }
    }
  }

  func write() { unsafe #expect(Glibc.write(ends[1], "x", 1) == 1) }

  /// Takes it off the loop: it is closed when the runtime is.
  func close() {
    heard = {}
    unsafe UnsafeMutableRawPointer(poll).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      unsafe uv_close($0) { handle in unsafe handle?.deallocate() }
    }
    for end in ends { _ = Glibc.close(end) }
  }
}
