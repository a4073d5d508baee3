internal import CRoost
internal import CShim
internal import RoostCore

/// Turns what the engine answers into what C is answered: a status code, and for a failure the
/// sentence that roost_last_error has (B2).
@inline(__always)
func answer(_ call: StaticString, _ work: () throws(Failure) -> Status) -> Int32 {
  do throws(Failure) {
    return try work().code
  } catch {
    return complain(call, error)
  }
}

/// The same where a failed call drops what it was given (K5): the last that happens in it.
@inline(__always)
func answer(
  _ call: StaticString, dropping data: UnsafeMutableRawPointer?, with drop: roost_drop_fn?,
  _ work: () throws(Failure) -> Status
) -> Int32 {
  do throws(Failure) {
    return try work().code
  } catch {
    let code = complain(call, error)
    unsafe drop?(data)
    return code
  }
}

/// A NULL where something is needed.
func missing(_ text: StaticString) -> Failure { Failure(.invalid, nil, text) }

/// Writes the sentence of a failed call: `call: kind 0xhandle 'name' text (CODE)`.
@inline(never)
func complain(_ call: StaticString, _ failure: Failure) -> Int32 {
  let code = failure.status.code
  guard let thread = unsafe shim_thread_get() else { return code }
  var sentence = unsafe Sentence(thread)
  sentence.add(call)
  unsafe sentence.add(": ")
  if let subject = failure.subject {
    sentence.add(subject.word)
    unsafe sentence.add(" 0x")
    sentence.add(hexadecimal: subject.id)
    let name = unsafe Engine.nameIfAny(of: subject)
    if unsafe name[0] != 0 {
      unsafe sentence.add(" '")
      unsafe sentence.add(name)
      unsafe sentence.add("'")
    }
    unsafe sentence.add(" ")
  }
  sentence.add(failure.text)
  if let name = unsafe shim_status_name(code) ?? Engine.libuvText(code) {
    unsafe sentence.add(" (")
    unsafe sentence.add(name)
    unsafe sentence.add(")")
  }
  sentence.end()
  return code
}

/// Text in the thread's own room, cut where that ends.
@safe
private struct Sentence {
  private let bytes: UnsafeMutablePointer<CChar>
  private var length = 0

  init(_ thread: UnsafeMutablePointer<shim_thread>) { unsafe bytes = shim_sentence(thread) }

  private mutating func add(byte: UInt8) {
    guard length < SHIM_SENTENCE_ROOM - 1 else { return }
    unsafe bytes[length] = CChar(bitPattern: byte)
    length += 1
  }

  mutating func add(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { add(byte: unsafe text.utf8Start[index]) }
  }

  mutating func add(_ text: UnsafePointer<CChar>) {
    var index = 0
    while unsafe text[index] != 0 {
      add(byte: unsafe UInt8(bitPattern: text[index]))
      index += 1
    }
  }

  mutating func add(hexadecimal number: UInt64) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> shift) & 15
      add(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  func end() { unsafe bytes[length] = 0 }
}
