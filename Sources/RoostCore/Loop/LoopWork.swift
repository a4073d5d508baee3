internal import CUV

extension Loop {
  /// The room that a request for libuv's pool needs, in front of what is said of it.
  static var workRoom: Int { (uv_req_size(UV_WORK) + 15) & ~15 }

  /// Has the pool call `Work.run` (S2); `Work.returned` is called on the loop's thread afterwards.
  /// Libuv cannot fail here. The request lies in front of the work.
  func queue(_ work: WorkPointer) {
    unsafe uv_queue_work(
      loop, Loop.request(of: work),
      { unsafe Work.run(Loop.work(of: $0.unsafelyUnwrapped)) },
      { unsafe Work.returned(Loop.work(of: $0.unsafelyUnwrapped), wasTakenBack: $1 != 0) })
  }

  /// Takes a request back that the pool has not begun (C6a); false where it has (S6).
  static func takeBack(_ work: WorkPointer) -> Bool {
    unsafe UnsafeMutableRawPointer(request(of: work))
      .withMemoryRebound(to: uv_req_t.self, capacity: 1) { unsafe uv_cancel($0) == 0 }
  }

  private static func request(of work: WorkPointer) -> UnsafeMutablePointer<uv_work_t> {
    unsafe (UnsafeMutableRawPointer(work) - workRoom).assumingMemoryBound(to: uv_work_t.self)
  }

  private static func work(of request: UnsafeMutablePointer<uv_work_t>) -> WorkPointer {
    unsafe (UnsafeMutableRawPointer(request) + workRoom).assumingMemoryBound(to: Work.self)
  }
}
