internal import CShim

// A turn of the host: what it asks is carried out, the loop turns until there is something to tell,
// and the host gets that.

/// Opens a group as the options say that a host has given, in a node.
public typealias HostGroupOpener =
  (_ parent: Handle, _ options: UnsafeRawPointer) throws(Failure) -> Handle

extension Engine {
  /// Carries out what is asked, and nothing else.
  public static func submit(
    _ handle: Handle, _ asks: UnsafePointer<HostAsk>?, _ count: UInt64, _ open: HostGroupOpener
  ) throws(Failure) {
    let (runtime, host) = try unsafe findHost(handle)
    unsafe runtime.carryOut(asks, count, host, open)
  }

  /// Carries out what is asked, turns the loop until there is something to tell, and answers how
  /// much that is; 0 or a code where the run is over.
  public static func turnHost(
    _ handle: Handle, _ asks: UnsafePointer<HostAsk>?, _ count: UInt64,
    _ out: UnsafeMutablePointer<UnsafePointer<HostTold>?>, _ open: HostGroupOpener
  ) throws(Failure) -> Int64 {
    let (runtime, host) = try unsafe findHost(handle)
    let turnsLoop = unsafe host.pointee.options.ready == nil
    guard !turnsLoop || !runtime.state.isRunning && !runtime.state.isTurning else {
      throw Failure(.order, handle, "is being turned; return to its loop instead")
    }
    // What is told next goes where the host has read.
    let room = unsafe host.pointee.told.room
    guard unsafe host.pointee.given.reserve(room) else {
      throw Failure(.noMemory, handle, "no memory to tell its host")
    }
    unsafe runtime.giveUpResults(of: host)
    unsafe runtime.carryOut(asks, count, host, open)
    if turnsLoop, let over = unsafe runtime.turnForHost(host) { return Int64(over.code) }
    unsafe host.pointee.given.clear()
    unsafe swap(&host.pointee.given, &host.pointee.told)
    unsafe (host.pointee.givenResults, host.pointee.results) = (host.pointee.results, nil)
    unsafe out.pointee = UnsafePointer(host.pointee.given.first)
    return Int64(unsafe host.pointee.given.count)
  }
}

extension Runtime {
  /// Turns an own loop until there is something to tell: nil then. Else the run is over, with this
  /// status, and the runtime may have gone.
  fileprivate func turnForHost(_ host: HostPointer) -> Status? {
    guard unsafe host.pointee.told.isEmpty else { return nil }
    let (thread, outer) = unsafe (state.thread, leaveFiber())
    defer { unsafe comeBack(to: outer, on: thread) }
    state.isRunning = true
    unsafe host.pointee.isWaiting = true
    forgetDeadlock()
    while unsafe host.pointee.told.isEmpty, state.closing.phase != .clear,
      state.deadlock != .stuck
    {
      // What was posted meanwhile has something run (S5).
      if state.busy == 0, hasMail { takeMail() }
      if state.busy == 0 { break }
      state.loop.runOnce()
    }
    state.isRunning = false
    unsafe host.pointee.isWaiting = false
    if unsafe !host.pointee.told.isEmpty { return nil }
    if state.closing.phase == .clear {
      let met = state.deadlock != .none
      let status = finishClosing()
      return met ? .deadlock : status
    }
    defer { if state.deadlock == .met { state.deadlock = .none } }
    return state.deadlock == .none ? .ok : .deadlock
  }

  /// Carries out what is asked, one after the other; each is a step of its own.
  fileprivate func carryOut(
    _ asks: UnsafePointer<HostAsk>?, _ count: UInt64, _ host: HostPointer, _ open: HostGroupOpener
  ) {
    guard let asks = unsafe asks, count != 0 else { return }
    let (thread, outer) = unsafe (state.thread, leaveFiber())
    let wasTurning = state.isTurning
    state.isTurning = true
    for index in 0..<Int(count) {
      let ask = unsafe asks[index]
      do throws(Failure) {
        try unsafe carryOut(ask, host, open)
      } catch {
        unsafe tellRefused(ask, error.status.code, host)
      }
      #if ROOST_CHECKED
        if !wasTurning { checkAfterStep() }
      #endif
    }
    state.isTurning = wasTurning
    unsafe comeBack(to: outer, on: thread)
  }

  /// B1: of what is waited for, that is its outcome.
  @inline(never)
  private func tellRefused(_ ask: HostAsk, _ code: Int32, _ host: HostPointer) {
    var told = HostTold(what: HostTold.wake, code: code, key: ask.key, value: 0)
    if ask.what == HostAsk.close, unsafe isTold(ask, host) {
      told.what = HostTold.closed
    } else if ask.what < HostAsk.checkpoint || ask.what > HostAsk.end {
      (told.what, told.value) = (HostTold.refused, UInt64(bitPattern: Int64(ask.what)))
    }
    unsafe host.pointee.told.append(told)
  }

  /// Whether the host waits for a closing.
  private func isTold(_ ask: HostAsk, _ host: HostPointer) -> Bool {
    let block = Handle(id: unsafe host.pointee.keys.handle(ask.node))
    return block.kindNumber != Kind.scope.rawValue || ask.value & HostAsk.tell != 0
  }

  // MARK: In the loop

  /// Whether what is next in the batch may be anybody's code, before which the host has to go on
  /// with what it was told.
  @inline(__always)
  func stopsForHost(before reference: Reference) -> Bool {
    guard let host = unsafe state.host, unsafe !host.pointee.told.isEmpty else { return false }
    return unsafe tellsFirst(host, reference)
  }

  @inline(never)
  private func tellsFirst(_ host: HostPointer, _ reference: Reference) -> Bool {
    if isQuiet(reference) { return false }
    if unsafe host.pointee.isWaiting { return true }
    callReady()
    return false
  }

  /// Whether a step does nothing but tell the host. One that closes something may do more: what it
  /// makes ready has to come after what those ask who were told before it (S1).
  private func isQuiet(_ reference: Reference) -> Bool {
    if reference.isWait {
      let row = waits.row(reference.slot)
      return unsafe isOfHost(row[].done) && row[].drop == nil && row[].abort == nil
    }
    guard reference.isNode else { return false }
    let row = nodes.row(reference.slot)
    switch row[].state {
    case .ready: return isHostedStart(row)
    case .yielding: return !row[].rare.contains(.fiber)
    default: return false
    }
  }

  private func isHostedStart(_ row: Place<Node>) -> Bool {
    guard let host = unsafe state.host else { return false }
    return unsafe same(row[].start, host.pointee.options.begin)
  }

  /// Where others turn the loop, the host takes what it is told from inside.
  func callReady() {
    guard let host = unsafe state.host, unsafe !host.pointee.told.isEmpty,
      let ready = unsafe host.pointee.options.ready, unsafe !host.pointee.isCalling
    else { return }
    unsafe host.pointee.isCalling = true
    unsafe ready(runtimeHandle.id, host.pointee.options.data)
    unsafe state.host?.pointee.isCalling = false
  }

  /// Something is told: the loop is to come back with it, if it is the host that turns it.
  @inline(__always)
  func comeBackForHost() {
    guard let host = unsafe state.host, unsafe !host.pointee.told.isEmpty else { return }
    if unsafe host.pointee.isWaiting { state.loop.stop() } else { callReady() }
  }
}
