internal import CShim

// Waits for a descriptor to be readable or writable (S3). Readiness is told and not taken: a wait
// that is cancelled has lost nothing (C4).
//
// A runtime has a table by the descriptors' numbers, and a set in which the kernel watches them. A
// number may come to mean something else without our being told. The kernel then no longer knows it
// in the set, or still tells of what it meant before, with the generation of that time.

/// What can be waited for.
public enum Direction: Int32, Sendable {
  case read = 1
  case write = 4
}

/// What is known of a descriptor by its number.
struct Descriptor {
  /// Who waits to read it, and who to write; 0 for nobody.
  var reader: Slot
  var writer: Slot
  /// With which it was put into the set the last time.
  var generation: UInt32
  /// It was put into the set, and not taken out by us since.
  var isWatched: Bool

  subscript(direction: Direction) -> Slot {
    get { direction == .read ? reader : writer }
    set { if direction == .read { reader = newValue } else { writer = newValue } }
  }

  /// What is waited for, as the kernel is told.
  var events: Int32 {
    (reader == 0 ? 0 : Direction.read.rawValue) | (writer == 0 ? 0 : Direction.write.rawValue)
  }
}

/// The descriptors of a runtime, by their numbers.
@safe
struct Descriptors {
  private var table: UnsafeMutablePointer<Descriptor>? = nil
  private(set) var room = 0
  /// The kernel's set; -1 until somebody waits.
  var set: Int32 = -1
  /// The handle by which the loop watches the set.
  var handle: UnsafeMutableRawPointer? = nil

  subscript(number: Int) -> Descriptor {
    unsafeAddress { unsafe UnsafePointer(table.unsafelyUnwrapped + number) }
    nonmutating unsafeMutableAddress { unsafe table.unsafelyUnwrapped + number }
  }

  /// Room for a number; false without memory.
  mutating func makeRoom(for number: Int) -> Bool {
    guard number >= room else { return true }
    let larger = max(64, room * 2, number + 1)
    let size = MemoryLayout<Descriptor>.stride
    guard let memory = unsafe shim_alloc(larger * size) else { return false }
    let copy = unsafe memory.bindMemory(to: Descriptor.self, capacity: larger)
    if let table = unsafe table { unsafe copy.update(from: table, count: room) }
    unsafe shim_free(table)
    unsafe table = copy
    room = larger
    return true
  }

  /// Frees the table.
  func free() { unsafe shim_free(table) }
}

extension Engine {
  /// Waits in a node until a descriptor can be read, or written to.
  @discardableResult
  public static func onReady(
    _ descriptor: Int32, to direction: Direction, in handle: Handle,
    _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, node) = try find(handle, .node)
    guard descriptor >= 0 else { throw notOpen }
    try runtime.watchDescriptors()
    let kind: Wait.Kind = direction == .read ? .readable : .writable
    let wait = try unsafe runtime.beginWait(in: node, kind, done, data, drop)
    waits[wait].subject = Slot(descriptor)
    runtime.checkBegun(wait)
    if waits[wait].state == .waiting {
      do {
        try runtime.register(Int(descriptor), direction, wait)
      } catch {
        runtime.forget(wait)
        throw error
      }
    }
    return runtime.handle(wait: wait)
  }

  /// Ends the waits for a descriptor that is about to be closed; ALREADY where there are none.
  public static func descriptorClosing(_ descriptor: Int32, of handle: Handle) throws(Failure)
    -> Status
  {
    let runtime = try findRuntime(handle)
    guard descriptor >= 0, Int(descriptor) < runtime.state.descriptors.room else { return .already }
    let number = Int(descriptor)
    if runtime.state.descriptors[number].isWatched {
      shim_set_forget(runtime.state.descriptors.set, descriptor)
      runtime.state.descriptors[number].isWatched = false
    }
    return runtime.endWaiting(forDescriptor: number, .badDescriptor) ? .ok : .already
  }

  fileprivate static var notOpen: Failure {
    Failure(.badDescriptor, nil, "the descriptor is not open; wait before it is closed")
  }
}

extension Runtime {
  /// The set, and what watches it, are there from now on.
  fileprivate func watchDescriptors() throws(Failure) {
    guard state.descriptors.set < 0 else { return }
    let set = shim_set_open()
    guard set >= 0 else {
      throw Failure(Status(set), nil, "the system has no more room to wait for descriptors")
    }
    do {
      unsafe state.descriptors.handle = try state.loop.watch(set, for: self)
    } catch {
      shim_set_close(set)
      throw error
    }
    state.descriptors.set = set
  }

  /// The runtime goes, and nobody waits.
  func leaveDescriptors() {
    guard let handle = unsafe state.descriptors.handle else { return }
    unsafe state.loop.closeHandle(of: handle)
    shim_set_close(state.descriptors.set)
  }

  /// Lets a wait stand in the table, and has the kernel tell. What can always be read and written,
  /// as a regular file, is ready now.
  fileprivate func register(_ number: Int, _ direction: Direction, _ wait: Slot) throws(Failure) {
    if number >= state.descriptors.room {
      guard shim_is_open(Int32(number)) != 0 else { throw Engine.notOpen }
      guard state.descriptors.makeRoom(for: number) else {
        throw Failure(.noMemory, nil, "no memory to wait for a descriptor")
      }
    }
    let events = state.descriptors[number].events | direction.rawValue
    var status = arm(number, events)
    if status == .notFound || status == .badDescriptor || status == .notPermitted {
      // Whoever waits here waits for what had this number before.
      state.descriptors[number].isWatched = false
      endWaiting(forDescriptor: number, .badDescriptor)
    }
    guard state.descriptors[number][direction] == 0 else {
      throw Failure(.busy, nil, "somebody waits for the same of this descriptor already")
    }
    if status == .notFound { status = add(number, direction.rawValue) }
    switch status {
    case .ok:
      state.descriptors[number][direction] = wait
      state.outside += 1
    case .notPermitted: complete(wait, 0)
    case .badDescriptor: throw Engine.notOpen
    default: throw Failure(status, nil, "the system cannot wait for this descriptor")
    }
  }

  /// What is told of a descriptor that is in the set.
  private func arm(_ number: Int, _ events: Int32) -> Status {
    guard state.descriptors[number].isWatched else { return .notFound }
    let generation = state.descriptors[number].generation
    return Status(shim_set_arm(state.descriptors.set, Int32(number), generation, events, 0))
  }

  /// Puts a descriptor into the set.
  private func add(_ number: Int, _ events: Int32) -> Status {
    state.descriptors[number].generation &+= 1
    let (set, generation) = (state.descriptors.set, state.descriptors[number].generation)
    let status = Status(shim_set_arm(set, Int32(number), generation, events, 1))
    if status == .ok { state.descriptors[number].isWatched = true }
    return status
  }

  /// From the loop: something has come. None of the program's code runs in here.
  func descriptorsCame() {
    var count: Int
    repeat {
      var ready = InlineArray<64, shim_ready>(repeating: shim_ready())
      count = unsafe withUnsafeMutablePointer(to: &ready) {
        unsafe Int(
          shim_set_look(
            state.descriptors.set,
            UnsafeMutableRawPointer($0).assumingMemoryBound(to: shim_ready.self)))
      }
      for index in 0..<count { tell(ready[index]) }
    } while count == Int(SHIM_READY_ROOM)
  }

  private func tell(_ ready: shim_ready) {
    let number = Int(ready.fd)
    // Of what had this number before.
    guard state.descriptors[number].generation == ready.generation else { return }
    if ready.events & Direction.read.rawValue != 0 { endWaiting(number, .read, .ok) }
    if ready.events & Direction.write.rawValue != 0 { endWaiting(number, .write, .ok) }
    let left = state.descriptors[number].events
    guard left != 0, arm(number, left) != .ok else { return }
    state.descriptors[number].isWatched = false
    endWaiting(forDescriptor: number, .badDescriptor)
  }

  /// Ends both waits; false where there were none.
  @discardableResult
  fileprivate func endWaiting(forDescriptor number: Int, _ status: Status) -> Bool {
    guard state.descriptors[number].events != 0 else { return false }
    endWaiting(number, .read, status)
    endWaiting(number, .write, status)
    return true
  }

  private func endWaiting(_ number: Int, _ direction: Direction, _ status: Status) {
    let wait = state.descriptors[number][direction]
    guard wait != 0 else { return }
    leaveDescriptor(wait)
    complete(wait, status.code)
  }

  /// A wait is over, whether it stood in the table or did not get there. The kernel may still tell
  /// of it, once.
  func leaveDescriptor(_ wait: Slot) {
    guard isInTable(wait) else { return }
    state.descriptors[Int(waits[wait].subject)][direction(of: wait)] = 0
    state.outside -= 1
  }

  func isInTable(_ wait: Slot) -> Bool {
    guard waits[wait].kind == .readable || waits[wait].kind == .writable else { return false }
    let number = Int(waits[wait].subject)
    return number < state.descriptors.room
      && state.descriptors[number][direction(of: wait)] == wait
  }

  private func direction(of wait: Slot) -> Direction {
    waits[wait].kind == .readable ? .read : .write
  }
}
