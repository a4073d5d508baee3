extension Runtime {
  /// The result as things stand (G5): an error beats the own deadline, that beats a cancellation.
  func result(of block: Slot) -> Result {
    let (row, it) = (nodes.row(block), blocks.place(block))
    let caught = hasCaught(block)
    // G5a: for the answer a daemon does not count.
    let answers = caught && (it[].cutShort || it[].passedOn)
    let isCut = answers || it[].passedOn
    var (ending, code) = (Ending.completed, Int32(0))
    if it[].policy == .race,
      let outcome = raceOutcome(of: block, isCut: isCut, caught: caught)
    {
      (ending, code) = outcome
    } else if it[].errorCount != 0 {
      (ending, code) = (.failed, it[].firstCode)
    } else if answers, isTimedOut(block, source(of: block)) {
      (ending, code) = (.failed, Status.timedOut.code)
    } else if answers, row[].flags.contains(.report) {
      (ending, code) = (.cancelled, Status.wasCancelled.code)  // C7a
    } else if isCut {
      (ending, code) = (.cancelled, caught ? 0 : Status.cancelled.code)
    }
    var result = unsafe Result(
      size: UInt64(MemoryLayout<Result>.size), state: ending.rawValue, code: Int64(code),
      cancelCalled: row[].flags.contains(.cancelCalled) ? 1 : 0,
      cancelledCaught: caught ? 1 : 0, reason: reasonOfEnd(block),
      errors: recordPointer(it[].errors), errorCount: it[].errorCount)
    result.node = handle(block).id
    if it[].winner != 0 { addWinner(it[].winner, to: &result) }
    return result
  }
}
