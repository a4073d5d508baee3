import Testing

@testable import RoostCore

struct NameTests {
  private func copied(_ string: String, from start: Int = 0) -> String {
    var bytes = InlineArray<64, UInt8>(repeating: UInt8(ascii: "x"))
    unsafe string.withCString { text in unsafe Name.copy(text, to: &bytes, from: start) }
    #expect(bytes[63] == 0)
    return text(bytes)
  }

  @Test(arguments: [0, 1, 62, 63])
  func `T4: what fits in 63 bytes is copied whole`(length: Int) {
    let name = String(repeating: "a", count: length)
    #expect(copied(name) == name)
  }

  @Test func `T4: what is longer is cut to 63 bytes`() {
    #expect(copied(String(repeating: "a", count: 64)).utf8.count == 63)
    #expect(copied(String(repeating: "a", count: 1000)).utf8.count == 63)
  }

  @Test(arguments: ["a", "é", "語", "🐓"])
  func `T4, C9: the cut is at a character, and as late as can be`(character: String) {
    let width = character.utf8.count
    for before in 0..<8 {
      let name = String(repeating: "-", count: before) + String(repeating: character, count: 64)
      let characters = (63 - before) / width
      #expect(copied(name) == String(name.prefix(before + characters)))
    }
  }

  @Test func `T4: a name that is cut ends where a character ends, also if none follows`() {
    let name = String(repeating: "a", count: 61) + "é"
    #expect(copied(name) == name)
    #expect(copied(String(repeating: "a", count: 62) + "é") == String(repeating: "a", count: 62))
  }

  @Test func `T4: what stands before the copied text stays, and counts`() {
    let long = String(repeating: "b", count: 100)
    #expect(copied("b", from: 3) == "xxxb")
    #expect(copied(long, from: 3) == "xxx" + String(repeating: "b", count: 60))
    #expect(copied(String(repeating: "é", count: 100), from: 3).utf8.count == 63)
    #expect(copied(String(repeating: "é", count: 100), from: 4).utf8.count == 62)
  }

  @Test func `T4: what is not UTF-8 is cut too, without going beyond the beginning`() {
    var bytes = InlineArray<64, UInt8>(repeating: UInt8(ascii: "x"))
    let continuations = [CChar](repeating: CChar(bitPattern: 0x80), count: 100) + [0]
    unsafe continuations.withUnsafeBufferPointer {
      unsafe Name.copy($0.baseAddress, to: &bytes, from: 2)
    }
    #expect(bytes[0] == UInt8(ascii: "x") && bytes[1] == UInt8(ascii: "x"))
    #expect(bytes[63] == 0)
  }

  @Test func `T4: without a text the name is empty`() {
    var bytes = InlineArray<64, UInt8>(repeating: UInt8(ascii: "x"))
    unsafe Name.copy(nil, to: &bytes)
    #expect(bytes.indices.allSatisfy { bytes[$0] == 0 })
    #expect(unsafe Name.empty[0] == 0)
  }
}
