internal import CShim

// A trace (O2): every node's life, as text in the Trace Event format, which Perfetto and
// chrome://tracing open. A node that is traced has a flag, which is inherited (`Node.Flags.traced`)
// and looked at only where other uncommon flags are: so a trace that is off costs nothing. Events
// are put into memory where they happen; the program's function is given them at the end of a turn.

/// One trace, from its start until its last piece was written. It is its runtime's until it is
/// stopped; from inside its own function, it is finished when that has returned.
@safe
struct Trace: ~Copyable {
  let write: WriteFunction
  let data: UnsafeMutableRawPointer?
  let drop: DropFunction?
  /// The process, or 0 on the virtual clock, where a program has the same trace in each run but
  /// for the handles.
  let process: UInt64
  var text: TraceText
  /// Takes the place of the text while that is being written.
  var spare: TraceText
  /// Events for which there was no memory.
  var lost: UInt64 = 0
  var isWriting = false
  /// It was stopped inside its function.
  var isOver = false

  /// So much is written at a time, or more; so much memory is got at first; so much is kept.
  static let piece = 64 * 1024
  static let begun = 2 * piece
  static let kept = 16 * piece
}

typealias TracePointer = UnsafeMutablePointer<Trace>

extension Engine {
  /// Begins a trace. What is alive begins in it now.
  public static func startTrace(
    of handle: Handle, _ write: @escaping WriteFunction, _ data: UnsafeMutableRawPointer?,
    _ drop: DropFunction?
  ) throws(Failure) {
    let runtime = try findRuntime(handle)
    guard unsafe runtime.state.trace == nil else {
      throw Failure(.done, handle, "has a trace; stop that first")
    }
    guard !nodes[runtime.state.root].state.isGone else {
      throw Failure(.closed, handle, "has ended; trace it from its beginning on")
    }
    guard let trace = unsafe Trace.new(write, data, drop, isVirtual: runtime.state.isVirtual)
    else { throw Failure(.noMemory, handle, "no memory for a trace") }
    unsafe runtime.state.trace = trace
    runtime.traceBeginning()
  }

  /// Ends the trace of a runtime; ALREADY where there is none. Inside its own function, the last
  /// piece comes when that has returned.
  public static func stopTrace(of handle: Handle) throws(Failure) -> Status {
    let runtime = try findRuntime(handle)
    guard unsafe runtime.state.trace != nil else { return .already }
    runtime.stopTrace()
    return .ok
  }
}

extension Runtime {
  /// At the end of a turn, when there is enough: no call of the program's is under way then. The
  /// function may call anything; what it makes happen is for the next piece.
  @inline(never)
  func writeTrace() {
    guard let trace = unsafe state.trace, unsafe trace.pointee.text.count >= Trace.piece else {
      return
    }
    unsafe trace.pointee.isWriting = true
    unsafe swap(&trace.pointee.text, &trace.pointee.spare)
    unsafe trace.pointee.pass(trace.pointee.spare)
    unsafe trace.pointee.spare.clear(keeping: Trace.kept)
    unsafe trace.pointee.isWriting = false
    if unsafe trace.pointee.isOver { unsafe Trace.finish(trace) }
  }

  /// What is alive ends in the trace, and the trace is finished: nothing of the runtime is touched
  /// after its last piece was written. Does nothing where there is none.
  func stopTrace() {
    guard let trace = unsafe state.trace else { return }
    traceEnding()
    unsafe state.trace = nil
    unsafe trace.pointee.isOver = true
    if unsafe !trace.pointee.isWriting { unsafe Trace.finish(trace) }
  }
}

extension Trace {
  /// nil without memory.
  fileprivate static func new(
    _ write: @escaping WriteFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?,
    isVirtual: Bool
  ) -> TracePointer? {
    guard let text = TraceText(capacity: begun) else { return nil }
    guard let spare = TraceText(capacity: begun) else {
      text.free()
      return nil
    }
    guard let memory = unsafe shim_alloc(MemoryLayout<Trace>.size) else {
      text.free()
      spare.free()
      return nil
    }
    let trace = unsafe memory.bindMemory(to: Trace.self, capacity: 1)
    unsafe trace.initialize(
      to: Trace(
        write: write, data: data, drop: drop, process: isVirtual ? 0 : Loop.process, text: text,
        spare: spare))
    return unsafe trace
  }

  fileprivate func pass(_ text: TraceText) {
    unsafe write(text.start, UInt64(text.count), data)
  }

  /// The last piece, the drop, and the memory.
  fileprivate static func finish(_ trace: TracePointer) {
    unsafe trace.pointee.pass(trace.pointee.text)
    let (drop, data) = unsafe (trace.pointee.drop, trace.pointee.data)
    unsafe trace.pointee.text.free()
    unsafe trace.pointee.spare.free()
    unsafe trace.deinitialize(count: 1)
    unsafe shim_free(trace)
    unsafe drop?(data)
  }
}
