internal import CShim

// Connects and writes: requests that libuv cannot take back, but by closing their handle (S7). What
// is kept of one stands behind libuv's request, in memory that lives until its callback.

/// A request that libuv has.
@safe
struct StreamRequest {
  let wait: Slot
  let handle: UnsafeMutableRawPointer
  let closesOnCancel: Bool
  let keepsOpen: Bool
  /// Of a write in a node with a bounded grace: its end is an entry of the deadline queue, or one
  /// that is reserved (C15).
  var hasTimer = false
  /// The grace is over.
  var isLate = false
  /// Of a write: the memory of libuv's request, what it writes, and how much that is.
  var request: UnsafeMutableRawPointer
  var isWrite = false
  var buffers: UnsafeMutableRawPointer
  var bufferCount = 0
  var total: UInt64 = 0
  /// What went through before; and of this, when it was seen that its handle is being closed.
  var written: UInt64 = 0
  var isMeasured = false
  var count: UnsafeMutablePointer<UInt64>? = nil

  /// Memory for a request, this behind it, and room for buffers behind that; nil without memory.
  static func make(
    _ wait: Slot, _ handle: UnsafeMutableRawPointer, _ options: StreamOptions, room: Int,
    extra: Int = 0
  ) -> Place<StreamRequest>? {
    let size = room + MemoryLayout<StreamRequest>.stride
    guard let memory = unsafe shim_alloc(size + extra) else { return nil }
    let place = unsafe at(memory + room)
    unsafe place.pointer.initialize(
      to: StreamRequest(
        wait: wait, handle: handle, closesOnCancel: options.closesOnCancel,
        keepsOpen: options.keepsOpen, request: memory, buffers: memory + size))
    return place
  }

  fileprivate static func at(_ raw: UnsafeMutableRawPointer) -> Place<StreamRequest> {
    unsafe Place(raw.assumingMemoryBound(to: StreamRequest.self))
  }

  /// That of a wait; nil where there is none.
  fileprivate static func of(_ wait: Slot) -> Place<StreamRequest>? {
    unsafe transfers[wait].item.map { unsafe at($0) }
  }

  /// From libuv.
  static func ended(_ raw: UnsafeMutableRawPointer, _ code: Int32) {
    let request = unsafe at(raw)
    let wait = request[].wait
    let runtime = Runtime.runtime(of: wait)
    if request[].isWrite { request[].tellCount(code) }
    if let known = unsafe HandleTable.find(request[].handle), unsafe known.pointee.writer == wait {
      unsafe known.pointee.writer = 0
      unsafe HandleTable.forgetIfIdle(known)
    }
    unsafe transfers[wait].item = nil
    runtime.giveTimer(of: wait, request)
    unsafe shim_free(request[].request)
    runtime.complete(wait, outcome(of: wait, code))
  }

  /// Closing its handle has ended it: that was for the sake of the wait, or somebody else's doing.
  private static func outcome(of wait: Slot, _ code: Int32) -> Int32 {
    guard code == Status.cancelled.code else { return code }
    return waits[wait].state == .waiting ? Status.closed.code : waits[wait].code
  }

  /// The handle of a write is being closed: what libuv will not write any more is known now.
  static func measure(_ wait: Slot) {
    of(wait)?[].measure()
  }

  fileprivate mutating func measure() {
    guard isWrite, !isMeasured else { return }
    isMeasured = true
    written = unsafe total - Loop.unwritten(request, of: buffers, bufferCount)
  }

  private mutating func tellCount(_ code: Int32) {
    if code == 0 { written = total } else { measure() }
    unsafe count?.pointee += written
  }
}

extension Runtime {
  /// A wait that was taken, or whose grace is over since. It ends when its request does.
  func stopRequest(of wait: Slot) {
    // None was begun (C3a).
    guard let request = StreamRequest.of(wait) else { return deliver(wait, waits[wait].code) }
    waits[wait].state = .aborting
    if request[].keepsOpen { return }
    let node = waits[wait].node
    let isLate = request[].isLate || nodes[node].flags.contains(.unsheltered)
    if request[].closesOnCancel || isLate { return closeHandle(of: request) }
    guard request[].hasTimer, waits[wait].timer == 0 else { return }
    let since = nodes[node].flags.contains(.cancelled) ? sinces[node] : now()
    let (end, overflow) = since.addingReportingOverflow(shelters[node].grace)
    if overflow || end >= UInt64(Int64.max) { return }
    guard end > now() else { return closeHandle(of: request) }
    waits[wait].timer = state.timers.insertReserved(end, Reference(wait: wait))
  }

  private func closeHandle(of request: Place<StreamRequest>) {
    request[].measure()
    unsafe Loop.close(request[].handle)
  }

  /// From the queue of timers: the grace of a write that was cancelled is over.
  func graceOver(ofWrite wait: Slot) {
    state.timers.reserveAgain()
    hurry(wait)
  }

  /// No shield holds in a node any more, so no write does (C11).
  func hurryWrites(of node: Slot) {
    var wait = nodes[node].waits
    while wait != 0 {
      if waits[wait].kind == .write, waits[wait].state == .aborting { hurry(wait) }
      wait = waits[wait].next
    }
  }

  private func hurry(_ wait: Slot) {
    guard let request = StreamRequest.of(wait) else { return }
    request[].isLate = true
    push(Reference(wait: wait))
  }

  /// Whether a write has an entry of the deadline queue reserved that is not in use.
  func hasReservedTimer(_ wait: Slot) -> Bool {
    waits[wait].timer == 0 && StreamRequest.of(wait)?[].hasTimer ?? false
  }

  func giveTimer(of wait: Slot, _ request: Place<StreamRequest>) {
    guard request[].hasTimer else { return }
    if waits[wait].timer == 0 {
      state.timers.unreserve(1)
    } else {
      state.timers.remove(waits[wait].timer)
      waits[wait].timer = 0
    }
  }
}
