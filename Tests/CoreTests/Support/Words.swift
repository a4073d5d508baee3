import RoostCore

// How codes and results look in a log.

/// A code of somebody's work, as the tests' tasks fail with.
extension Status {
  static let eio = Status(-5)
  static let eperm = Status(-1)
}

func word(_ status: Status) -> String {
  switch status {
  case .cancelled: "CANCELLED"
  case .timedOut: "ETIMEDOUT"
  case .invalid: "EINVAL"
  case .eio: "EIO"
  case .eperm: "EPERM"
  case .notCancelled: "ENOTCANCELLED"
  case .taskCancelled: "ETASKCANCELLED"
  case .wasCancelled: "EWASCANCELLED"
  case .unclosed: "EUNCLOSED"
  case .cut: "ECUT"
  case .deadlock: "EDEADLK"
  case .noWinner: "ENOWINNER"
  case .notStarted: "ENOTSTARTED"
  default: "\(status.code)"
  }
}

func word(_ told: Told) -> String {
  let ending =
    switch told.ending {
    case .alive: "alive"
    case .completed: "completed"
    case .failed: "failed"
    case .cancelled: "cancelled"
    }
  return told.hasStarted ? ending : ending + ":new"
}

func word(_ joined: Joined) -> String {
  var text = word(joined.status)
  if joined.cancelledCaught { text += "^" }
  text += words(joined.errors)
  let unlisted = Int(joined.errorCount) - joined.errors.count
  return unlisted == 0 ? text : text + "+\(unlisted)"
}

private func words(_ errors: [Listed]) -> String {
  guard !errors.isEmpty else { return "" }
  let list = errors.map { "\($0.name):\(word($0.status))\(words($0.children))" }
  return "[" + list.joined(separator: " ") + "]"
}

/// 1.5 and 2, not 2.0.
func shortest(_ number: Double) -> String {
  number == number.rounded() ? "\(Int(number))" : "\(number)"
}
