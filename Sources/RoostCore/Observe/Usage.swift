/// What is made of a primitive, laid out as roost_usage.
public struct Usage {
  /// The size of the struct.
  public var size: UInt64
  /// How many wait for it; of a channel, to send.
  public var waiting: UInt64 = 0
  /// How many wait for an item.
  public var receiving: UInt64 = 0
  /// Permits that are taken, items that are there.
  public var count: UInt64 = 0
  /// All its permits, its room.
  public var capacity: UInt64 = 0
  /// The handle of the node that owns a lock; 0 for nobody.
  public var owner: UInt64 = 0
}

extension Engine {
  /// What is made of whatever primitive a handle names.
  public static func usage(of handle: Handle) throws(Failure) -> Usage {
    let kind = Kind(rawValue: handle.kindNumber) ?? .none
    guard kind.isPrimitive || kind == .none || kind == .signal else {
      throw Failure(.wrongKind, handle, "is nothing that others wait for in turn; pass what is")
    }
    // What is no handle at all is found out like a wrong event.
    let (runtime, primitive) = try find(handle, primitive: kind.isPrimitive ? kind : .event)
    return runtime.usage(of: primitive)
  }
}

extension Runtime {
  fileprivate func usage(of primitive: Slot) -> Usage {
    let it = primitives.row(primitive)
    var usage = Usage(size: UInt64(MemoryLayout<Usage>.size))
    (usage.count, usage.capacity) = (it[].count, it[].capacity)
    if it[].owner != 0 { usage.owner = handle(it[].owner).id }
    var wait = it[].waiting.first
    while wait != 0 {
      if waits[wait].kind == .receive { usage.receiving += 1 } else { usage.waiting += 1 }
      wait = WaitingLinks[next: wait]
    }
    return usage
  }
}
