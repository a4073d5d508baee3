import Testing

@testable import RoostCore

struct TraceTextTests {
  /// What is written, in a text that has grown to take it.
  private func text(_ write: (inout Pen) -> Void) throws -> String {
    var text = try #require(TraceText(capacity: 8))
    defer { text.free() }
    let hasRoom = text.prepare(500)
    #expect(hasRoom)
    var pen = text.pen
    write(&pen)
    text.take(pen)
    let bytes = unsafe UnsafeRawBufferPointer(start: text.start, count: text.count)
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  private static let numbers: [UInt64] = {
    var numbers: [UInt64] = [0, .max, .max - 1]
    var power: UInt64 = 1
    while power <= .max / 10 {
      numbers += [power - 1, power, power + 1, power * 2, power * 10 - 1]
      power *= 10
    }
    var random = Seeded(1)
    for bits in 1..<64 { numbers.append(random.next() >> UInt64(bits)) }
    return numbers
  }()

  @Test(arguments: numbers)
  func `O2: numbers are written`(number: UInt64) throws {
    #expect(try text { $0.add(decimal: number) } == "\(number)")
    let signed = Int64(bitPattern: number)
    #expect(try text { $0.add(decimal: signed) } == "\(signed)")
    let digits = String(number, radix: 16)
    let zeros = String(repeating: "0", count: 16 - digits.count)
    #expect(try text { $0.add(hexadecimal: number) } == zeros + digits)
    let rest = "\(1000 + number % 1000)".dropFirst()
    #expect(try text { $0.add(microsecondsOf: number) } == "\(number / 1000).\(rest)")
  }

  @Test(arguments: 1..<256)
  func `O2: each byte is written so that it can be read`(byte: Int) throws {
    let character = UInt8(byte)
    let bytes = [CChar(bitPattern: character), CChar(bitPattern: UInt8(ascii: ".")), 0]
    let written = try text { pen in
      unsafe bytes.withUnsafeBufferPointer {
        unsafe pen.add(quoted: $0.baseAddress.unsafelyUnwrapped)
      }
    }
    switch character {
    case UInt8(ascii: "\""): #expect(written == "\\\".")
    case UInt8(ascii: "\\"): #expect(written == "\\\\.")
    case ..<0x10: #expect(written == "\\u000\(String(byte, radix: 16)).")
    case ..<0x20, 0x7f: #expect(written == "\\u00\(String(byte, radix: 16)).")
    case ..<0x80: #expect(written == "\(Character(UnicodeScalar(character))).")
    default: #expect(written == "\u{fffd}.")
    }
  }

  @Test func `O2: text that is given up leaves room`() throws {
    var text = try #require(TraceText(capacity: 100))
    defer { text.free() }
    for length in [10, 5000, 10] {
      let hasRoom = text.prepare(length)
      #expect(hasRoom)
      var pen = text.pen
      for _ in 0..<length { pen.add("x") }
      text.take(pen)
      #expect(text.count == length)
      text.clear(keeping: 200)
      #expect(text.count == 0)
    }
  }
}
