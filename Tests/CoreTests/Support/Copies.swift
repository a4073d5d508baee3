import RoostCore

// Copies of what the engine lends for the time of a callback.

/// A reason (C9).
struct Why: Equatable {
  var origin: Origin
  var code: Int64
  var node: Handle
  var message: String
  var name: String

  init(_ origin: Origin, _ code: Int64, _ node: Handle, _ message: String, _ name: String) {
    (self.origin, self.code, self.node) = (origin, code, node)
    (self.message, self.name) = (message, name)
  }

  init?(_ reason: UnsafePointer<Reason>?) {
    guard let reason = unsafe reason?.pointee else { return nil }
    origin = Origin(rawValue: reason.origin) ?? .none
    code = reason.code
    node = Handle(id: reason.node)
    message = text(reason.message)
    name = text(reason.name)
  }
}

/// An outcome (L5), as a cleanup too is told it (K1).
@safe
struct Told {
  var ending: Ending
  var status: Status
  var hasStarted: Bool
  var result: UnsafeMutableRawPointer?
  var why: Why?

  init(_ outcome: Outcome) {
    ending = Ending(rawValue: outcome.state) ?? .alive
    status = Status(Int32(outcome.code))
    hasStarted = outcome.started == 1
    unsafe result = outcome.result
    why = unsafe Why(outcome.reason)
  }

  init?(_ outcome: UnsafePointer<Outcome>?) {
    guard let outcome = unsafe outcome else { return nil }
    unsafe self.init(outcome.pointee)
  }
}

/// The result of a group or scope (G5).
struct Joined {
  var ending: Ending
  var status: Status
  var cancelCalled: Bool
  var cancelledCaught: Bool
  var why: Why?
  var errors: [Listed]
  var errorCount: UInt64
  /// Who has won a race, and with what.
  var winner: Winner?

  init?(_ result: UnsafePointer<Result>?) {
    guard let result = unsafe result?.pointee else { return nil }
    ending = Ending(rawValue: result.state) ?? .alive
    status = Status(Int32(result.code))
    cancelCalled = result.cancelCalled == 1
    cancelledCaught = result.cancelledCaught == 1
    why = unsafe Why(result.reason)
    errors = unsafe Listed.list(result.errors)
    errorCount = result.errorCount
    winner = Winner(result)
  }
}

/// The winner of a race (G2b).
@safe
struct Winner {
  var task: Handle
  var name: String
  var status: Status
  var result: UnsafeMutableRawPointer?

  init?(_ result: Result) {
    guard result.winner != 0 else { return nil }
    task = Handle(id: result.winner)
    name = unsafe result.winnerName.map { unsafe String(cString: $0) } ?? ""
    status = Status(Int32(result.winnerCode))
    unsafe self.result = result.winnerResult
  }
}

/// An error in a result (G3).
@safe
struct Listed {
  var name: String
  var status: Status
  var node: Handle
  var message: String?
  var object: UnsafeMutableRawPointer?
  var children: [Listed]

  private init(_ record: ErrorRecord) {
    name = unsafe record.name.map { unsafe String(cString: $0) } ?? ""
    status = Status(Int32(record.code))
    node = Handle(id: record.node)
    message = unsafe record.message.map { unsafe String(cString: $0) }
    unsafe object = record.object
    children = unsafe Listed.list(record.children)
  }

  static func list(_ first: UnsafePointer<ErrorRecord>?) -> [Listed] {
    var list: [Listed] = []
    var rest = unsafe first
    while let record = unsafe rest {
      list.append(unsafe Listed(record.pointee))
      unsafe rest = record.pointee.next
    }
    return list
  }
}

/// The text in a field of a record, up to its final 0.
func text(_ bytes: InlineArray<64, UInt8>) -> String {
  var units: [UInt8] = []
  for index in bytes.indices where bytes[index] != 0 { units.append(bytes[index]) }
  return String(decoding: units, as: UTF8.self)
}
