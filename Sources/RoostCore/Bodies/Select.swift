// Several waits of a fiber, of which exactly one is taken (S3). All of them begin in the order in
// which they are given, as far as none of them has come; they know each other by a ring, and the
// first that ends, by what it waits for or by a mark, takes the others back in the same moment.

/// One of the waits: laid out as roost_choice.
@safe
public struct Choice {
  /// The size of the struct as the caller knows it.
  public var size: UInt64
  /// Which; 0 for none.
  public var kind: UInt64
  /// The handle of what is waited for.
  public var id: UInt64
  /// A time, a descriptor or a signal.
  public var number: Int64
  /// To be sent.
  public var item: UnsafeMutableRawPointer?
  /// Where what is received goes.
  public var out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  /// What it has answered, where it was taken.
  public var code: Int64
}

extension Engine {
  /// Waits for several things, and answers the index of the one that was taken.
  public static func select(_ choices: UnsafeMutableRawPointer?, _ count: UInt64) throws(Failure)
    -> Int32
  {
    let worker = try unsafe currentWorker()
    let runtime = unsafe worker.pointee.runtime
    guard count <= UInt64(Int32.max) else { throw Failure(.invalid, nil, "count is too large") }
    let choices = try unsafe Choices(choices, Int(count))
    let here = runtime.handle(unsafe worker.pointee.current)
    guard try runtime.begin(choices, here) else {
      return try unsafe waitHere { (here, done) throws(Failure) in
        try unsafe after(.max, in: here, done, nil, nil)
      }
    }
    let code = unsafe runtime.park(worker)
    let chosen = unsafe worker.pointee.chosen
    guard chosen != 0 else { return code }
    let index = Int(chosen) - 1
    choices[index][].code = Int64(code)
    return Int32(index)
  }
}

/// An array of choices, whose size is as the caller knows it.
@safe
private struct Choices {
  let first: UnsafeMutableRawPointer?
  let stride: Int
  let count: Int

  init(_ first: UnsafeMutableRawPointer?, _ count: Int) throws(Failure) {
    unsafe self.first = first
    self.count = count
    guard count != 0 else {
      stride = 0
      return
    }
    guard let first = unsafe first else {
      throw Failure(.invalid, nil, "choices is NULL; pass an array of them")
    }
    let size = unsafe first.load(as: UInt64.self)
    guard size >= UInt64(MemoryLayout<Choice>.size), size <= 4096, size & 7 == 0 else {
      throw Failure(.invalid, nil, "the size of a choice is not set; use the macros")
    }
    stride = Int(size)
    for index in 0..<count where self[index][].size != size || self[index][].kind > 10 {
      throw Failure(.invalid, nil, "a choice is of no kind, or of another size than the first")
    }
    if stride > MemoryLayout<Choice>.size { try checkRest() }
  }

  /// What a later version has in a choice is not known here (design decision 10).
  private func checkRest() throws(Failure) {
    for byte in 0..<count * stride where byte % stride >= MemoryLayout<Choice>.size {
      guard unsafe first.unsafelyUnwrapped.load(fromByteOffset: byte, as: UInt8.self) == 0 else {
        throw Failure(
          .tooBig, nil, "a choice has fields set that this library does not know; use a newer one")
      }
    }
  }

  subscript(index: Int) -> Place<Choice> {
    unsafe Place(
      (first.unsafelyUnwrapped + index * stride).assumingMemoryBound(to: Choice.self))
  }
}

extension Runtime {
  /// False where there is nothing to wait for. Where one cannot begin, those that have are taken
  /// back.
  fileprivate func begin(_ choices: Choices, _ here: Handle) throws(Failure) -> Bool {
    var (first, last) = (Slot(0), Slot(0))
    for index in 0..<choices.count where choices[index][].kind != 0 {
      let wait: Slot
      do {
        wait = try begin(choices[index], here, after: last).slot
      } catch {
        if last != 0 { takeBackRing(last) }
        throw error
      }
      waits[wait].choice = UInt32(index) + 1
      if last == 0 {
        first = wait
      } else {
        waits[last].nextChoice = wait
      }
      waits[wait].nextChoice = first
      last = wait
      // One that has come, or was taken by a mark, ends it here.
      if waits[wait].state != .waiting || waits[wait].inReadyQueue {
        leaveOtherChoices(wait)
        break
      }
    }
    return last != 0
  }

  private func begin(_ choice: Place<Choice>, _ here: Handle, after last: Slot) throws(Failure)
    -> Handle
  {
    let (subject, number) = (Handle(id: choice[].id), choice[].number)
    let done = unsafe toldFiber
    switch choice[].kind {
    case 1: return try unsafe Engine.after(number, in: here, done, nil, nil)
    case 2: return try unsafe Engine.onEnd(of: subject, in: here, done, nil, nil)
    case 3: return try unsafe Engine.wait(for: subject, in: here, done, nil, nil)
    case 4: return try unsafe Engine.acquirePermit(of: subject, in: here, done, nil, nil)
    case 5: return try unsafe Engine.acquireLock(subject, in: here, done, nil, nil)
    case 6:
      try checkApart(.receive, subject, last)
      return try unsafe Engine.send(choice[].item, to: subject, in: here, done, nil, nil)
    case 7:
      guard let out = unsafe choice[].out else {
        throw Failure(.invalid, subject, "is to be received from, and out is NULL; pass where to")
      }
      try checkApart(.send, subject, last)
      return try unsafe Engine.receive(from: subject, in: here, to: out, done, nil, nil)
    default:
      guard let number = Int32(exactly: number) else {
        throw Failure(.invalid, nil, "a choice has no signal or descriptor that exists")
      }
      switch choice[].kind {
      case 8: return try unsafe Engine.onReady(number, to: .read, in: here, done, nil, nil)
      case 9: return try unsafe Engine.onReady(number, to: .write, in: here, done, nil, nil)
      default: return try unsafe Engine.onSignal(number, in: here, done, nil, nil)
      }
    }
  }

  /// A fiber that sends and receives at once would meet itself: both would be taken.
  private func checkApart(_ other: Wait.Kind, _ channel: Handle, _ last: Slot) throws(Failure) {
    guard last != 0 else { return }
    var wait = last
    repeat {
      if waits[wait].kind == other, waits[wait].subject == channel.slot {
        throw Failure(.invalid, channel, "is both sent to and received from; leave one of them out")
      }
      wait = waits[wait].nextChoice
    } while wait != last
  }

  /// One of a ring has ended: the others are taken back, and nothing can complete them any more.
  func leaveOtherChoices(_ wait: Slot) {
    var other = waits[wait].nextChoice
    waits[wait].nextChoice = 0
    while other != wait {
      let next = waits[other].nextChoice
      waits[other].nextChoice = 0
      takeBack(other, .explicit)
      other = next
    }
  }

  private func takeBackRing(_ wait: Slot) {
    leaveOtherChoices(wait)
    takeBack(wait, .explicit)
  }
}
