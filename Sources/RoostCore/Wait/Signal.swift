internal import CShim

// Waits for a signal (S3). A runtime catches each signal once, by a row among the primitives, in
// whose queue those who wait for it stand until their functions have returned: so what comes
// meanwhile finds them, and is told to the next wait that such a function begins (C4). When the
// last has left, the signal is not caught any more.

extension Engine {
  /// Waits in a node until the process receives a signal.
  @discardableResult
  public static func onSignal(
    _ number: Int32, in handle: Handle, _ done: @escaping WaitFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try find(handle, .node)
    guard number > 0, Int(number) < SHIM_SIGNALS, shim_signal_is_fault(number) == 0 else {
      throw Failure(.invalid, nil, "there is no such signal, or nobody can wait for it")
    }
    let signal = try runtime.catchSignal(number)
    let wait: Slot
    do {
      wait = try unsafe runtime.beginWait(in: node, .signal, done, data, drop)
    } catch {
      runtime.leaveIfAlone(signal)
      throw error
    }
    runtime.queue(wait, for: signal)
    waits[wait].cameAgain = false
    runtime.state.outside += 1
    runtime.checkBegun(wait)
    if runtime.takeMissed(of: signal, by: wait) { runtime.tell(wait, number) }
    return runtime.handle(wait: wait)
  }
}

extension Runtime {
  /// The row of a signal, which is caught from now on.
  fileprivate func catchSignal(_ number: Int32) throws(Failure) -> Slot {
    var signal = caughtSignal(number)
    guard signal == 0 else { return signal }
    signal = state.primitiveSlab.take()
    guard signal != 0 else { throw Failure(.noMemory, nil, "no memory to wait for a signal") }
    primitives[signal].begin(.signal)
    primitives[signal].capacity = UInt64(number)
    do {
      unsafe primitives[signal].caught = try state.loop.catchSignal(number, for: self)
    } catch {
      state.primitiveSlab.give(signal)
      throw error
    }
    state.signals.append(signal)
    return signal
  }

  /// 0 for one that is not caught. Linear in their number.
  private func caughtSignal(_ number: Int32) -> Slot {
    var signal = state.signals.first
    while signal != 0, primitives[signal].capacity != UInt64(number) {
      signal = primitives[signal].nextPart
    }
    return signal
  }

  /// From the loop: all who wait are told, and those who will be told of an earlier one, or of a
  /// cancellation, have missed it.
  func signalCame(_ number: Int32) {
    var wait = primitives[caughtSignal(number)].waiting.first
    while wait != 0 {
      tell(wait, number)
      wait = waits[wait].nextWatcher
    }
  }

  fileprivate func tell(_ wait: Slot, _ number: Int32) {
    if waits[wait].state == .waiting {
      complete(wait, number)
    } else {
      waits[wait].cameAgain = true
    }
  }

  /// Whether the function that runs is that of a wait which has missed one, or the fiber has; not
  /// for a second time.
  fileprivate func takeMissed(of signal: Slot, by new: Slot) -> Bool {
    var wait = primitives[signal].waiting.first
    while wait != 0, unsafe waits[wait].state != .leaving || waits[wait].fiber != waits[new].fiber {
      wait = waits[wait].nextWatcher
    }
    guard wait != 0 else { return false }
    let hasMissed = waits[wait].cameAgain
    waits[wait].cameAgain = false
    if isListening(wait) { stopListening(wait) }
    return hasMissed
  }

  // Between two waits of a fiber, which has no function that would be running, the wait that was
  // told stays in the queue, and keeps the signal caught, but nothing else.

  func isListening(_ wait: Slot) -> Bool {
    unsafe waits[wait].fiber != nil && waits[wait].kind == .signal
      && waits[wait].state == .leaving
  }

  func listen(_ wait: Slot) {
    state.outside -= 1
    guard !waits[wait].isBackground else { return }
    waits[wait].isBackground = true
    removeBusy()
  }

  func stopListening(_ wait: Slot) {
    state.outside += 1
    leaveSignal(wait)
    forget(wait)
  }

  /// A wait has been told.
  func leaveSignal(_ wait: Slot) {
    let signal = waits[wait].subject
    unqueue(wait)
    state.outside -= 1
    leaveIfAlone(signal)
  }

  fileprivate func leaveIfAlone(_ signal: Slot) {
    guard primitives[signal].waiting.isEmpty else { return }
    let number = Int32(truncatingIfNeeded: primitives[signal].capacity)
    unsafe state.loop.leaveSignal(number, primitives[signal].caught.unsafelyUnwrapped)
    state.signals.remove(signal)
    state.primitiveSlab.give(signal)
  }
}
