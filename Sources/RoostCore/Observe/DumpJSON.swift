// The dump for programs (O1): one object. Times are nanoseconds on the runtime's clock, handles are
// strings; what does not apply is null.

extension Runtime {
  func json(_ top: Slot, to text: inout Text) {
    text.add("{\"clock\":")
    text.add(state.isVirtual ? "\"virtual\"" : "\"real\"")
    text.add(",\"now_ns\":")
    text.add(now())
    if top == state.root { jsonRuntime(to: &text) }
    text.add(",\"nodes\":[")
    var node = top
    while true {
      text.add(node == top ? "\n" : ",\n")
      jsonNode(node, in: node == top ? 0 : nodes[node].parent, to: &text)
      guard let next = next(after: node, beneath: top) else { break }
      node = next
    }
    text.add("\n]}\n")
  }

  /// What is not the tree's.
  private func jsonRuntime(to text: inout Text) {
    text.add(",\"closing\":")
    text.add(state.closing.phase != .open)
    text.add(",\"strays\":[")
    var isFirst = true
    eachStray { task in
      text.add(isFirst ? "{\"id\":" : ",{\"id\":")
      text.add(id: handle(task))
      text.add(",\"name\":")
      unsafe text.add(quoted: name(task))
      text.add("}")
      isFirst = false
    }
    text.add("]")
  }

  private func jsonNode(_ node: Slot, in parent: Slot, to text: inout Text) {
    let sight = sight(of: node)
    text.add("{\"id\":")
    text.add(id: sight.handle)
    text.add(",\"parent\":")
    text.add(id: parent == 0 ? .none : handle(parent))
    text.add(",\"kind\":")
    text.add(word: sight.kind)
    text.add(",\"name\":")
    unsafe text.add(quoted: name(node))
    text.add(",\"state\":")
    text.add(word: sight.state.word)
    text.add(",\"daemon\":")
    text.add(sight.isDaemon)
    text.add(",\"blocking\":")
    text.add(nodes[node].flags.contains(.blocking))
    text.add(",\"fiber\":")
    text.add(nodes[node].rare.contains(.fiber))
    text.add(",\"stopping\":")
    text.add(sight.isStopping)
    jsonTimes(sight, to: &text)
    text.add(",\"cancelled\":")
    jsonCancelled(sight, to: &text)
    jsonWaits(of: node, to: &text)
    jsonCleanups(of: node, to: &text)
    jsonLocks(of: node, to: &text)
    if nodes[node].kind != .task { jsonBlock(node, to: &text) }
    text.add("}")
  }

  private func jsonTimes(_ sight: NodeSight, to text: inout Text) {
    text.add(",\"deadline_ns\":")
    text.add(optional: sight.deadline)
    text.add(",\"timeout_ns\":")
    text.add(optional: sight.timeout.map { UInt64(max(0, $0)) })
    text.add(",\"patience_ns\":")
    text.add(optional: sight.patience)
    text.add(",\"shield\":")
    switch sight.shield {
    case .off: text.add("null")
    case .on: text.add("\"on\"")
    case .holding: text.add("\"holding\"")
    case .over: text.add("\"over\"")
    }
    text.add(",\"shield_end_ns\":")
    text.add(optional: sight.shieldEnd)
    text.add(",\"grace_ns\":")
    text.add(optional: sight.grace)
  }

  private func jsonCancelled(_ sight: NodeSight, to text: inout Text) {
    guard let reason = unsafe sight.reason else { return text.add("null") }
    text.add("{\"since_ns\":")
    text.add(sight.cancelledSince)
    text.add(",\"called\":")
    text.add(sight.isCancelCalled)
    text.add(",\"origin\":")
    text.add(word: (Origin(rawValue: unsafe reason.pointee.origin) ?? .none).word)
    text.add(",\"code\":")
    text.add(signed: unsafe reason.pointee.code)
    text.add(",\"message\":")
    text.add(quoted: unsafe reason.pointee.message)
    text.add(",\"node\":")
    text.add(id: Handle(id: unsafe reason.pointee.node))
    text.add(",\"name\":")
    text.add(quoted: unsafe reason.pointee.name)
    text.add("}")
  }

  private func jsonWaits(of node: Slot, to text: inout Text) {
    text.add(",\"waits\":[")
    var wait = nodes[node].waits
    while wait != 0 {
      let sight = sight(wait: wait)
      text.add("{\"id\":")
      text.add(id: handle(wait: wait))
      text.add(",\"for\":")
      text.add(word: sight.kind.word)
      text.add(",\"state\":")
      text.add(word: sight.state.word)
      text.add(",\"since_ns\":")
      text.add(sight.since)
      text.add(",\"until_ns\":")
      text.add(optional: sight.until)
      text.add(",\"of\":")
      text.add(id: sight.subject)
      text.add(",\"owner\":")
      text.add(id: sight.owner)
      text.add(",\"count\":")
      text.add(optional: sight.used?.count)
      text.add(",\"capacity\":")
      text.add(optional: sight.used.flatMap { $0.capacity == .max ? nil : $0.capacity })
      text.add(",\"number\":")
      text.add(optional: sight.number)
      text.add("}")
      wait = waits[wait].next
      if wait != 0 { text.add(",") }
    }
    text.add("]")
  }

  private func jsonCleanups(of node: Slot, to text: inout Text) {
    text.add(",\"cleanups\":[")
    var cleanup = nodes[node].cleanups
    while cleanup != 0 {
      add(cleanup: cleanup, to: &text)
      cleanup = cleanups[cleanup].next
      if cleanup != 0 { text.add(",") }
    }
    text.add("]")
  }

  private func jsonLocks(of node: Slot, to text: inout Text) {
    text.add(",\"locks\":[")
    var lock = nodes[node].flags.contains(.detailed) ? details[node].locks.first : 0
    while lock != 0 {
      text.add(id: handle(primitive: lock))
      lock = primitives[lock].nextPart
      if lock != 0 { text.add(",") }
    }
    text.add("]")
  }

  private func jsonBlock(_ block: Slot, to text: inout Text) {
    let it = blocks.place(block)
    if nodes[block].kind == .group {
      text.add(",\"policy\":")
      text.add(word: it[].policy.word)
    }
    text.add(",\"limit\":")
    text.add(optional: it[].limit == .max ? nil : UInt64(it[].limit))
    text.add(",\"errors\":")
    text.add(it[].errorCount)
    text.add(",\"target\":")
    text.add(id: it[].target == 0 ? .none : handle(it[].target))
  }
}

extension Text {
  fileprivate mutating func add(_ value: Bool) { add(value ? "true" : "false") }

  fileprivate mutating func add(optional number: UInt64?) {
    guard let number else { return add("null") }
    add(number)
  }

  fileprivate mutating func add(id handle: Handle) {
    guard handle != .none else { return add("null") }
    add(byte: UInt8(ascii: "\""))
    add(handle)
    add(byte: UInt8(ascii: "\""))
  }

  /// One of ours, which needs no escaping.
  fileprivate mutating func add(word: StaticString) {
    add(byte: UInt8(ascii: "\""))
    add(word)
    add(byte: UInt8(ascii: "\""))
  }
}
