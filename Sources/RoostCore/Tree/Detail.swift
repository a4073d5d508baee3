/// What only some tasks have: one cache line.
@safe
struct Detail {
  var onCancel: CancelFunction?
  var drop: DropFunction?
  /// The pointer that came with the outcome, and what frees it (L6).
  var result: UnsafeMutableRawPointer?
  var resultDrop: DropFunction?
  /// The message for an error (`explain`).
  var text: UnsafeMutablePointer<CChar>?
  /// A relative timeout, until the first step (D1).
  var timeout: Int64
  var timer: TimerQueue.Index
  /// The waits for its end.
  var watchers: List<WaitingLinks>
  /// When a shutdown's patience is over (C12).
  var patience: TimerQueue.Index
  /// What it owns (S3b).
  var locks: List<PartLinks>
}

/// What fewer tasks have, each part valid only while it is needed.
@safe
struct Extra {
  /// Its place among those that a limit holds back, while it is queued (L2).
  var queueNext: Slot
  var queuePrevious: Slot
  /// The error that collects what it left open, if it `leavesOpen` (G7).
  var unclosed: Slot
  /// The size of the stack that it `keepsStack` of, as a power of two.
  var keptStack: UInt8
  /// Of a cleanup that is a fiber: its stack is what its node keeps.
  var borrowsStack: Bool
}

/// What a node with a bounded grace has (C11). Both entries of the timer queue were reserved with
/// it, since no cancellation may need memory (C15).
@safe
struct Shelter {
  /// Its own, or that of what it was opened in.
  var grace: UInt64
  /// When its cancellation will pass the shields beneath it.
  var passing: TimerQueue.Index
  /// When its shield will hold no more.
  var holding: TimerQueue.Index
}

extension Detail {
  init() {
    (timeout, timer, patience) = (0, 0, 0)
    (watchers, locks) = (List(), List())
    unsafe (onCancel, drop, result, resultDrop, text) = (nil, nil, nil, nil, nil)
  }
}
