import RoostCore
import Testing

/// One runtime on the virtual clock, and the log of what happened in it. A test builds a small
/// tree, runs it, and compares the log. Whatever has a name writes there:
///
///     a+  a-  a!       task a took its first step; its wait ended; its wait was cancelled
///     a?               its `onCancel` was called
///     c:failed         cleanup c was told that its node failed (completed, cancelled);
///     c:cancelled:new  ... before its first step
///     c-  c!  c?       of a cleanup that waits, as of a task
///     w=0  w=CANCELLED wait w ended with that
///     p/               the abort of the parked wait p was called
///     g=EIO[b:EIO]     the join of g brought that, with these errors, nested ones in brackets of
///                      their own; those beyond the list as a number, `+2`
///     g=0^             and a cancellation was absorbed there (`cancelledCaught`)
///     ~a               the drop of a was called (where the world `notesDrops`)
///     @1.5             so many seconds after the beginning
final class World {
  let runtime: Handle
  let root: Handle
  let beginning: UInt64
  /// A call of the engine is under way that may call nobody.
  private(set) var isCalling = false
  var notesDrops = false

  private var entries: [String] = []
  private var noted: UInt64
  private var boxes: [Box] = []
  private var isOpen = true

  init(_ set: (inout RuntimeOptions) -> Void = { _ in }) throws {
    var options = RuntimeOptions()
    options.isVirtual = true
    // A hang is told by what the run answers, where nobody listens.
    unsafe options.reports.report = { _, _ in }
    set(&options)
    runtime = try Engine.openRuntime(options)
    root = try Engine.root(of: runtime)
    beginning = try Engine.now(runtime)
    noted = beginning
  }

  // MARK: The log

  var log: String { entries.joined(separator: " ") }

  func note(_ entry: String) {
    if let now = try? Engine.now(runtime), now != noted {
      noted = now
      entries.append("@\(shortest(Double(now - beginning) / 1e9))")
    }
    entries.append(entry)
  }

  /// What has no name is silent.
  func note(of name: String, _ entry: String) { if !name.isEmpty { note(name + entry) } }

  func noteDrop(of box: Box) { if notesDrops, !box.label.isEmpty { note("~\(box.label)") } }

  // MARK: Calls

  /// A call that must not run any code of the program before it returns.
  func calling<Answer>(_ work: () throws -> Answer) rethrows -> Answer {
    let before = isCalling
    isCalling = true
    defer { isCalling = before }
    return try work()
  }

  /// Calls the engine with a box for its data, which is kept when that succeeds.
  func calling<Answer>(with box: Box, _ work: () throws -> Answer) rethrows -> Answer {
    let answer = try calling(work)
    boxes.append(box)
    return answer
  }

  // MARK: Running and closing

  /// Turns the loop until nothing is left to do.
  func run() throws { try #expect(Engine.run(runtime) == .ok) }

  /// So many seconds after the beginning.
  func instant(_ after: Double) -> UInt64 { beginning + UInt64(seconds(after)) }

  /// Closes the runtime. With a name, what it comes to is logged like a join.
  @discardableResult
  func close(_ name: String = "", patience: Int64 = 0) throws -> Status {
    let box = Box(name, in: self)
    box.join = { [unowned self] in note(of: name, "=\(word($0))") }
    var options = CloseOptions()
    options.patience = patience
    unsafe options.done = Box.close
    unsafe options.data = box.data
    unsafe options.drop = Box.drop
    boxes.append(box)
    isOpen = false
    return try Engine.close(runtime, options)
  }

  /// The end of a test: all has gone, and every drop was called once.
  fileprivate func end() throws {
    if isOpen {
      let status = try close()
      #expect(status != .pending && status != .busy && status != .deadlock)
    }
    for box in boxes where box.drops != 1 {
      Issue.record("the drop of '\(box.label)' was called \(box.drops) times (K5)")
    }
    // Their closures have the world, and the world has them.
    boxes = []
  }
}

/// Gives a test a world of its own. All of it happens on this thread, without suspending.
func inWorld(
  _ set: (inout RuntimeOptions) -> Void = { _ in }, test: (World) throws -> Void
) throws {
  let world = try World(set)
  try test(world)
  try world.end()
}

/// Nanoseconds.
func seconds(_ count: Double) -> Int64 {
  count == .infinity ? .max : Int64((count * 1e9).rounded())
}

/// What a call was refused with; nil when it was not.
func refusal<Answer>(_ work: () throws -> Answer) -> Status? {
  do {
    _ = try work()
    return nil
  } catch {
    return (error as? Failure)?.status
  }
}
