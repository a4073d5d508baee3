internal import CShim

/// A step that is timed (O3): what it is of is noted at its beginning, for it may end that.
@safe
struct TimedStep {
  let began: UInt64
  let node: Handle
  var name = Name(bytes: InlineArray(repeating: 0))
}

extension Runtime {
  func beginStep(of reference: Reference) -> TimedStep {
    let node =
      reference.isNode
      ? reference.slot : reference.isWait ? stepper(of: reference.slot) : state.root
    var step = TimedStep(began: Loop.now(), node: handle(node))
    unsafe shim_store64(&inbox.pointee.since, step.began)
    if unsafe name(node)[0] != 0 { step.name = names[node] }
    return step
  }

  /// Whose step the end of a wait is: a fiber's is that of its task, wherever it waits.
  private func stepper(of wait: Slot) -> Slot {
    unsafe waits[wait].fiber?.pointee.task ?? waits[wait].node
  }

  /// Reports a step that has held the loop for too long, in real time on either clock.
  func endStep(_ step: TimedStep) {
    let duration = Loop.now() - step.began
    guard duration >= UInt64(state.reports.options.stepLimit) else { return }
    var text = Text(.plain)
    text.add("roost: a step of ")
    text.add(step.node.word)
    if step.name.bytes[0] != 0 {
      text.add(" ")
      text.add(quoted: step.name.bytes)
    }
    text.add(" (")
    text.add(step.node)
    text.add(") has held the loop for ")
    text.add(duration: duration)
    text.add("\n")
    draw(state.root, most: Runtime.linesInReport, to: &text)
    var name = step.name
    unsafe withUnsafePointer(to: &name) {
      let name = unsafe UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)
      tell(
        unsafe Report(
          kind: ReportKind.longStep.rawValue, node: step.node.id, name: name,
          duration: Int64(clamping: duration)),
        &text)
    }
  }
}
