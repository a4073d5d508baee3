// The words by which dumps and reports call things. In JSON they are values, and must not change.

extension Kind {
  /// What a sentence calls it.
  public var word: StaticString {
    switch self {
    case .none: "handle"
    case .runtime: "runtime"
    case .task: "task"
    case .group: "group"
    case .scope: "scope"
    case .wait: "wait"
    case .cleanup: "cleanup"
    case .event: "event"
    case .limiter: "limiter"
    case .lock: "lock"
    case .condition: "condition"
    case .channel: "channel"
    case .signal: "signal"
    }
  }
}

extension Handle {
  /// What a sentence calls what it names.
  public var word: StaticString { (Kind(rawValue: kindNumber) ?? .none).word }
}

extension Node.State {
  var word: StaticString {
    switch self {
    case .vacant, .retired: "vacant"
    case .queued: "queued"
    case .dismissed: "dismissed"
    case .ready: "ready"
    case .running: "running"
    case .pending: "pending"
    case .yielding: "yielding"
    case .open: "open"
    case .joining: "joining"
    case .ending: "ending"
    case .cleaning: "cleaning"
    case .leaving: "leaving"
    case .ended: "ended"
    }
  }
}

extension Wait.State {
  var word: StaticString {
    switch self {
    case .vacant, .retired: "vacant"
    case .starting, .waiting: "waiting"
    case .taken: "taken"
    case .aborting: "aborting"
    case .relocking: "relocking"
    case .ended: "ended"
    case .leaving: "leaving"
    }
  }
}

extension Wait.Kind {
  var word: StaticString {
    switch self {
    case .after: "time"
    case .end: "end"
    case .park: "request"
    case .start: "start"
    case .event: "event"
    case .permit: "permit"
    case .lock: "lock"
    case .condition: "condition"
    case .send: "room"
    case .receive: "item"
    case .signal: "signal"
    case .process: "process"
    case .connect: "connect"
    case .accept: "connection"
    case .read: "read"
    case .write: "write"
    case .close: "close"
    case .readable: "readable"
    case .writable: "writable"
    case .call: "call"
    case .names: "name"
    case .file: "file"
    }
  }
}

extension Origin {
  var word: StaticString {
    switch self {
    case .none: "none"
    case .explicit: "explicit"
    case .deadline: "deadline"
    case .failedSibling: "failed sibling"
    case .leftOpen: "left open"
    case .signal: "signal"
    case .shutdown: "shutdown"
    case .host: "host"
    case .deadlock: "deadlock"
    case .raceWon: "race won"
    case .parentJoin: "parent's join"
    }
  }
}

extension Policy {
  var word: StaticString {
    switch self {
    case .failFast: "fail-fast"
    case .supervise: "supervise"
    case .race: "race"
    }
  }
}
