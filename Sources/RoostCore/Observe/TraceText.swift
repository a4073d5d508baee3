internal import CShim

/// Text that grows. Who adds to it first makes sure that there is room (`prepare`), then writes
/// through a `Pen`, which does not look.
///
/// A few bytes beyond what was asked for are always there: a pen writes eight at a time.
@safe
struct TraceText {
  private var bytes: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  private static let slack = 16

  /// nil without memory. Nothing frees it but `free`.
  init?(capacity: Int) {
    guard let memory = unsafe shim_alloc(capacity + TraceText.slack) else { return nil }
    unsafe bytes = memory.assumingMemoryBound(to: UInt8.self)
    self.capacity = capacity
  }

  func free() { unsafe shim_free(bytes) }

  /// Valid until something is added.
  var start: UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
  }

  /// Makes room for so many more bytes; false without memory.
  @inline(__always)
  mutating func prepare(_ room: Int) -> Bool { capacity - count >= room || grow(room) }

  @inline(never)
  private mutating func grow(_ room: Int) -> Bool { resize(max(capacity * 2, count + room)) }

  private mutating func resize(_ wanted: Int) -> Bool {
    guard let memory = unsafe shim_realloc(bytes, wanted + TraceText.slack) else { return false }
    unsafe bytes = memory.assumingMemoryBound(to: UInt8.self)
    capacity = wanted
    return true
  }

  /// Forgets the text. What it had grown beyond `keeping` is given back.
  mutating func clear(keeping: Int) {
    count = 0
    if capacity > keeping { _ = resize(keeping) }
  }

  @inline(__always)
  var pen: Pen { unsafe Pen(at: bytes + count) }

  /// What a pen has written belongs to the text.
  @inline(__always)
  mutating func take(_ pen: Pen) { unsafe count = pen.at - bytes }
}

/// Writes text where there is room for it.
@safe
struct Pen {
  fileprivate(set) var at: UnsafeMutablePointer<UInt8>

  @inline(__always)
  mutating func add(_ text: StaticString) {
    unsafe memcpy(at, text.utf8Start, text.utf8CodeUnitCount)
    unsafe at += text.utf8CodeUnitCount
  }

  @inline(__always)
  private mutating func add(byte: UInt8) {
    unsafe at.pointee = byte
    unsafe at += 1
  }

  /// Eight bytes, the first in the lowest.
  @inline(__always)
  private func put(_ word: UInt64) {
    unsafe UnsafeMutableRawPointer(at).storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  /// All sixteen digits.
  @inline(__always)
  mutating func add(hexadecimal number: UInt64) {
    put(Pen.hexadecimal(number >> 32))
    unsafe at += 8
    put(Pen.hexadecimal(number & 0xffff_ffff))
    unsafe at += 8
  }

  /// The eight digits of 32 bits: each of the four steps spreads what is in a word over twice as
  /// many parts of it.
  @inline(__always)
  private static func hexadecimal(_ number: UInt64) -> UInt64 {
    var word = number
    word = (word | word << 16) & 0x0000_ffff_0000_ffff
    word = (word | word << 8) & 0x00ff_00ff_00ff_00ff
    word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f
    let isLetter = (word &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (word &+ Pen.zeros &+ isLetter &* 0x27).byteSwapped
  }

  mutating func add(decimal number: Int64) {
    if number < 0 { add(byte: UInt8(ascii: "-")) }
    add(decimal: number.magnitude)
  }

  mutating func add(decimal number: UInt64) {
    guard number < 100_000_000 else {
      add(decimal: number / 100_000_000)
      put(Pen.decimal(number % 100_000_000) | Pen.zeros)
      unsafe at += 8
      return
    }
    let digits = Pen.decimal(number)
    let skipped = min(digits.trailingZeroBitCount / 8, 7)
    put((digits | Pen.zeros) >> UInt64(skipped * 8))
    unsafe at += 8 - skipped
  }

  /// Eight times "0".
  @inline(__always)
  private static var zeros: UInt64 { 0x3030_3030_3030_3030 }

  /// The eight digits of a number below 100,000,000, divided by 10,000, by 100 and by 10 in all
  /// parts of a word at once.
  @inline(__always)
  private static func decimal(_ number: UInt64) -> UInt64 {
    var word = number / 10_000 | (number % 10_000) << 32
    let hundreds = (word &* 10_486) >> 20 & 0x0000_007f_0000_007f
    word = hundreds | (word &- hundreds &* 100) << 16
    let tens = (word &* 103) >> 10 & 0x000f_000f_000f_000f
    return tens | (word &- tens &* 10) << 8
  }

  /// Nanoseconds, as microseconds with three decimals.
  @inline(__always)
  mutating func add(microsecondsOf nanoseconds: UInt64) {
    add(decimal: nanoseconds / 1000)
    let rest = nanoseconds % 1000
    add(byte: UInt8(ascii: "."))
    add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 100))
    add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 10 % 10))
    add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
  }

  /// A C string as what stands between the quotes of one in JSON: at most six bytes for each of
  /// its own. What is no UTF-8 is replaced.
  @inline(__always)
  mutating func add(quoted text: UnsafePointer<CChar>) {
    var rest = unsafe text
    while true {
      let byte = unsafe UInt8(bitPattern: rest.pointee)
      if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        add(byte: byte)
        unsafe rest += 1
      } else if byte == 0 {
        return
      } else {
        unsafe rest += addOdd(rest)
      }
    }
  }

  /// A character that is no plain one; answers how many bytes it had.
  @inline(never)
  private mutating func addOdd(_ text: UnsafePointer<CChar>) -> Int {
    let first = unsafe UInt8(bitPattern: text.pointee)
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "\\") {
      add(byte: UInt8(ascii: "\\"))
      add(byte: first)
      return 1
    }
    if first < 0x80 {
      add("\\u00")
      put(Pen.hexadecimal(UInt64(first)) >> 48)
      unsafe at += 2
      return 1
    }
    let length = unsafe lengthOfCharacter(
      UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self))
    guard length > 0 else {
      add("\u{fffd}")
      return 1
    }
    for index in 0..<length { add(byte: unsafe UInt8(bitPattern: text[index])) }
    return length
  }
}
