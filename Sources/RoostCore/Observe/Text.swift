internal import CShim

/// Text that grows. When memory runs out it remembers that and takes nothing more, so that only who
/// has made it needs to ask, at the end.
@safe
struct Text: ~Copyable {
  /// How names are written, which may be any bytes.
  let script: Script
  private(set) var count = 0
  private(set) var isWhole = true
  private var bytes: UnsafeMutablePointer<UInt8>? = nil
  private var room = 0

  init(_ script: Script) { self.script = script }

  deinit { unsafe shim_free(bytes) }

  @inline(__always)
  mutating func add(byte: UInt8) {
    if count == room { guard grow() else { return } }
    unsafe bytes.unsafelyUnwrapped[count] = byte
    count += 1
  }

  mutating func add(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { add(byte: unsafe text.utf8Start[index]) }
  }

  mutating func add(_ number: UInt64) {
    var (rest, unit) = (number, UInt64(1))
    while number / unit >= 10 { unit *= 10 }
    while unit != 0 {
      add(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
      (rest, unit) = (rest % unit, unit / 10)
    }
  }

  mutating func add(signed number: Int64) {
    if number < 0 { add("-") }
    add(number.magnitude)
  }

  /// As in the sentences of errors: all digits.
  mutating func add(_ handle: Handle) {
    add("0x")
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      add(digit: UInt8(truncatingIfNeeded: handle.id >> shift) & 15)
    }
  }

  mutating func add(digit: UInt8) {
    add(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
  }

  /// A length of time, for people: `8.8 s`.
  mutating func add(duration: UInt64) {
    let (unit, word): (UInt64, StaticString) =
      switch duration {
      case ..<1000: (1, " ns")
      case ..<1_000_000: (1000, " µs")
      case ..<1_000_000_000: (1_000_000, " ms")
      default: (1_000_000_000, " s")
      }
    add(duration / unit)
    var thousandths = duration % unit * 1000 / unit
    if thousandths != 0 { add(".") }
    while thousandths != 0 {
      add(thousandths / 100)
      thousandths = thousandths % 100 * 10
    }
    add(word)
  }

  /// Ends it as a C string; nil where it is not whole.
  mutating func end() -> UnsafePointer<CChar>? {
    add(byte: 0)
    return unsafe isWhole ? start : nil
  }

  /// What was added, `count` bytes.
  var start: UnsafePointer<CChar> {
    guard let bytes = unsafe bytes else { return unsafe Name.empty }
    return unsafe UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)
  }

  @inline(never)
  private mutating func grow() -> Bool {
    let larger = max(1024, room * 2)
    guard isWhole, let memory = unsafe shim_realloc(bytes, larger) else {
      isWhole = false
      return false
    }
    unsafe bytes = memory.assumingMemoryBound(to: UInt8.self)
    room = larger
    return true
  }
}
