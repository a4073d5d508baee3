// Waits for what libuv's pool does: a call, a name, a request of the file functions. A mark, or
// taking the wait back, takes back a request that the pool has not begun (C6a). One that it has
// goes on, is waited for, and keeps its result (C4a, S6). Either way its callback comes, and only
// that ends the wait.

extension Engine {
  /// A wait in a node, to which its request is added by `requestBegun`, if it is still waiting: in
  /// a cancelled node none is to be begun (C3a).
  static func beginRequest(
    _ kind: Wait.Kind, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> (Runtime, Slot) {
    let (runtime, node) = try find(handle, .node)
    let wait = try unsafe runtime.beginWait(in: node, kind, done, data, drop)
    unsafe transfers[wait].item = nil
    runtime.checkBegun(wait)
    return (runtime, wait)
  }
}

extension Runtime {
  /// From here on the virtual clock stands still for it (D4).
  func requestBegun(_ request: UnsafeMutableRawPointer, for wait: Slot) {
    unsafe transfers[wait].item = request
    state.working += 1
  }

  /// The turn of a wait that was taken.
  func stopPooled(_ wait: Slot) {
    guard let request = unsafe transfers[wait].item else { return deliver(wait, waits[wait].code) }
    waits[wait].state = .aborting
    unsafe Loop.cancel(request)
  }

  /// From the loop: a request has ended, with its result, or, nil, because it was taken back.
  func requestEnded(_ wait: Slot, _ code: Int32?) {
    unsafe transfers[wait].item = nil
    state.working -= 1
    // What a call has asked or posted comes before its end.
    if hasMail { takeMail() }
    let taken = waits[wait].state == .waiting ? Status.cancelled.code : waits[wait].code
    complete(wait, code ?? taken)
  }
}
