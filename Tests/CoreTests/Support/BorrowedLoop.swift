import CUV
import Testing

/// A loop of the program's.
@safe
final class BorrowedLoop {
  private let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)

  init() { unsafe #expect(uv_loop_init(loop) == 0) }

  deinit { unsafe loop.deallocate() }

  var raw: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(loop) }
  var isAlive: Bool { unsafe uv_loop_alive(loop) != 0 }

  /// Turns it until nothing keeps it going.
  func run() { unsafe uv_run(loop, UV_RUN_DEFAULT) }

  /// Turns it once, without waiting.
  func turn() { unsafe uv_run(loop, UV_RUN_NOWAIT) }

  /// What libuv answers, 0 when nothing is left on it.
  func close() -> Int32 { unsafe uv_loop_close(loop) }
}
