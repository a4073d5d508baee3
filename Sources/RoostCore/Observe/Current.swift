internal import CShim

/// What a runtime's thread is doing: `roost_step`.
public struct Step {
  /// The size of the struct.
  public var size: UInt64
  /// The handle of the node whose step runs; 0 for none.
  public var node: UInt64
  /// When the step began, or, where steps are not timed, the turn of the loop.
  public var since: UInt64
  /// The node's name, with its final 0.
  public var name: InlineArray<64, UInt8>
}

extension Engine {
  /// The step that a runtime runs at this moment (O3), from any thread.
  public static func current(_ handle: Handle) throws(Failure) -> Step {
    if let runtime = try findRuntimeOrAsk(handle) { return unsafe step(of: runtime.inbox) }
    return try unsafe withInbox(of: handle) { (inbox, _) throws(Failure) in
      unsafe step(of: inbox)
    }
  }

  /// The row of a node whose step runs may change while it is read, and its name with it: what was
  /// read counts only if the same step runs afterwards, in the same row.
  private static func step(of inbox: InboxPointer) -> Step {
    for _ in 0..<64 {
      let slot = unsafe shim_load32(&inbox.pointee.current)
      let since = unsafe shim_load64(&inbox.pointee.since)
      guard slot != 0 else { break }
      let seen = Glimpse(slot)
      var step = none
      step.since = since
      step.node = Handle(seen.kind, generation: seen.generation, slot: slot).id
      seen.copyName(to: &step.name)
      shim_fence()
      if unsafe shim_load32(&inbox.pointee.current) == slot, Glimpse(slot) == seen { return step }
    }
    return none
  }

  private static var none: Step {
    Step(
      size: UInt64(MemoryLayout<Step>.size), node: 0, since: 0,
      name: InlineArray<64, UInt8>(repeating: 0))
  }
}

/// A row as it looks to another thread.
private struct Glimpse: Equatable {
  let slot: Slot
  let generation: UInt32
  let kind: Kind
  let isNamed: Bool
  /// The node of a cleanup that has no name of its own; 0 for any other.
  let owner: Slot

  init(_ slot: Slot) {
    self.slot = slot
    unsafe generation = shim_load32(
      UnsafeRawPointer(Slab<Node>.row(slot)).assumingMemoryBound(to: UInt32.self))
    let row = unsafe Glimpse.peek(Slab<Node>.row(slot))
    kind = row.kind
    isNamed = row.flags.contains(.named)
    owner = row.flags.intersection([.cleanup, .named]) == .cleanup ? row.parent : 0
  }

  /// As `Runtime.name` has it, for one cleanup deep.
  func copyName(to bytes: inout InlineArray<64, UInt8>) {
    let named = owner == 0 ? self : Glimpse(owner)
    let name: Name? = named.isNamed ? unsafe Glimpse.peek(names.pointer(named.slot)) : nil
    let words: StaticString = owner == 0 ? "" : Name.cleanupOf
    for index in 0..<words.utf8CodeUnitCount { bytes[index] = unsafe words.utf8Start[index] }
    guard let name else { return }
    for index in words.utf8CodeUnitCount..<63 {
      bytes[index] = name.bytes[index - words.utf8CodeUnitCount]
    }
  }

  private static func peek<T>(_ place: UnsafeMutablePointer<T>) -> T {
    unsafe withUnsafeTemporaryAllocation(of: T.self, capacity: 1) {
      unsafe shim_peek($0.baseAddress.unsafelyUnwrapped, place, MemoryLayout<T>.size)
      return unsafe $0.baseAddress.unsafelyUnwrapped.pointee
    }
  }
}
