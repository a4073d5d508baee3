// What a dump for people says of the waits of a node.

extension Runtime {
  /// The first few of them; all are in JSON.
  func addWaits(of node: Slot, isFirst: Bool, to text: inout Text) {
    var (wait, count) = (nodes[node].waits, UInt64(0))
    while wait != 0 {
      if count < 4 {
        if count != 0 || !isFirst { text.separate() }
        add(sight(wait: wait), to: &text)
      }
      (count, wait) = (count + 1, waits[wait].next)
    }
    guard count > 4 else { return }
    text.separate()
    text.add("and ")
    text.add(count - 4, " more wait", " more waits")
  }

  private func add(_ sight: WaitSight, to text: inout Text) {
    switch sight.state {
    case .vacant, .retired: break
    case .starting, .waiting:
      text.add("has waited ")
      text.add(duration: elapsed(since: sight.since))
      text.add(" for ")
      addAim(sight, to: &text)
    case .relocking:
      text.add("its wait is over, but for ")
      addAim(sight, to: &text)
    case .taken:
      text.add("its wait for ")
      addAim(sight, to: &text)
      text.add(sight.isTakenBack ? " is being taken back" : " is being cancelled")
    case .aborting:
      text.add("its wait for ")
      addAim(sight, to: &text)
      text.add(" was asked to stop, and will end by itself")
    case .ended:
      text.add("its wait for ")
      addAim(sight, to: &text)
      text.add(" is over")
    case .leaving:
      text.add("is told of the end of its wait for ")
      addAim(sight, to: &text)
    }
  }

  /// What it waits for.
  private func addAim(_ sight: WaitSight, to text: inout Text) {
    let hasSubject = sight.subject != .none
    switch sight.kind {
    case .after: return addTime(sight, to: &text)
    case .park: return text.add("a request")
    case .call: return text.add("a call on a thread")
    case .names: return text.add("the addresses of a name")
    case .file: return text.add("a file")
    case .end: text.add(hasSubject ? "the end of " : "an end")
    case .start: text.add(hasSubject ? "the report of " : "a start")
    case .permit: text.add(hasSubject ? "a permit of " : "a permit")
    case .send: text.add(hasSubject ? "room in " : "room in a channel")
    case .receive: text.add(hasSubject ? "an item in " : "an item in a channel")
    case .event: if !hasSubject { text.add("an event") }
    case .lock: if !hasSubject { text.add("a lock") }
    case .condition: if !hasSubject { text.add("a condition") }
    case .signal: text.add("signal ")
    case .process: text.add("child process ")
    case .connect: text.add("being connected")
    case .accept: text.add("a connection")
    case .read: text.add("something to read")
    case .write: text.add("the end of a write")
    case .close: text.add("the close of a handle")
    case .readable: text.add("input from descriptor ")
    case .writable: text.add("room in descriptor ")
    }
    if let number = sight.number { text.add(number) }
    guard hasSubject else { return }
    addMention(of: sight.subject, to: &text)
    if sight.owner != .none {
      text.add(", owned by ")
      addMention(of: sight.owner, to: &text)
    }
    if let (count, capacity) = sight.used { add(count, of: capacity, sight.kind, to: &text) }
  }

  private func addTime(_ sight: WaitSight, to text: inout Text) {
    guard sight.state == .waiting else { return text.add("a time") }
    guard let until = sight.until else { return text.add("its cancellation") }
    let now = now()
    text.add("a time, ")
    text.add(duration: until > now ? until - now : 0)
    text.add(" to go")
  }

  private func add(
    _ count: UInt64, of capacity: UInt64, _ kind: Wait.Kind, to text: inout Text
  ) {
    text.add(", ")
    text.add(count)
    if capacity != .max {
      text.add(" of ")
      text.add(capacity)
    }
    text.add(kind == .permit ? " taken" : " in it")
  }
}
