/// What a text is read by.
enum Script {
  /// People, perhaps at a terminal.
  case plain
  /// A parser.
  case json
  /// Graphviz: like `plain`, inside its quotes.
  case dot
}

// Names and messages are a program's, and may be any bytes. Whoever reads the text must find valid
// UTF-8 in it, and no character that means something to a terminal, to JSON or to Graphviz.

extension Text {
  /// Adds a C string, escaped as the script asks for.
  mutating func add(escaped text: UnsafePointer<CChar>) {
    var rest = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    while unsafe rest[0] != 0 {
      let length = unsafe lengthOfCharacter(rest)
      unsafe add(character: rest, length)
      unsafe rest += max(1, length)
    }
  }

  /// In quotation marks.
  mutating func add(quoted text: UnsafePointer<CChar>) {
    add(script == .json ? "\"" : "'")
    unsafe add(escaped: text)
    add(script == .json ? "\"" : "'")
  }

  mutating func add(quoted text: InlineArray<64, UInt8>) {
    var text = text
    unsafe withUnsafePointer(to: &text) {
      unsafe add(quoted: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
    }
  }

  private mutating func add(character: UnsafePointer<UInt8>, _ length: Int) {
    let first = unsafe character[0]
    if script == .json {
      switch first {
      case _ where length == 0: add("\\ufffd")
      case UInt8(ascii: "\""): add("\\\"")
      case UInt8(ascii: "\\"): add("\\\\")
      case ..<0x20, 0x7f:
        add("\\u00")
        add(hexadecimal: first)
      default: for index in 0..<length { add(byte: unsafe character[index]) }
      }
      return
    }
    switch first {
    case UInt8(ascii: "\n"): add(slashed: "n")
    case UInt8(ascii: "\t"): add(slashed: "t")
    case UInt8(ascii: "'"): add(slashed: "'")
    case UInt8(ascii: "\\"): add(slashed: script == .dot ? "\\\\" : "\\")
    case ..<0x20, 0x7f: add(hidden: first)
    case _ where length == 0: add(hidden: first)
    // The second half of the control characters.
    case 0xc2 where unsafe character[1] < 0xa0:
      add(hidden: first)
      unsafe add(hidden: character[1])
    case UInt8(ascii: "\"") where script == .dot: add("\\\"")
    case UInt8(ascii: "&") where script == .dot: add("&amp;")
    default: for index in 0..<length { add(byte: unsafe character[index]) }
    }
  }

  private mutating func add(slashed text: StaticString) {
    add(script == .dot ? "\\\\" : "\\")
    add(text)
  }

  private mutating func add(hidden byte: UInt8) {
    add(slashed: "x")
    add(hexadecimal: byte)
  }

  private mutating func add(hexadecimal byte: UInt8) {
    add(digit: byte >> 4)
    add(digit: byte & 15)
  }
}

/// How many bytes the first character of a C string has; 0 where it is no UTF-8 (RFC 3629).
func lengthOfCharacter(_ text: UnsafePointer<UInt8>) -> Int {
  let first = unsafe text[0]
  let (length, second): (Int, ClosedRange<UInt8>)
  switch first {
  case ..<0x80: return 1
  case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
  case 0xe0: (length, second) = (3, 0xa0...0xbf)
  case 0xed: (length, second) = (3, 0x80...0x9f)
  case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
  case 0xf0: (length, second) = (4, 0x90...0xbf)
  case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
  case 0xf4: (length, second) = (4, 0x80...0x8f)
  default: return 0
  }
  guard unsafe second.contains(text[1]) else { return 0 }
  for index in 2..<max(2, length) where unsafe text[index] & 0xc0 != 0x80 { return 0 }
  return length
}
