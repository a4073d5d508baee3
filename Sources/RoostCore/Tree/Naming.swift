internal import CShim

extension Name {
  /// What a cleanup without a name of its own is called, before its node's.
  static let cleanupOf: StaticString = "cleanup of "

  /// Copies a C string, cut to 63 bytes at a character of UTF-8 (T4, C9).
  static func copy(
    _ text: UnsafePointer<CChar>?, to bytes: inout InlineArray<64, UInt8>, from start: Int = 0
  ) {
    var length = start
    if let text = unsafe text {
      let all = unsafe strnlen(text, 64 - start)
      length = start + min(all, 63 - start)
      unsafe withUnsafeMutableBytes(of: &bytes) {
        _ = unsafe memcpy($0.baseAddress.unsafelyUnwrapped + start, text, length - start)
      }
      if start + all > 63 {
        // Cut inside a character, which has at most four bytes: it is left out whole. What is no
        // UTF-8 is cut where it is.
        var (end, next) = (length, unsafe UInt8(bitPattern: text[length - start]))
        while end > start, length - end < 4, next & 0xc0 == 0x80 {
          end -= 1
          next = bytes[end]
        }
        if next & 0xc0 != 0x80 { length = end }
      }
    }
    unsafe withUnsafeMutableBytes(of: &bytes) {
      _ = unsafe memset($0.baseAddress.unsafelyUnwrapped + length, 0, 64 - length)
    }
  }

  /// A C string that is always there.
  static var empty: UnsafePointer<CChar> { unsafe shim_empty() }
}

extension Runtime {
  func setName(_ node: Slot, _ text: UnsafePointer<CChar>?) {
    guard let text = unsafe text else { return }
    unsafe Name.copy(text, to: &names[node].bytes)
    nodes[node].flags.insert(.named)
  }

  /// The name of a node as a C string that lives as long as its row. A cleanup without one is named
  /// after its node, when it is first asked for.
  func name(_ node: Slot) -> UnsafePointer<CChar> {
    if isNamedAfterOwner(node) { nameAfterOwner(node) }
    guard nodes[node].flags.contains(.named) else { return unsafe Name.empty }
    return unsafe UnsafeRawPointer(names.pointer(node)).assumingMemoryBound(to: CChar.self)
  }

  private func isNamedAfterOwner(_ node: Slot) -> Bool {
    nodes[node].flags.intersection([.cleanup, .named]) == .cleanup
  }

  /// "cleanup of" for each cleanup up to a node that has a name; there is room for five.
  private func nameAfterOwner(_ node: Slot) {
    let words = Name.cleanupOf
    var (owner, length) = (node, 0)
    while isNamedAfterOwner(owner), length + words.utf8CodeUnitCount < 63 {
      for index in 0..<words.utf8CodeUnitCount {
        names[node].bytes[length + index] = unsafe words.utf8Start[index]
      }
      length += words.utf8CodeUnitCount
      owner = nodes[owner].parent
    }
    let isNamed = nodes[owner].flags.contains(.named)
    unsafe Name.copy(isNamed ? name(owner) : Name.empty, to: &names[node].bytes, from: length)
    nodes[node].flags.insert(.named)
  }
}

extension Engine {
  /// The name of a node, "" for none, as a C string that is valid until the node ends (T4).
  public static func name(of handle: Handle) throws(Failure) -> UnsafePointer<CChar> {
    let (runtime, node) = try find(handle, .node)
    return unsafe runtime.name(node)
  }

  /// The same for the sentence of an error: "" for whatever has no name to be read here.
  public static func nameIfAny(of handle: Handle) -> UnsafePointer<CChar> {
    guard let (runtime, node) = try? find(handle, .node) else { return unsafe Name.empty }
    return unsafe runtime.name(node)
  }
}
