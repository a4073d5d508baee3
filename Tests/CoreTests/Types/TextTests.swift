import Testing

@testable import RoostCore

struct TextTests {
  private func made(_ script: Script = .plain, _ fill: (inout Text) -> Void) -> String {
    var text = Text(script)
    fill(&text)
    let isWhole = text.isWhole
    #expect(isWhole)
    let bytes = unsafe UnsafeRawBufferPointer(start: text.start, count: text.count)
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  private func escaped(_ bytes: [UInt8], _ script: Script) -> String {
    made(script) { text in
      let characters = bytes.map { CChar(bitPattern: $0) } + [0]
      unsafe characters.withUnsafeBufferPointer {
        if let start = $0.baseAddress { unsafe text.add(quoted: start) }
      }
    }
  }

  @Test func `A text grows as it needs to`() {
    let long = made { text in for _ in 0..<100_000 { text.add("0123456789") } }
    #expect(long == String(repeating: "0123456789", count: 100_000))
    #expect(made { _ in } == "")
  }

  @Test func `Numbers are whole`() {
    for number: UInt64 in [0, 9, 10, 99, 100, 12345, .max - 1, .max] {
      #expect(made { $0.add(number) } == "\(number)")
    }
    for number: Int64 in [.min, -10, -1, 0, 1, .max] {
      #expect(made { $0.add(signed: number) } == "\(number)")
    }
    #expect(made { $0.add(Handle(id: 0x1234_5678_9abc_def0)) } == "0x123456789abcdef0")
    #expect(made { $0.add(Handle(id: 1)) } == "0x0000000000000001")
  }

  @Test(
    arguments: [
      (0, "0 ns"), (999, "999 ns"), (1000, "1 µs"), (1500, "1.5 µs"), (999_999, "999.999 µs"),
      (8_005_000, "8.005 ms"), (1_000_000_000, "1 s"), (1_200_999_999, "1.2 s"),
      (3_600_010_000_000, "3600.01 s"),
    ] as [(UInt64, String)])
  func `Lengths of time are written for people`(length: UInt64, words: String) {
    #expect(made { $0.add(duration: length) } == words)
  }

  @Test func `T4: a name that is valid text stays as it is`() {
    for name in ["plain", "é", "語", "🐓", "", "a/b (c) <d>"] {
      #expect(escaped(Array(name.utf8), .plain) == "'\(name)'")
      #expect(escaped(Array(name.utf8), .dot) == "'\(name)'")
      #expect(escaped(Array(name.utf8), .json) == "\"\(name)\"")
    }
  }

  @Test func `O1: what would mean something to the reader is escaped`() {
    let name = Array("it's \"a\\b\"\n\t\u{1b}[1m\u{7f}\u{9b}& ;".utf8)
    #expect(escaped(name, .plain) == #"'it\'s "a\\b"\n\t\x1b[1m\x7f\xc2\x9b& ;'"#)
    #expect(escaped(name, .dot) == #"'it\\'s \"a\\\\b\"\\n\\t\\x1b[1m\\x7f\\xc2\\x9b&amp; ;'"#)
    let json = #""it's \"a\\b\"\u000a\u0009\u001b[1m\u007f"# + "\u{9b}& ;\""
    #expect(escaped(name, .json) == json)
  }

  @Test(
    arguments: [
      [0xff], [0x80], [0xc0, 0x80], [0xc3], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82],
      [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf0, 0x9f],
    ] as [[UInt8]])
  func `O1: each byte that is no UTF-8 is shown as one`(bytes: [UInt8]) {
    let hidden = bytes.map { "\\x" + String($0, radix: 16) }.joined()
    let slashed = hidden.replacing("\\", with: "\\\\")
    let lost = String(repeating: "\\ufffd", count: bytes.count)
    #expect(escaped([0x61] + bytes + [0x7a], .plain) == "'a\(hidden)z'")
    #expect(escaped([0x61] + bytes + [0x7a], .dot) == "'a\(slashed)z'")
    #expect(escaped([0x61] + bytes + [0x7a], .json) == "\"a\(lost)z\"")
  }
}
