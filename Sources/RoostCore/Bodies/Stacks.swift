internal import CShim
internal import CStack

// Stacks for fibers. They are cut from large pieces of addresses, each with a guard page at its
// bottom, are used again, the last given back first, and go with their runtime. At the top of each
// lies the record of the fiber that runs on it, so that nothing but the stack itself is touched.

/// What runs on a stack: one fiber after another.
@safe
struct Worker {
  /// The first field: a pointer to the one is a pointer to the other.
  var context: stack_context
  let runtime: Runtime
  /// The fiber's task, and the innermost node that it has open.
  var task: Slot = 0
  var current: Slot = 0
  /// What its wait has brought, and which one that was of several, from 1 on; 0: it was taken.
  var code: Int32 = 0
  var chosen: UInt32 = 0
  /// Waits in a row that let nobody else run (S1a).
  var streak: UInt32 = 0
  let size: StackSize
  /// The runtime goes, and so does the stack.
  var leaves = false
  /// The data of the task, as long as its row leads here.
  var data: UnsafeMutableRawPointer? = nil
  /// What it closes, while it waits for that, and where the result goes.
  var closing: Slot = 0
  /// The groups and scopes whose results it keeps.
  var results: Slot = 0
  var result: UnsafeMutableRawPointer? = nil
  /// The next that has no fiber, and the next of all of its size.
  var next: WorkerPointer? = nil
  var other: WorkerPointer? = nil
}

typealias WorkerPointer = UnsafeMutablePointer<Worker>

/// The size of a stack, as a power of two.
struct StackSize: Equatable {
  let exponent: UInt8

  static let least: UInt8 = 13
  static let greatest: UInt8 = 30
  /// 64 KiB.
  static let usual = StackSize(exponent: 16)
  static let count = Int(greatest - least) + 1

  var bytes: Int { 1 << Int(exponent) }
  var index: Int { Int(exponent - StackSize.least) }

  init(exponent: UInt8) { self.exponent = exponent }

  /// Room for so many bytes; 0 where nothing is said, nil for too many.
  static func exponent(for bytes: UInt64) -> UInt8? {
    guard bytes != 0 else { return 0 }
    guard bytes <= 1 << UInt64(greatest) else { return nil }
    let exponent = bytes == 1 ? 0 : UInt8(64 - (bytes - 1).leadingZeroBitCount)
    return max(least, exponent)
  }
}

/// The stacks of one size.
@safe
struct StackPool {
  private var free: WorkerPointer? = nil
  /// All that were made.
  private var all: WorkerPointer? = nil
  private(set) var freeCount = 0
  private var count = 0
  /// Stacks that cleanups will need (K2c).
  private(set) var reserved = 0
  /// What is left of the piece of addresses that stacks are cut from.
  private var rest: UnsafeMutableRawPointer? = nil
  private var restCount = 0
  private var pieces: UnsafeMutablePointer<StackPiece>? = nil

  /// Nobody has a stack, nor a claim to one.
  var isWhole: Bool { freeCount == count && reserved == 0 }

  /// A stack, of those that nobody has reserved; nil without memory.
  @inline(__always)
  mutating func take(_ size: StackSize, for runtime: Runtime) -> WorkerPointer? {
    if freeCount == reserved { guard make(size, for: runtime) else { return nil } }
    return unsafe pop()
  }

  /// Makes sure that `takeReserved` has one.
  mutating func reserve(_ size: StackSize, for runtime: Runtime) -> Bool {
    if freeCount == reserved { guard make(size, for: runtime) else { return false } }
    reserved += 1
    return true
  }

  mutating func unreserve() { reserved -= 1 }

  mutating func takeReserved() -> WorkerPointer {
    reserved -= 1
    return unsafe pop()
  }

  /// One that was given back now is reserved again.
  mutating func reserveAgain() { reserved += 1 }

  private mutating func pop() -> WorkerPointer {
    let worker = unsafe free.unsafelyUnwrapped
    unsafe free = worker.pointee.next
    freeCount -= 1
    return unsafe worker
  }

  @inline(__always)
  mutating func give(_ worker: WorkerPointer) {
    unsafe worker.pointee.next = free
    unsafe free = worker
    freeCount += 1
  }

  /// One more stack.
  @inline(never)
  private mutating func make(_ size: StackSize, for runtime: Runtime) -> Bool {
    if restCount == 0 { guard getPiece(size) else { return false } }
    let bottom = unsafe rest.unsafelyUnwrapped
    guard unsafe stack_make(bottom, size.bytes) == 0 else { return false }
    unsafe rest = bottom + size.bytes
    restCount -= 1
    // Stacks begin at different distances from a page, so that the records of many are not all in
    // the same few lines of the cache.
    let shift = (count & 15) * 64 + ((MemoryLayout<Worker>.size + 63) & ~63)
    let worker = unsafe (bottom + size.bytes - shift).bindMemory(to: Worker.self, capacity: 1)
    unsafe worker.initialize(to: Worker(context: stack_context(), runtime: runtime, size: size))
    unsafe stack_begin(Worker.context(worker), bottom + Int(STACK_PAGE), Worker.run)
    unsafe worker.pointee.other = all
    unsafe all = worker
    count += 1
    unsafe give(worker)
    return true
  }

  /// As many as there are already, or less where that is too much.
  private mutating func getPiece(_ size: StackSize) -> Bool {
    var wanted = min(max(count, 16), max(1, (1 << 30) / size.bytes))
    while wanted > 0 {
      if let memory = unsafe stack_map(wanted * size.bytes) {
        guard let piece = unsafe shim_alloc(MemoryLayout<StackPiece>.size) else {
          unsafe stack_unmap(memory, wanted * size.bytes)
          return false
        }
        let record = unsafe piece.bindMemory(to: StackPiece.self, capacity: 1)
        unsafe record.initialize(
          to: StackPiece(memory: memory, bytes: wanted * size.bytes, next: pieces))
        unsafe pieces = record
        unsafe rest = memory
        restCount = wanted
        return true
      }
      wanted /= 2
    }
    return false
  }

  /// Gives the memory of stacks that no fiber uses back; what lies at the top of one is in use.
  func trim() {
    var worker = unsafe free
    while let one = unsafe worker {
      let bottom = unsafe one.pointee.context.bottom.unsafelyUnwrapped
      // Up to the page with the frames in which it waits for its next fiber.
      let end = unsafe Int(bitPattern: one.pointee.context.at) & ~(Int(STACK_PAGE) - 1)
      let length = end - Int(bitPattern: bottom)
      if length > 0 { unsafe stack_clear(UnsafeMutableRawPointer(mutating: bottom), length) }
      unsafe worker = one.pointee.next
    }
  }

  /// All of it goes. No fiber is left.
  mutating func close(_ runtime: Runtime) {
    var worker = unsafe stack_is_watched() == 0 ? nil : all
    while let one = unsafe worker {
      unsafe worker = one.pointee.other
      unsafe runtime.dismiss(one)
    }
    while let piece = unsafe pieces {
      unsafe pieces = piece.pointee.next
      unsafe stack_unmap(piece.pointee.memory, piece.pointee.bytes)
      unsafe shim_free(piece)
    }
  }
}

/// A piece of addresses.
@safe
struct StackPiece {
  let memory: UnsafeMutableRawPointer
  let bytes: Int
  let next: UnsafeMutablePointer<StackPiece>?
}

extension Worker {
  @inline(__always)
  static func context(_ worker: WorkerPointer) -> UnsafeMutablePointer<stack_context> {
    unsafe UnsafeMutableRawPointer(worker).assumingMemoryBound(to: stack_context.self)
  }

  @inline(__always)
  static func of(_ context: UnsafeMutablePointer<stack_context>) -> WorkerPointer {
    unsafe UnsafeMutableRawPointer(context).assumingMemoryBound(to: Worker.self)
  }
}

extension Engine {
  /// Gives the memory of stacks that no fiber uses back to the system.
  public static func trim(_ handle: Handle) throws(Failure) {
    let runtime = try findRuntime(handle)
    for index in 0..<StackSize.count {
      runtime.state.stacks[index].trim()
    }
  }
}
