// Three tasks that want to sleep for ten seconds, in a group that has a tenth of one.
import RoostCore

let runtime = try Engine.openRuntime(RuntimeOptions())

var options = GroupOptions()
options.common.timeout = 100_000_000
options.common.moveOn = true
let group = try Engine.openGroup(in: Engine.root(of: runtime), options)

/// The first step of each task. Its handle travels to the wait's function as a number.
let start: StartFunction = { id, _ in
  let task = Handle(id: id)
  do throws(Failure) {
    try unsafe Engine.deferCleanup(on: task, CleanupOptions(run: cleanUp))
    try unsafe Engine.after(
      10_000_000_000, in: task,
      { _, code, id in  // 0, or CANCELLED
        try? unsafe Engine.finish(Handle(id: UInt64(UInt(bitPattern: id))), code, nil, nil)
      }, UnsafeMutableRawPointer(bitPattern: UInt(id)), nil)
  } catch {
    return error.status.code
  }
  return Status.pending.code  // finish will end it
}

let cleanUp: CleanupFunction = { _, why, _ in
  let outcome = unsafe why.unsafelyUnwrapped.load(as: Outcome.self)
  print("\(outcome.state == Ending.cancelled.rawValue ? "cancelled" : "done"), cleaned up")
  return 0
}

for _ in 0..<3 { try Engine.spawn(into: group, unsafe TaskOptions(start: start), held: false) }

var joining = JoinOptions()
unsafe joining.join = { _, result, _ in
  let result = unsafe result.unsafelyUnwrapped.load(as: Result.self)
  print("group: \(result.cancelledCaught != 0 ? "it took too long" : "complete")")
}
try Engine.join(group, 0, joining)
_ = try Engine.run(runtime)
_ = try Engine.close(runtime, CloseOptions())
