/// Names a node or a wait in the ready queue and among the deadlines: a slot of 28 bits with a
/// mark.
struct Reference: Equatable {
  let number: UInt32

  static let none = Reference(number: 0)

  private static let waitMark: UInt32 = 1 << 31
  private static let markShift: UInt32 = 28

  /// What is due, of those that are among the deadlines.
  enum Mark: UInt32 {
    case deadline = 0
    /// A cancelled node's grace is over (C11).
    case passing = 1
    /// A shield's is.
    case holding = 2
    /// A shutdown's patience is (C12).
    case patience = 3
    case wait = 8
  }

  @inline(__always)
  init(number: UInt32) { self.number = number }
  @inline(__always)
  init(node: Slot) { number = node }
  @inline(__always)
  init(wait: Slot) { number = wait | Reference.waitMark }
  init(node: Slot, _ mark: Mark) { number = node | mark.rawValue << Reference.markShift }

  var mark: Mark { Mark(rawValue: number >> Reference.markShift) ?? .deadline }

  @inline(__always)
  var isWait: Bool { number & Reference.waitMark != 0 }
  @inline(__always)
  var slot: Slot { number & Handle.slotMask }
}

/// What is to be looked at next, first in, first out (S1). Linked through the rows themselves, so
/// that putting something in needs no memory (C15). A row is in it at most once.
struct ReadyQueue {
  private(set) var first = Reference.none
  private(set) var last = Reference.none

  @inline(__always)
  var isEmpty: Bool { first == .none }

  /// Puts in what is in no queue.
  @inline(__always)
  mutating func push(_ reference: Reference) {
    setLink(reference, .none)
    append(reference)
  }

  /// The same for a row whose link is none already.
  @inline(__always)
  mutating func append(_ reference: Reference) {
    if last == .none { first = reference } else { setLink(last, reference) }
    last = reference
  }

  @inline(__always)
  mutating func pop() -> Reference {
    let reference = first
    pop(
      before: reference.isWait ? waits[reference.slot].readyLink : nodes[reference.slot].readyLink)
    return reference
  }

  /// Takes out the first; the next after it is given.
  @inline(__always)
  mutating func pop(before next: Reference) {
    first = next
    if next == .none { last = .none }
  }

  @inline(__always)
  private func setLink(_ reference: Reference, _ next: Reference) {
    if reference.isWait {
      waits[reference.slot].readyLink = next
    } else {
      nodes[reference.slot].readyLink = next
    }
  }
}
