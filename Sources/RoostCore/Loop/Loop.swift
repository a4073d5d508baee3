internal import CShim
internal import CUV

/// Every call of libuv that the engine makes, each in one thin function. A runtime has five handles
/// on its loop: an idle handle, active while something is ready, for without one libuv's
/// poll would block; a timer for the nearest deadline; a prepare handle, which arms the timer
/// before each poll and, referenced, keeps the loop going (S8); an async handle for other threads;
/// and a check handle, which sees what is being closed.
@safe
struct Loop {
  let loop: UnsafeMutablePointer<uv_loop_t>
  let isOwn: Bool
  /// The memory of the handles, which is one piece.
  private let memory: UnsafeMutableRawPointer
  private let idle: UnsafeMutablePointer<uv_idle_t>
  private let timer: UnsafeMutablePointer<uv_timer_t>
  private let prepare: UnsafeMutablePointer<uv_prepare_t>
  private let async: UnsafeMutablePointer<uv_async_t>
  private let check: UnsafeMutablePointer<uv_check_t>

  var raw: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(loop) }

  /// Gets the memory, and a loop where none is lent; `start` puts the handles on it.
  init(borrowing borrowed: UnsafeMutableRawPointer?) throws(Failure) {
    isOwn = unsafe borrowed == nil
    let timerOffset = Loop.room(UV_IDLE)
    let prepareOffset = timerOffset + Loop.room(UV_TIMER)
    let asyncOffset = prepareOffset + Loop.room(UV_PREPARE)
    let checkOffset = asyncOffset + Loop.room(UV_ASYNC)
    let memory = unsafe shim_alloc(checkOffset + Loop.room(UV_CHECK))
    let loop = unsafe borrowed ?? shim_alloc(uv_loop_size())
    guard let memory = unsafe memory, let loop = unsafe loop else {
      unsafe shim_free(memory)
      if isOwn { unsafe shim_free(loop) }
      throw Failure(.noMemory, nil, "no memory for the runtime's handles")
    }
    unsafe self.memory = memory
    unsafe self.loop = loop.assumingMemoryBound(to: uv_loop_t.self)
    unsafe idle = memory.assumingMemoryBound(to: uv_idle_t.self)
    unsafe timer = (memory + timerOffset).assumingMemoryBound(to: uv_timer_t.self)
    unsafe prepare = (memory + prepareOffset).assumingMemoryBound(to: uv_prepare_t.self)
    unsafe async = (memory + asyncOffset).assumingMemoryBound(to: uv_async_t.self)
    unsafe check = (memory + checkOffset).assumingMemoryBound(to: uv_check_t.self)
    guard isOwn else { return }
    let code = unsafe uv_loop_init(self.loop)
    guard code == 0 else {
      unsafe shim_free(memory)
      unsafe shim_free(loop)
      throw Failure(Status(code), nil, "libuv could not make a loop")
    }
  }

  /// Puts the handles on the loop. The first async handle of a loop needs descriptors; the others
  /// are only linked, which cannot fail.
  func start(_ runtime: Runtime) -> Status {
    let code = unsafe uv_async_init(loop, async) {
      unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).mailCame()
    }
    guard code == 0 else { return Status(code) }
    unsafe async.pointee.data = runtime.raw
    unsafe uv_idle_init(loop, idle)
    unsafe uv_timer_init(loop, timer)
    unsafe uv_prepare_init(loop, prepare)
    unsafe idle.pointee.data = runtime.raw
    unsafe timer.pointee.data = runtime.raw
    unsafe prepare.pointee.data = runtime.raw
    unsafe uv_check_init(loop, check)
    unsafe check.pointee.data = runtime.raw
    // libuv calls those first that were started last: so it sees what the program's have closed.
    unsafe uv_check_start(check) {
      unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).afterPoll()
    }
    unsafe uv_unref(handle(check))
    unsafe uv_prepare_start(prepare) {
      unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).beforePoll()
    }
    unsafe uv_unref(handle(prepare))
    unsafe uv_unref(handle(timer))
    unsafe uv_unref(handle(async))
    return .ok
  }

  /// From any thread, while the handle is open: many of these are one call of `mailCame`.
  func wakeUp() { unsafe uv_async_send(async) }

  /// When this turn of the loop began, on uv_hrtime's clock, to the millisecond.
  var turnTime: UInt64 { unsafe uv_now(loop) &* 1_000_000 }

  /// Has every turn of the loop come by at `Runtime.turn`, and not block in its poll.
  func wantTurns() {
    unsafe uv_idle_start(idle) { unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).turn() }
  }
  func wantNoTurns() { unsafe uv_idle_stop(idle) }

  func hold() { unsafe uv_ref(handle(prepare)) }
  func letGo() { unsafe uv_unref(handle(prepare)) }

  /// Wakes the loop at a time on uv_hrtime's clock, or not before (libuv counts milliseconds).
  func arm(_ instant: UInt64) {
    let due = instant / 1_000_000 &+ (instant % 1_000_000 == 0 ? 0 : 1)
    let now = unsafe uv_now(loop)
    unsafe uv_timer_start(
      timer, { unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).timerFired() },
      due > now ? due - now : 0, 0)
  }
  func disarm() { unsafe uv_timer_stop(timer) }

  static func now() -> UInt64 { uv_hrtime() }

  /// When the loop last looked at its clock, which is uv_hrtime's.
  @inline(__always)
  var milliseconds: UInt64 { unsafe uv_now(loop) }

  static var process: UInt64 { UInt64(uv_os_getpid()) }

  /// What one of libuv's codes means; nil for a code that it does not know.
  static func text(_ code: Int32) -> UnsafePointer<CChar>? {
    // For an unknown code uv_strerror would leak; its name is then "Unknown system error ...".
    var name = InlineArray<64, CChar>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &name) {
      _ = unsafe uv_err_name_r(
        code, UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self), 64)
    }
    return unsafe name[1] == CChar(UInt8(ascii: "n")) ? nil : uv_strerror(code)
  }

  /// Has `runOnce` come back without waiting.
  func stop() { unsafe uv_stop(loop) }

  func runOnce() { unsafe uv_run(loop, UV_RUN_ONCE) }

  /// Whether anything but ours keeps the loop going. The idle handle is stopped, the prepare handle
  /// not referenced.
  var isAliveWithoutUs: Bool { unsafe uv_loop_alive(loop) != 0 }

  /// Takes the handles off the loop; `Runtime.handleClosed` is called for each.
  func close() {
    let closed: uv_close_cb = {
      unsafe Runtime(raw: $0.unsafelyUnwrapped.pointee.data).handleClosed()
    }
    unsafe uv_close(handle(idle), closed)
    unsafe uv_close(handle(timer), closed)
    unsafe uv_close(handle(prepare), closed)
    unsafe uv_close(handle(async), closed)
    unsafe uv_close(handle(check), closed)
  }
  static var handles: Int { 5 }

  /// Frees the handles, when they are closed, and an own loop. BUSY where the program has left
  /// handles of its own on that: it stays, for their sake.
  func free() -> Status {
    unsafe shim_free(memory)
    guard isOwn else { return .ok }
    let code = unsafe uv_loop_close(loop)
    if code == 0 { unsafe shim_free(loop) }
    return Status(code)
  }

  /// The size that this libuv gives its handles, which may be another than its header's.
  static func room(_ type: uv_handle_type) -> Int { (uv_handle_size(type) + 15) & ~15 }

  func handle<T>(_ pointer: UnsafeMutablePointer<T>) -> UnsafeMutablePointer<uv_handle_t> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: uv_handle_t.self)
  }
}
