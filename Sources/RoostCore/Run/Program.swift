internal import CShim

// A whole program in one fiber: a runtime that is closed when it ends.

extension Engine {
  /// Runs a fiber named "main" on a runtime of its own, and answers what `main` may return.
  public static func main(
    _ options: RuntimeOptions, _ run: @escaping StartFunction, _ data: UnsafeMutableRawPointer?
  ) throws(Failure) -> Int32 {
    guard unsafe options.loop == nil else {
      throw Failure(.invalid, nil, "loop is set; spawn a fiber into a runtime on that loop instead")
    }
    guard unsafe runningWorker == nil else {
      throw Failure(.order, nil, "a fiber runs already; spawn another into a group of it")
    }
    let handle = try openRuntime(options)
    let (root, runtime) = (try root(of: handle), try findRuntime(handle))
    var program = Program(runtime: handle)
    var main = unsafe FiberOptions(run: run)
    unsafe main.data = data
    unsafe main.common.name = shim_main_name()
    main.stackSize = options.root.stackSize == 0 ? 1 << 20 : options.root.stackSize
    return try unsafe withUnsafeMutablePointer(to: &program) { program throws(Failure) -> Int32 in
      // Whoever closes the runtime, this is told.
      unsafe runtime.state.closing.program = program
      do throws(Failure) {
        let task = try go(into: root, main, held: true)
        try unsafe onEnd(of: task, in: root, Program.mainEnded, program, nil)
      } catch {
        _ = try close(handle, CloseOptions())
        throw error
      }
      let status = try Engine.run(handle)
      return unsafe program.pointee.answer(status)
    }
  }
}

/// What is known of a program.
struct Program {
  let runtime: Handle
  /// What main has answered.
  var code: Int32 = 0
  var hasEnded = false
  var hasFailed = false

  /// The runtime goes with it.
  fileprivate static let mainEnded: WaitFunction = { _, code, data in
    let program = unsafe data.unsafelyUnwrapped.assumingMemoryBound(to: Program.self)
    unsafe program.pointee.code = code
    unsafe program.pointee.hasEnded = true
    _ = try? Engine.close(unsafe program.pointee.runtime, CloseOptions())
  }

  /// The runtime goes: says what has failed.
  mutating func ended(_ result: Result) {
    var error = unsafe result.errors
    while let one = unsafe error {
      hasFailed = true
      Program.say(unsafe one.pointee)
      unsafe error = one.pointee.next
    }
  }

  fileprivate static func say(_ error: ErrorRecord) {
    let code = Int32(truncatingIfNeeded: error.code)
    unsafe shim_say_error(error.name, code, error.message)
  }

  private static func sayOfMain(_ status: Status) {
    unsafe shim_say_error(shim_main_name(), status.code, nil)
  }

  fileprivate func answer(_ status: Status) -> Int32 {
    guard hasEnded, status != .deadlock else { return 1 }
    if code == Status.taskCancelled.code { Program.sayOfMain(.cancelled) }
    // Handles of its own are left on the loop.
    if status == .busy { Program.sayOfMain(.busy) }
    return code < 0 || hasFailed || status == .busy ? 1 : code
  }
}
