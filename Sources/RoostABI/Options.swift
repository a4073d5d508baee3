internal import CRoost
internal import CShim
internal import RoostCore

/// An options struct as the library knows it. A shorter one of the caller's is read as if the rest
/// were zero (design decision 10).
@inline(__always)
func read<T>(_ options: UnsafePointer<T>, empty: T) -> T {
  let size = unsafe UnsafeRawPointer(options).load(as: UInt64.self)
  if isSound(size), size >= UInt64(MemoryLayout<T>.size) { return unsafe options.pointee }
  return unsafe readShort(options, size, empty)
}

@inline(never)
private func readShort<T>(_ options: UnsafePointer<T>, _ size: UInt64, _ empty: T) -> T {
  var copy = empty
  guard isSound(size) else { return copy }
  unsafe withUnsafeMutableBytes(of: &copy) {
    unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: options, count: Int(size)))
  }
  return copy
}

/// The fields of every options struct are eight bytes each, and none will ever have many.
@inline(__always)
private func isSound(_ size: UInt64) -> Bool { size >= 8 && size <= 4096 && size & 7 == 0 }

/// A size that makes no sense, or fields that the library does not know.
@inline(__always)
func check<T>(_ options: UnsafePointer<T>) throws(Failure) {
  let size = unsafe UnsafeRawPointer(options).load(as: UInt64.self)
  if size != UInt64(MemoryLayout<T>.size) {
    try unsafe checkOdd(UnsafeRawPointer(options), size, MemoryLayout<T>.size)
  }
}

@inline(never)
private func checkOdd(_ options: UnsafeRawPointer, _ size: UInt64, _ known: Int) throws(Failure) {
  guard isSound(size) else {
    throw Failure(
      .invalid, nil, "the options' size is not set; use the macro, or the init function")
  }
  guard size > UInt64(known) else { return }
  for index in known..<Int(size)
  where unsafe options.load(fromByteOffset: index, as: UInt8.self) != 0 {
    throw Failure(
      .tooBig, nil, "the options have fields set that this library does not know; use a newer one")
  }
}

/// Fills a struct of the caller's as far as the caller knows it, and keeps its size.
func fill<T>(_ out: UnsafeMutablePointer<T>, from source: UnsafeRawPointer) throws(Failure) {
  let size = unsafe UnsafeRawPointer(out).load(as: UInt64.self)
  guard size >= 8, size <= 4096 else {
    throw Failure(.invalid, nil, "the size of the struct to fill is not set; set it to its sizeof")
  }
  let known = Int(min(size, UInt64(MemoryLayout<T>.size)))
  unsafe memcpy(UnsafeMutableRawPointer(out) + 8, source + 8, known - 8)
}

/// A field that is 0 or 1.
func flag(_ value: UInt64, _ text: StaticString) throws(Failure) -> Bool {
  guard value <= 1 else { throw Failure(.invalid, nil, text) }
  return value == 1
}

@inline(__always)
func nodeOptions(
  name: UnsafePointer<CChar>?, timeout: Int64, deadline: UInt64, moveOn: UInt64, report: UInt64,
  shield: UInt64, grace: Int64, untilStopping: UInt64
) throws(Failure) -> NodeOptions {
  var options = NodeOptions()
  unsafe options.name = name
  options.timeout = timeout
  options.deadline = deadline
  options.moveOn = try flag(moveOn, "move_on is neither 0 nor 1")
  options.report = try flag(report, "report is neither 0 nor 1")
  options.shield = try flag(shield, "shield is neither 0 nor 1")
  options.grace = grace
  options.untilStopping = try flag(untilStopping, "until_stopping is neither 0 nor 1")
  return options
}

/// A policy; 0 is the default.
func policy(_ number: UInt64, byDefault: Policy) throws(Failure) -> Policy {
  if number == 0 { return byDefault }
  guard number <= 3, let policy = Policy(rawValue: UInt8(number)) else {
    throw Failure(
      .invalid, nil, "policy is none of ROOST_FAIL_FAST, ROOST_SUPERVISE and ROOST_RACE")
  }
  return policy
}
