// A race: the first success of an ordinary task cancels the rest (G2b).

extension Runtime {
  /// A tallied task's body has ended with success, in a race or in the hidden group of a start.
  func tallySuccess(_ task: Slot) {
    let group = nodes[task].parent
    guard blocks[group].policy == .race else { return }
    if blocks[group].winner == 0 {
      blocks[group].winner = task
      // The group holds its outcome, whoever else does (G2b).
      if !nodes[task].flags.contains(.held) { nodes[task].rare.insert(.letGo) }
      nodes[task].flags.insert(.held)
      nodes[task].rare.insert(.won)
      unsafe cancel(group, .raceWon, code: Int64(nodes[task].code), began: task)
    } else {
      fill(task, nodes[task].code, of: task)
      list(task, in: group)
    }
  }

  /// Whether a closing race ends as no other group does; the state and the code then.
  func raceOutcome(of block: Slot, isCut: Bool, caught: Bool) -> (Ending, Int32)? {
    let it = blocks.place(block)
    if it[].winner != 0 {
      if it[].raisedCode != 0 { return (.failed, it[].raisedCode) }
      let passesOn = it[].bodyCancelled && !caught
      return passesOn ? (.cancelled, Status.cancelled.code) : (.completed, 0)
    }
    if it[].errorCount != 0 { return nil }
    let hadNobody = !it[].tallied && !it[].passedOn
    if isCut, !hadNobody { return nil }
    return it[].talliedCancel
      ? (.cancelled, Status.taskCancelled.code) : (.failed, Status.noWinner.code)
  }

  /// Names the winner in a result.
  func addWinner(_ winner: Slot, to result: inout Result) {
    result.winner = handle(winner).id
    result.winnerCode = Int64(nodes[winner].code)
    unsafe result.winnerResult =
      nodes[winner].flags.contains(.detailed)
      ? details[winner].result : nil
    unsafe result.winnerName = name(winner)
  }
}
