// Two tasks in a group. One waits for 10 s and has something to put back, the other fails after
// 1 s. The failure cancels the group (fail-fast, G2): the waiting task notices by the outcome of
// its wait, its cleanup runs and is told why, and the group answers with the one error.
import RoostCore

var options = RuntimeOptions()
options.isVirtual = true  // time stands still while anything can run, then jumps
let runtime = try Engine.openRuntime(options)
let began = try Engine.now(runtime)
let second: Int64 = 1_000_000_000

/// Prints a line that begins with the time, in milliseconds.
func say(_ text: String) {
  let time = must { "\((try Engine.now(runtime) - began) / 1_000_000)" }
  print("\(String(repeating: " ", count: 6 - time.count))\(time) ms  \(text)")
}

/// A callback cannot throw, and none of these calls fails unless this program is wrong: then it
/// ends, and says what the call has said.
func must<Answer>(_ work: () throws -> Answer) -> Answer {
  do { return try work() } catch { fatalError("\(error)") }
}

/// A task as the data of a wait: its number, in the place of a pointer.
func data(of task: Handle) -> UnsafeMutableRawPointer? {
  unsafe UnsafeMutableRawPointer(bitPattern: UInt(task.id))
}

func task(from data: UnsafeMutableRawPointer?) -> Handle {
  Handle(id: UInt64(UInt(bitPattern: data)))
}

func text(_ pointer: UnsafePointer<CChar>?) -> String {
  unsafe pointer.map { unsafe String(cString: $0) } ?? ""
}

func spawn(_ name: String, _ start: StartFunction) throws {
  var options = unsafe TaskOptions(start: start)
  _ = try unsafe name.withCString { name in
    unsafe options.common.name = name
    return try Engine.spawn(into: group, options, held: false)
  }
}

// The patient one.

let patient: StartFunction = { id, _ in
  say("patient: waiting for 10 s")
  must {
    let task = Handle(id: id)
    try Engine.deferCleanup(on: task, unsafe CleanupOptions(run: putBack))
    try unsafe Engine.after(10 * second, in: task, patientWaited, data(of: task), nil)
  }
  return Status.pending.code  // finish will end it
}

let patientWaited: WaitFunction = { _, code, data in
  say("patient: the wait is \(code == Status.cancelled.code ? "cancelled" : "over")")
  must { try unsafe Engine.finish(task(from: data), code, nil, nil) }
}

let putBack: CleanupFunction = { _, why, _ in
  let outcome = unsafe why.unsafelyUnwrapped.load(as: Outcome.self)
  let told = outcome.state == Ending.cancelled.rawValue ? "cancelled" : "something else"
  say("patient: cleaning up, told \"\(told)\"")
  return 0
}

// The hasty one.

let hasty: StartFunction = { id, _ in
  say("hasty: waiting for 1 s")
  must {
    let task = Handle(id: id)
    try unsafe Engine.after(second, in: task, hastyWaited, data(of: task), nil)
  }
  return Status.pending.code
}

let hastyWaited: WaitFunction = { _, _, data in
  say("hasty: failing")
  must {
    try unsafe Engine.explain(task(from: data), "out of luck")
    try unsafe Engine.finish(task(from: data), -5, nil, nil)  // EIO
  }
}

// The group.

let joined: JoinFunction = { _, result, _ in
  let result = unsafe result.unsafelyUnwrapped.load(as: Result.self)
  say("group: \(result.code < 0 ? "failed" : "ok") with \(result.errorCount) error")
  var rest = unsafe result.errors
  while let error = unsafe rest?.pointee {
    say("group: \(unsafe text(error.name)): \(unsafe text(error.message))")
    unsafe rest = error.next
  }
}

let group = try Engine.openGroup(in: Engine.root(of: runtime), GroupOptions())
try unsafe spawn("patient", patient)
try unsafe spawn("hasty", hasty)
var joining = JoinOptions()
unsafe joining.join = joined
try Engine.join(group, 0, joining)
_ = try Engine.run(runtime)
_ = try Engine.close(runtime, CloseOptions())
