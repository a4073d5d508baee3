/// What a dump says of a wait, whatever the format.
struct WaitSight {
  let kind: Wait.Kind
  let state: Wait.State
  let isTakenBack: Bool
  /// When it began, on the runtime's clock.
  let since: UInt64
  /// When it ends by itself; nil for never.
  var until: UInt64? = nil
  /// What it waits for, where that has a handle: for whose end or start, at what it is queued.
  var subject = Handle.none
  /// Of a lock: the node that owns it.
  var owner = Handle.none
  /// Of a limiter: the permits taken, and all. Of a channel: the items in it, and its room.
  var used: (count: UInt64, capacity: UInt64)? = nil
  /// Of a signal or a descriptor, its number; of a child, its process id.
  var number: UInt64? = nil
}

extension Runtime {
  func sight(wait: Slot) -> WaitSight {
    let (kind, subject) = (waits[wait].kind, waits[wait].subject)
    var sight = WaitSight(
      kind: kind, state: waits[wait].state, isTakenBack: waits[wait].isTakenBack,
      since: since(wait))
    // A node, or what stands in its place, is named only as long as the wait is linked to it.
    switch kind {
    case .park, .connect, .accept, .read, .write, .close, .call, .names, .file: break
    case .after:
      if waits[wait].timer != 0 {
        sight.until = state.timers.deadline(waits[wait].timer)
      } else if waits[wait].inReadyQueue {
        sight.until = sight.since
      }
    case .end:
      if subject != 0 { sight.subject = handle(subject) }
    case .start:
      if sight.state == .starting, nodes[subject].first != 0 {
        sight.subject = handle(nodes[subject].first)
      }
    case .event, .permit, .lock, .condition, .send, .receive:
      if subject != 0 { look(at: subject, for: &sight) }
    case .signal: sight.number = primitives[subject].capacity
    case .process: sight.number = child(of: wait).map { UInt64($0[].pid) }
    case .readable, .writable: sight.number = UInt64(subject)
    }
    return sight
  }

  private func look(at primitive: Slot, for sight: inout WaitSight) {
    sight.subject = handle(primitive: primitive)
    switch primitives[primitive].kind {
    case .lock:
      let owner = primitives[primitive].owner
      if owner != 0 { sight.owner = handle(owner) }
    case .limiter, .channel:
      sight.used = (primitives[primitive].count, primitives[primitive].capacity)
    default: break
    }
  }

  /// When a wait began: on the real clock the loop's time was noted, in milliseconds.
  private func since(_ wait: Slot) -> UInt64 {
    state.isVirtual ? waits[wait].since : waits[wait].since &* 1_000_000
  }

  /// What is noted of the time when a wait begins: on the real clock without asking the system.
  @inline(__always)
  func roughNow() -> UInt64 { state.isVirtual ? state.virtualNow : state.loop.milliseconds }
}
