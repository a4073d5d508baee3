internal import CShim

// Waits for the addresses of a name. Their list goes to whoever waits just before that is told, and
// is freed where nobody is.

/// A name that is looked up. Its request lies in front of it.
@safe
struct Lookup {
  let runtime: Runtime
  let wait: Slot
}

/// What is looked up.
@safe
public struct LookupOptions {
  /// The name, ended by 0; nil: this machine.
  public var name: UnsafePointer<CChar>?
  /// Its service, or port.
  public var service: UnsafePointer<CChar>?
  /// An `addrinfo`; nil: any address will do.
  public var hints: UnsafeRawPointer?

  /// A name, a service, or both.
  public init(
    name: UnsafePointer<CChar>?, service: UnsafePointer<CChar>?, hints: UnsafeRawPointer?
  ) {
    unsafe (self.name, self.service, self.hints) = (name, service, hints)
  }
}

extension Engine {
  /// Looks a name up, and waits in a node for its addresses, which `list` gets.
  @discardableResult
  public static func lookUp(
    _ options: LookupOptions, to list: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    in handle: Handle, _ done: @escaping WaitFunction, _ data: UnsafeMutableRawPointer?,
    _ drop: DropFunction?
  ) throws(Failure) -> Handle {
    let (runtime, wait) = try unsafe beginRequest(.names, in: handle, done, data, drop)
    unsafe transfers[wait].out = list
    if waits[wait].state == .waiting {
      do {
        try runtime.begin(options, for: wait)
      } catch {
        runtime.forget(wait)
        throw error
      }
    }
    return runtime.handle(wait: wait)
  }
}

extension Runtime {
  fileprivate func begin(_ options: LookupOptions, for wait: Slot) throws(Failure) {
    guard let memory = unsafe shim_alloc(Loop.lookupRoom + MemoryLayout<Lookup>.size) else {
      throw Failure(.noMemory, nil, "no memory to look a name up")
    }
    unsafe (memory + Loop.lookupRoom).initializeMemory(
      as: Lookup.self, to: Lookup(runtime: self, wait: wait))
    let code = unsafe state.loop.lookUp(options, in: memory)
    guard code == 0 else {
      unsafe shim_free(memory)
      throw Failure(Status(code), nil, "the name cannot be looked up; pass one, or a service")
    }
    unsafe requestBegun(memory, for: wait)
  }

  /// A wait for a name that has succeeded is over: whoever was not told of it has no use for them.
  func dropNames(of wait: Slot) { unsafe Loop.freeNames(transfers[wait].item) }
}

extension Lookup {
  /// On the loop's thread: there is a list where the code is 0.
  static func ended(
    _ request: UnsafeMutableRawPointer, _ code: Int32, _ names: UnsafeMutableRawPointer?,
    wasTakenBack: Bool
  ) {
    let lookup = unsafe (request + Loop.lookupRoom).assumingMemoryBound(to: Lookup.self)
    let (runtime, wait) = unsafe (lookup.pointee.runtime, lookup.pointee.wait)
    unsafe shim_free(request)
    runtime.requestEnded(wait, wasTakenBack ? nil : code)
    unsafe transfers[wait].item = names
  }
}
