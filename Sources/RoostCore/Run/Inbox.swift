internal import CShim

/// What reaches a runtime from other threads (C14). Its memory is pooled and never given back to
/// the system, so any thread may lock it at any time, whatever has become of the runtime.
///
/// What is asked of a node, a wait or a primitive needs no memory (C14c, C15): it is written into a
/// column beside the row, and the row is linked into the list. That column is guarded by the mutex,
/// as is all here that is not said to be read without it; the row itself is not touched. An entry
/// has the generation that was asked for, and does nothing where the row has another by the time
/// the runtime's thread looks at it (C14a).
@safe
struct Inbox {
  var mutex: shim_mutex
  /// Something was asked or posted since the runtime's thread has looked. Read without the mutex.
  var hasMail: UInt32
  /// The node whose step runs, 0 for none, and since when (O3). Only the runtime's thread writes
  /// them; both are read without the mutex.
  var current: Slot
  var since: UInt64
  /// The runtime, until it goes.
  var runtime: UnsafeMutableRawPointer?
  var takesPosts: Bool
  /// What is asked and posted, in order.
  var first: Asked
  var last: Asked
  var count: UInt32
  /// The next in the pool.
  var next: InboxPointer?
}

typealias InboxPointer = UnsafeMutablePointer<Inbox>

/// The inboxes that no runtime has, under the process-wide lock.
enum InboxPool {
  nonisolated(unsafe) private static var free: InboxPointer? = nil
  /// When that list was begun. One from before a fork may have been locked by a thread that the
  /// child does not have (S8b).
  nonisolated(unsafe) private static var epoch: UInt32 = 0

  /// An inbox; nil without memory.
  static func take() -> InboxPointer? {
    shim_lock()
    defer { shim_unlock() }
    if unsafe epoch != shim_fork_epoch() { unsafe (free, epoch) = (nil, shim_fork_epoch()) }
    if let inbox = unsafe free {
      unsafe free = inbox.pointee.next
      return unsafe inbox
    }
    // All zero is an inbox that is closed.
    return unsafe shim_alloc(MemoryLayout<Inbox>.size)?.assumingMemoryBound(to: Inbox.self)
  }

  static func give(_ inbox: InboxPointer) {
    shim_lock()
    defer { shim_unlock() }
    unsafe inbox.pointee.next = free
    unsafe free = inbox
  }
}

extension Inbox {
  static func lock(_ inbox: InboxPointer) { unsafe shim_mutex_lock(&inbox.pointee.mutex) }
  static func unlock(_ inbox: InboxPointer) { unsafe shim_mutex_unlock(&inbox.pointee.mutex) }

  /// There is something to look at: the loop is woken, once for many (C14).
  mutating func ring(_ runtime: Runtime) {
    guard hasMail == 0 else { return }
    unsafe shim_store32(&hasMail, 1)
    runtime.state.loop.wakeUp()
  }

  mutating func append(_ asked: Asked) {
    asked.ask[].next = .none
    if first == .none { first = asked } else { last.ask[].next = asked }
    last = asked
    count += 1
  }

  mutating func pop() -> (asked: Asked, generation: UInt32) {
    let asked = first
    let ask = asked.ask
    first = ask[].next
    count -= 1
    let generation = ask[].generation
    ask[].generation = 0
    return (asked, generation)
  }
}

extension Runtime {
  @inline(__always)
  var inbox: InboxPointer { unsafe state.inbox }

  /// Says to other threads whose step runs (O3).
  @inline(__always)
  func show(_ node: Slot) { unsafe shim_store32(&state.inbox.pointee.current, node) }

  /// Whether another thread has asked or posted something: one load (K7).
  @inline(__always)
  var hasMail: Bool { unsafe shim_load32(&state.inbox.pointee.hasMail) != 0 }

  /// Nothing reaches the runtime any more.
  func closeInbox() {
    unsafe Inbox.lock(inbox)
    unsafe inbox.pointee.runtime = nil
    unsafe shim_store32(&inbox.pointee.current, 0)
    while unsafe inbox.pointee.count > 0 { _ = unsafe inbox.pointee.pop() }
    unsafe Inbox.unlock(inbox)
  }

  func openInbox() {
    unsafe Inbox.lock(inbox)
    unsafe inbox.pointee.runtime = raw
    unsafe inbox.pointee.takesPosts = true
    unsafe shim_store32(&inbox.pointee.hasMail, 0)
    unsafe (inbox.pointee.first, inbox.pointee.last) = (.none, .none)
    unsafe Inbox.unlock(inbox)
  }
}
