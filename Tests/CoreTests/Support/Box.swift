import RoostCore
import Testing

/// The data behind the callbacks of one task, cleanup, wait or join: what it does, as closures. A
/// world keeps all its boxes to its end, and sees there that each was dropped once (K5).
final class Box {
  let label: String
  private(set) var drops = 0
  private unowned let world: World

  var start: ((Handle) throws -> Status)?
  var onCancel: ((Handle, Why) throws -> Status)?
  var cleanup: ((Handle, Told) throws -> Status)?
  var wait: ((Handle, Status) throws -> Void)?
  var abort: ((Handle) throws -> Status)?
  var join: ((Joined) throws -> Void)?
  var filter: ((Listed) throws -> Verdict)?

  init(_ label: String, in world: World) {
    self.label = label
    self.world = world
  }

  var data: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  static func at(_ data: UnsafeMutableRawPointer?) -> Box {
    guard let data = unsafe data else { preconditionFailure("a callback without its data") }
    return unsafe Unmanaged<Box>.fromOpaque(data).takeUnretainedValue()
  }

  private func dropped() {
    drops += 1
    world.noteDrop(of: self)
  }

  /// Calls one of the closures: never while a call of ours is under way (C5), never after the drop.
  private func call<Argument, Answer>(
    _ closure: ((Argument) throws -> Answer)?, with argument: Argument, otherwise: Answer
  ) -> Answer {
    #expect(!world.isCalling, "\(label) was called inside a call of the engine")
    #expect(drops == 0, "\(label) was called after its drop")
    do {
      guard let closure else { return otherwise }
      return try closure(argument)
    } catch {
      Issue.record(error, "in \(label)")
      return otherwise
    }
  }
}

/// The functions that the engine is given. Each finds its closure in the box behind `data`.
extension Box {
  static let start: StartFunction = { task, data in
    let box = unsafe Box.at(data)
    return box.call(box.start, with: Handle(id: task), otherwise: .invalid).code
  }

  static let onCancel: CancelFunction = { task, why, data in
    let box = unsafe Box.at(data)
    let (task, why) = unsafe (Handle(id: task), Why(why?.assumingMemoryBound(to: Reason.self)))
    return box.call(
      { (why: Why?) in try box.onCancel?(task, #require(why)) ?? .ok }, with: why,
      otherwise: .invalid
    ).code
  }

  static let cleanup: CleanupFunction = { task, why, data in
    let box = unsafe Box.at(data)
    let (task, told) = unsafe (Handle(id: task), Told(why?.assumingMemoryBound(to: Outcome.self)))
    return box.call(
      { (told: Told?) in try box.cleanup?(task, #require(told)) ?? .ok }, with: told,
      otherwise: .invalid
    ).code
  }

  static let wait: WaitFunction = { wait, code, data in
    let box = unsafe Box.at(data)
    box.call(
      { (status: Status) in try box.wait?(Handle(id: wait), status) }, with: Status(code),
      otherwise: nil)
  }

  static let abort: AbortFunction = { wait, data in
    let box = unsafe Box.at(data)
    return box.call(box.abort, with: Handle(id: wait), otherwise: .invalid).code
  }

  static let join: JoinFunction = { node, result, data in
    let box = unsafe Box.at(data)
    let joined = unsafe Joined(result?.assumingMemoryBound(to: Result.self))
    box.call({ (joined: Joined?) in try box.join?(#require(joined)) }, with: joined, otherwise: nil)
  }

  static let close: CloseFunction = { result, data in
    let box = unsafe Box.at(data)
    let joined = unsafe Joined(result?.assumingMemoryBound(to: Result.self))
    box.call({ (joined: Joined?) in try box.join?(#require(joined)) }, with: joined, otherwise: nil)
  }

  static let filter: FilterFunction = { _, error, data in
    let box = unsafe Box.at(data)
    let listed = unsafe Listed.list(error?.assumingMemoryBound(to: ErrorRecord.self)).first
    return box.call(
      { (error: Listed?) in try box.filter?(#require(error)) ?? .record }, with: listed,
      otherwise: .cancelRest
    ).rawValue
  }

  static let drop: DropFunction = { data in unsafe Box.at(data).dropped() }
}
