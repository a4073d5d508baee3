// The events of a trace. A node is an async slice of its own, named by its handle, from `b` to `e`;
// that it is cancelled itself, or has reported that it is started, is an instant `n` in it. Which
// slices lie in one another is for their arguments to say, since nodes are closed in any order.
//
// A node has the flag `traced` from the event of its beginning to that of its end, so that each
// beginning has one end. Where the former is lost for want of memory, the node is not traced, nor
// is what is opened in it.

extension Trace {
  /// The longest event has two names, each of 63 bytes that take up to six.
  private static let eventRoom = 2 * 63 * 6 + 512
  /// There is always room for the end.
  private static let endRoom = 512

  /// Room for an event; where there is no memory, it is lost.
  @inline(__always)
  fileprivate mutating func prepare() -> Bool {
    if text.prepare(Trace.eventRoom + Trace.endRoom) { return true }
    lost += 1
    return false
  }

  fileprivate mutating func begin(at now: UInt64, threadName: UnsafePointer<CChar>) {
    var pen = text.pen
    pen.add("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")
    addMetadata("process_name", at: now, &pen)
    pen.add("\"name\":\"roost\"}}")
    pen.add(",\n")
    addMetadata("thread_name", at: now, &pen)
    pen.add("\"name\":\"")
    unsafe pen.add(quoted: threadName)
    pen.add("\"}}")
    text.take(pen)
  }

  fileprivate mutating func end(at now: UInt64) {
    var pen = text.pen
    if lost != 0 {
      pen.add(",\n")
      addMetadata("lost_events", at: now, &pen)
      pen.add("\"count\":")
      pen.add(decimal: lost)
      pen.add("}}")
    }
    pen.add("\n]}\n")
    text.take(pen)
  }

  /// Up to the inside of its arguments.
  private func addMetadata(_ name: StaticString, at time: UInt64, _ pen: inout Pen) {
    pen.add("{\"ph\":\"M\",\"name\":\"")
    pen.add(name)
    pen.add("\",\"cat\":\"__metadata\"")
    addPlace(at: time, &pen)
  }

  @inline(__always)
  fileprivate func addPlace(at time: UInt64, _ pen: inout Pen) {
    pen.add(",\"pid\":")
    pen.add(decimal: process)
    pen.add(",\"tid\":1,\"ts\":")
    pen.add(microsecondsOf: time)
    pen.add(",\"args\":{")
  }
}

/// What an event is.
private enum Phase {
  case begin
  case end
  case instant
}

extension Runtime {
  // MARK: Nodes

  /// A node begins: its name is there, and its links.
  @inline(never)
  func traceBegin(_ node: Slot) {
    let row = nodes.row(node)
    guard let trace = unsafe state.trace, unsafe trace.pointee.prepare() else { return }
    row[].flags.insert(.traced)
    var pen = unsafe open(.begin, node, row, trace)
    let parent = row[].parent
    if parent != 0 {
      pen.add("\"parent\":\"0x")
      pen.add(hexadecimal: handle(parent).id)
      pen.add("\"")
    }
    unsafe close(&pen, trace)
  }

  /// A traced task ends, its children and cleanups having ended.
  @inline(never)
  func traceEnd(ofTask task: Slot, _ row: Place<Node>) {
    let isCancelled = row[].flags.contains(.endedCancelled)
    let isFailed = row[].flags.contains(.faulty) || row[].code < 0 && !isCancelled
    unsafe traceEnd(
      task, row, isFailed ? .failed : isCancelled ? .cancelled : .completed, Int64(row[].code),
      isCancelled ? reasonOfEnd(task) : nil)
  }

  /// A traced group or scope ends.
  func traceEnd(ofBlock block: Slot, _ row: Place<Node>) {
    let result = result(of: block)
    unsafe traceEnd(
      block, row, Ending(rawValue: result.state) ?? .completed, result.code, result.reason)
  }

  func traceEnd(
    _ node: Slot, _ row: Place<Node>, _ ending: Ending, _ code: Int64,
    _ reason: UnsafePointer<Reason>?
  ) {
    row[].flags.remove(.traced)
    guard let trace = unsafe state.trace, unsafe trace.pointee.prepare() else { return }
    var pen = unsafe open(.end, node, row, trace)
    pen.add("\"state\":\"")
    switch ending {
    case .alive: pen.add("alive\"")
    case .completed: pen.add("completed\"")
    case .failed: pen.add("failed\"")
    case .cancelled: pen.add("cancelled\"")
    }
    if ending != .alive {
      pen.add(",\"code\":")
      pen.add(decimal: code)
    }
    if let reason = unsafe reason {
      pen.add(",\"reason\":\"")
      pen.add((unsafe Origin(rawValue: reason.pointee.origin) ?? .none).word)
      pen.add("\"")
    }
    unsafe close(&pen, trace)
  }

  /// A traced node was cancelled itself.
  @inline(never)
  func traceCancel(_ node: Slot, _ row: Place<Node>) {
    guard let trace = unsafe state.trace, unsafe trace.pointee.prepare() else { return }
    var pen = unsafe open(.instant, node, row, trace, "cancelled")
    let reason = reasons.place(node)
    pen.add("\"origin\":\"")
    pen.add((Origin(rawValue: reason[].origin) ?? .none).word)
    pen.add("\",\"code\":")
    pen.add(decimal: reason[].code)
    pen.add(",\"from\":\"0x")
    pen.add(hexadecimal: reason[].node)
    pen.add("\"")
    if reason[].message[0] != 0 {
      pen.add(",\"message\":\"")
      unsafe withUnsafeBytes(of: &reason[].message) {
        unsafe pen.add(quoted: $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self))
      }
      pen.add("\"")
    }
    unsafe close(&pen, trace)
  }

  /// A traced task has reported that it is started, and belongs to its group from now on (L4).
  func traceStarted(_ task: Slot, _ row: Place<Node>, _ value: Int32) {
    guard let trace = unsafe state.trace, unsafe trace.pointee.prepare() else { return }
    var pen = unsafe open(.instant, task, row, trace, "started")
    pen.add("\"value\":")
    pen.add(decimal: Int64(value))
    pen.add(",\"parent\":\"0x")
    pen.add(hexadecimal: handle(row[].parent).id)
    pen.add("\"")
    unsafe close(&pen, trace)
  }

  // MARK: All of them

  /// What is alive when the trace begins. What is leaving is over for everybody.
  func traceBeginning() {
    guard let trace = unsafe state.trace else { return }
    linkCleanup()
    unsafe trace.pointee.begin(at: now(), threadName: name(state.root))
    walk(state.root) { node in
      let row = nodes.row(node)
      if !row[].state.isGone { traceBegin(node) }
      return true
    }
  }

  /// What is alive when it ends. A cleanup that is not in the tree yet is not traced, nor is what
  /// it has opened: one of a traced node comes there before it begins, each when a trace begins.
  func traceEnding() {
    walk(state.root) { node in
      let row = nodes.row(node)
      if row[].flags.contains(.traced) { unsafe traceEnd(node, row, .alive, 0, nil) }
      return true
    }
    unsafe state.trace?.pointee.end(at: now())
  }

  // MARK: One event

  /// Up to the inside of its arguments.
  @inline(__always)
  private func open(
    _ phase: Phase, _ node: Slot, _ row: Place<Node>, _ trace: TracePointer,
    _ instant: StaticString = ""
  ) -> Pen {
    var pen = unsafe trace.pointee.text.pen
    switch phase {
    case .begin: pen.add(",\n{\"ph\":\"b\",\"cat\":\"")
    case .end: pen.add(",\n{\"ph\":\"e\",\"cat\":\"")
    case .instant: pen.add(",\n{\"ph\":\"n\",\"cat\":\"")
    }
    addKind(of: row, &pen)
    pen.add("\",\"id\":\"0x")
    pen.add(hexadecimal: handle(node).id)
    pen.add("\",\"name\":\"")
    switch phase {
    case .instant: pen.add(instant)
    case .begin, .end:
      if row[].flags.isDisjoint(with: [.named, .cleanup]) {
        addKind(of: row, &pen)
      } else {
        unsafe pen.add(quoted: name(node))
      }
    }
    pen.add("\"")
    unsafe trace.pointee.addPlace(at: now(), &pen)
    return pen
  }

  @inline(__always)
  private func close(_ pen: inout Pen, _ trace: TracePointer) {
    pen.add("}}")
    unsafe trace.pointee.text.take(pen)
  }

  @inline(__always)
  private func addKind(of row: Place<Node>, _ pen: inout Pen) {
    switch row[].kind {
    case .group: pen.add("group")
    case .scope: pen.add("scope")
    default: row[].flags.contains(.cleanup) ? pen.add("cleanup") : pen.add("task")
    }
  }
}
