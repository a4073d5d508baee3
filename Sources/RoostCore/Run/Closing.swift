internal import CShim

/// What is told when a runtime has gone.
@safe
public struct CloseOptions {
  /// Until everything is cancelled: 0 at once, `Int64.max` never.
  public var patience: Int64 = 0
  /// Told once, when nothing of the runtime is left on the loop.
  public var done: CloseFunction? = nil
  /// What `done` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil

  /// Cancels at once, and tells nobody.
  public init() {}
}

extension Engine {
  /// Closes a runtime (S8a): ALREADY, having taken nothing, when that is under way.
  public static func close(_ handle: Handle, _ options: CloseOptions) throws(Failure) -> Status {
    let runtime = try findRuntime(handle)
    guard runtime.state.closing.phase == .open else { return .already }
    _ = try runtime.shutdown(runtime.state.root, options.patience)
    unsafe runtime.state.closing.done = options.done
    unsafe runtime.state.closing.data = options.data
    unsafe runtime.state.closing.drop = options.drop
    runtime.beginClosing()
    guard runtime.state.loop.isOwn, !runtime.state.isRunning, !runtime.state.isTurning,
      !runtime.isTurnedByHost
    else {
      return .pending
    }
    return runtime.run()
  }
}

extension Runtime {
  fileprivate func beginClosing() {
    state.closing.phase = .asked
    refusePosts()
    let root = state.root
    blocks[root].refuses = true
    blocks[root].sweeps = true
    nodes[root].state = .joining
    addBusy()
    push(Reference(node: root))
  }

  /// Everything has ended and been cleaned up; what is left is on the loop.
  func rootEnded(_ result: Result) {
    state.closing.result = result
    state.closing.phase = .strays
    if state.strayCount != 0, reportsStalls { state.closing.straysSince = now() }
    closeIfLeft()
  }

  /// Takes the runtime off the loop when the root has ended and no stray is left (S6a).
  func closeIfLeft() {
    guard state.closing.phase == .strays, state.strayCount == 0 else { return }
    state.closing.phase = .ended
    closeInbox()
    stopLingering()
    leaveDescriptors()
    state.closing.openHandles = Loop.handles + state.handlesOfWaits
    state.loop.close()
  }

  /// From the close callback of the handle of a wait.
  func handleOfWaitClosed() {
    state.handlesOfWaits -= 1
    if state.closing.phase == .ended { handleClosed() }
  }

  /// From the close callback of each handle.
  func handleClosed() {
    state.closing.openHandles -= 1
    guard state.closing.openHandles == 0 else { return }
    state.closing.phase = .clear
    // On an own loop, `run` goes on when libuv has returned; and a batch that is under way, whose
    // last callback has turned the loop, finishes when it is through.
    guard !state.loop.isOwn, !state.isTurning else { return }
    let (thread, outer) = unsafe (state.thread, leaveFiber())
    _ = finishClosing()
    unsafe comeBack(to: outer, on: thread)
  }

  /// The end. First the handles go stale, then whoever asked is told, then the memory goes. The
  /// answer is the root's outcome, or BUSY (S8a).
  func finishClosing() -> Status {
    let closing = state.closing
    let root = state.root
    unsafe withEveryChunk { unsafe ChunkPool.setOwner($0, Chunk.free) }
    stopTrace()
    let freed = state.loop.free()
    unsafe state.thread.pointee.runtimes -= 1
    var status = Status.ok
    if var result = closing.result {
      status = Status(Int32(truncatingIfNeeded: result.code))
      unsafe closing.program?.pointee.ended(result)
      unsafe closing.done?(&result, closing.data)
    }
    unsafe closing.drop?(closing.data)
    unsafe blocks[root].filterDrop?(blocks[root].filterData)
    unsafe state.reports.options.drop?(state.reports.options.data)
    freeErrors(blocks[root].errors)
    releaseKept(in: root)
    destroyPrimitives()
    // What was released while the root ended.
    while !state.ready.isEmpty {
      let reference = state.ready.pop()
      if reference.isNode { freeRow(reference.slot) } else { giveUpQueued(reference) }
    }
    freeRow(root)
    #if ROOST_CHECKED
      checkNothingIsLeft()
    #endif
    freeHost()
    freeState()
    return freed == .ok ? status : .busy
  }

  private func withEveryChunk(_ body: (ChunkPointer) -> Void) {
    unsafe state.nodeSlab.withEveryChunk(body)
    unsafe state.waitSlab.withEveryChunk(body)
    unsafe state.cleanupSlab.withEveryChunk(body)
    unsafe state.primitiveSlab.withEveryChunk(body)
  }
}
