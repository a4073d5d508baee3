/// What a dump says of a node, whatever the format (O1). Its waits, its cleanups and what is
/// beneath it are read where they are linked.
@safe
struct NodeSight {
  let node: Slot
  let handle: Handle
  /// The word for it: a cleanup's task and the hidden group of a start are called what they are.
  let kind: StaticString
  let state: Node.State
  let isDaemon: Bool
  let isStopping: Bool
  /// When it will be cancelled by its deadline; by its shutdown; nil for never.
  var deadline: UInt64? = nil
  var patience: UInt64? = nil
  /// A timeout that begins with its first step.
  var timeout: Int64? = nil
  var shield = Shield.off
  /// When the shield will hold no more, as things stand.
  var shieldEnd: UInt64? = nil
  /// Of its own or around it; nil where it has no bound (C11).
  var grace: UInt64? = nil
  /// Of the cancellation that applies to it (C9), nil for none; and when that was.
  var reason: UnsafePointer<Reason>? = nil
  var cancelledSince: UInt64 = 0
  /// It was cancelled itself (C8).
  let isCancelCalled: Bool

  enum Shield {
    case off
    /// What is around it is not cancelled.
    case on
    /// What is around it is cancelled, and it does not see that.
    case holding
    /// Its grace is over (C11).
    case over
  }
}

extension Runtime {
  func sight(of node: Slot) -> NodeSight {
    let row = nodes.row(node)
    let flags = row[].flags
    var sight = unsafe NodeSight(
      node: node, handle: handle(node), kind: word(for: node), state: row[].state,
      isDaemon: row[].kind == .task && flags.contains(.background),
      isStopping: flags.contains(.stopping), isCancelCalled: flags.contains(.cancelCalled))
    if flags.contains(.detailed) { addTimes(of: node, to: &sight) }
    if flags.contains(.shielded) {
      sight.shield = flags.contains(.parentCancelled) ? .holding : .on
    } else if row[].rare.contains(.overrun) {
      sight.shield = .over
    }
    if flags.contains(.graced) {
      sight.grace = shelters[node].grace
      let holding = shelters[node].holding
      if holding != 0 { sight.shieldEnd = state.timers.deadline(holding) }
    }
    if flags.contains(.cancelled) {
      unsafe sight.reason = reason(node)
      sight.cancelledSince = cancelTimes[source(of: node)]
    }
    return sight
  }

  private func word(for node: Slot) -> StaticString {
    if nodes[node].flags.contains(.cleanup) { return "cleanup" }
    let isHidden = nodes[node].kind == .group && nodes[node].rare.contains(.hidden)
    return isHidden ? "start" : nodes[node].kind.word
  }

  private func addTimes(of node: Slot, to sight: inout NodeSight) {
    let detail = details.place(node)
    if detail[].timer != 0 {
      let deadline = state.timers.deadline(detail[].timer)
      if deadline != .max { sight.deadline = deadline }
    }
    if detail[].patience != 0 { sight.patience = state.timers.deadline(detail[].patience) }
    if detail[].timeout != 0 { sight.timeout = detail[].timeout }
  }
}
