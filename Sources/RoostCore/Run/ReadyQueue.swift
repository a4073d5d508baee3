/// Names a node, a wait, a post or a primitive in the ready queue, and a node or a wait among the
/// deadlines: a slot of 28 bits with a mark. Its highest bit is not set for nodes.
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
    case post = 12
    case primitive = 13
  }

  @inline(__always)
  init(number: UInt32) { self.number = number }
  @inline(__always)
  init(node: Slot) { number = node }
  @inline(__always)
  init(wait: Slot) { number = wait | Reference.waitMark }
  init(node: Slot, _ mark: Mark) { number = node | mark.rawValue << Reference.markShift }
  init(post: Slot) { number = post | Mark.post.rawValue << Reference.markShift }
  init(primitive: Slot) { number = primitive | Mark.primitive.rawValue << Reference.markShift }

  var mark: Mark { Mark(rawValue: number >> Reference.markShift) ?? .deadline }

  @inline(__always)
  var isNode: Bool { number & Reference.waitMark == 0 }
  @inline(__always)
  var isWait: Bool { number >> Reference.markShift == Mark.wait.rawValue }
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
    reference.setLink(.none)
    append(reference)
  }

  /// The same for a row whose link is none already.
  @inline(__always)
  mutating func append(_ reference: Reference) {
    if last == .none { first = reference } else { last.setLink(reference) }
    last = reference
  }

  @inline(__always)
  mutating func pop() -> Reference {
    let reference = first
    pop(before: reference.link)
    return reference
  }

  /// Takes out the first; the next after it is given.
  @inline(__always)
  mutating func pop(before next: Reference) {
    first = next
    if next == .none { last = .none }
  }
}

extension Reference {
  /// The next in the ready queue.
  @inline(__always)
  var link: Reference {
    if isNode { return nodes[slot].readyLink }
    return isWait ? waits[slot].readyLink : rareLink
  }

  private var rareLink: Reference {
    mark == .post ? posts[slot].readyLink : primitives[slot].readyLink
  }

  @inline(__always)
  fileprivate func setLink(_ next: Reference) {
    if isNode {
      nodes[slot].readyLink = next
    } else if isWait {
      waits[slot].readyLink = next
    } else {
      setRareLink(next)
    }
  }

  private func setRareLink(_ next: Reference) {
    if mark == .post {
      posts[slot].readyLink = next
    } else {
      primitives[slot].readyLink = next
    }
  }
}
