internal import CShim

// Waits for a function on a thread of libuv's pool (S2): what a blocking task is, without the task.

/// What a thread is given to do by a wait.
public typealias CallFunction =
  @convention(c) (
    _ node: UInt64, _ data: UnsafeMutableRawPointer?
  ) -> Int32

/// A call that was given to the pool. Its request lies in front of it.
@safe
struct Call {
  let runtime: Runtime
  let wait: Slot
  let run: CallFunction
  let node: Handle
  let data: UnsafeMutableRawPointer?
  /// What it has answered. The thread of the pool writes it.
  var code: Int32 = 0
}

extension Engine {
  /// Calls a function on a thread of the pool, and waits in a node until it has returned.
  @discardableResult
  public static func onCall(
    _ run: @escaping CallFunction, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, wait) = try unsafe beginRequest(.call, in: handle, done, data, drop)
    if waits[wait].state == .waiting {
      guard let memory = unsafe shim_alloc(Loop.workRoom + MemoryLayout<Call>.size) else {
        runtime.forget(wait)
        throw Failure(.noMemory, handle, "no memory for a call in it")
      }
      unsafe (memory + Loop.workRoom).initializeMemory(
        as: Call.self,
        to: Call(runtime: runtime, wait: wait, run: run, node: handle, data: data))
      unsafe runtime.state.loop.queue(call: memory)
      unsafe runtime.requestBegun(memory, for: wait)
    }
    return runtime.handle(wait: wait)
  }
}

extension Call {
  static func place(_ request: UnsafeMutableRawPointer) -> Place<Call> {
    unsafe Place((request + Loop.workRoom).assumingMemoryBound(to: Call.self))
  }

  /// On a thread of the pool.
  static func run(_ request: UnsafeMutableRawPointer) {
    let call = unsafe place(request)
    let (run, node, data) = unsafe (call[].run, call[].node, call[].data)
    call[].code = unsafe run(node.id, data)
  }

  /// On the loop's thread: it has returned, or was never made.
  static func returned(_ request: UnsafeMutableRawPointer, wasTakenBack: Bool) {
    let call = unsafe place(request)
    let (runtime, wait, code) = (call[].runtime, call[].wait, call[].code)
    unsafe shim_free(request)
    runtime.requestEnded(wait, wasTakenBack ? nil : code)
  }
}
