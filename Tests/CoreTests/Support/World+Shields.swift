import RoostCore

extension NodeOptions {
  /// With a shield, and a grace in seconds, which is inherited where it is nil.
  static func shielded(_ shield: Bool = true, grace: Double? = nil) -> NodeOptions {
    var options = NodeOptions()
    options.shield = shield
    if let grace { options.grace = grace == 0 ? -1 : seconds(grace) }
    return options
  }
}

extension World {
  @discardableResult
  func setShield(_ node: Handle, _ on: Bool) throws -> Status {
    try calling { try Engine.setShield(node, on) }
  }

  /// Shuts down, with so many seconds of patience.
  @discardableResult
  func shutdown(_ node: Handle, patience: Double) throws -> Status {
    try calling { try Engine.shutdown(node, patience: seconds(patience)) }
  }

  func isStopping(_ node: Handle) throws -> Bool { try calling { try Engine.isStopping(node) } }

  /// In seconds after the beginning; 0 when it is cancelled, infinite when there is none.
  func effectiveDeadline(_ node: Handle) throws -> Double {
    let deadline = try calling { try Engine.effectiveDeadline(node) }
    if deadline == 0 { return 0 }
    return deadline >= UInt64(Int64.max) ? .infinity : Double(deadline - beginning) / 1e9
  }
}

/// Every list of so many of the choices.
func everyList<Choice>(of choices: [Choice], length: Int) -> [[Choice]] {
  guard length > 0 else { return [[]] }
  return everyList(of: choices, length: length - 1).flatMap { list in choices.map { list + [$0] } }
}
