internal import CShim

/// A function that is to be called on the runtime's thread (S5). Its row is taken by the thread
/// that posts, under the inbox's mutex, and given back by the runtime's, many at a time.
@safe
struct Post {
  var generation: UInt32
  var next: Slot
  var readyLink: Reference
  var state: State
  var run: PostFunction?
  var data: UnsafeMutableRawPointer?
  var drop: DropFunction?

  enum State: UInt8 {
    case vacant = 0
    case posted
    case retired
  }
}

extension Post: Row {
  var isVacant: Bool { state != .posted }
  mutating func vacate() { state = .vacant }
  mutating func retire() { state = .retired }
  var isRetired: Bool { state == .retired }

  static var table: Chunk.Table { .posts }
  static var chunkBytes: Int { asks + Int(Chunk.rows) * MemoryLayout<Ask>.stride }
  /// Where the column of the inbox's links begins.
  static var asks: Int { Chunk.headSize + Int(Chunk.rows) * MemoryLayout<Post>.stride }
}

struct Posts {
  @inline(__always)
  subscript(slot: Slot) -> Post {
    unsafeAddress { unsafe UnsafePointer(Slab<Post>.row(slot)) }
    nonmutating unsafeMutableAddress { unsafe Slab<Post>.row(slot) }
  }
}

@inline(__always) var posts: Posts { Posts() }

extension Engine {
  /// Has a function called on the runtime's thread, from any thread, in the order of posting (S5).
  public static func post(
    to handle: Handle, _ run: @escaping PostFunction, _ data: UnsafeMutableRawPointer?,
    _ drop: DropFunction?
  ) throws(Failure) {
    guard let runtime = try findRuntimeOrAsk(handle) else {
      return try unsafe withInbox(of: handle) { (inbox, runtime) throws(Failure) in
        let post = try unsafe runtime.newPost(handle, inbox, run, data, drop)
        unsafe inbox.pointee.append(Asked(.posts, post))
        unsafe inbox.pointee.ring(runtime)
      }
    }
    // What came before goes before.
    if runtime.hasMail { runtime.takeMail() }
    unsafe Inbox.lock(runtime.inbox)
    defer { unsafe Inbox.unlock(runtime.inbox) }
    runtime.giveBackPosts()
    runtime.queue(post: try unsafe runtime.newPost(handle, runtime.inbox, run, data, drop))
  }

  /// The runtime of its handle; nil where it is another thread's.
  static func findRuntimeOrAsk(_ handle: Handle) throws(Failure) -> Runtime? {
    try orAsk { () throws(Failure) in try findRuntime(handle) }
  }
}

// All of this with the inbox locked, but for the step.

extension Runtime {
  fileprivate func newPost(
    _ handle: Handle, _ inbox: InboxPointer, _ run: @escaping PostFunction,
    _ data: UnsafeMutableRawPointer?, _ drop: DropFunction?
  ) throws(Failure) -> Slot {
    guard unsafe inbox.pointee.takesPosts else {
      throw Failure(.closed, handle, "is being closed; post before its closing")
    }
    let post = state.postSlab.take()
    guard post != 0 else { throw Failure(.noMemory, handle, "no memory to post to it") }
    posts[post].state = .posted
    unsafe posts[post].run = run
    unsafe posts[post].data = data
    unsafe posts[post].drop = drop
    return post
  }

  /// It runs as a step, keeps the loop going until then, and the root open (S8, S8a).
  func queue(post: Slot) {
    addBusy()
    blocks[state.root].pendingStarts += 1
    state.queuedPosts += 1
    push(Reference(post: post))
  }

  /// The rows of what has run.
  func giveBackPosts() {
    while state.usedPosts != 0 {
      let post = state.usedPosts
      state.usedPosts = posts[post].next
      state.postSlab.give(post)
    }
  }

  /// Nothing more can be posted (S8a). What was accepted will run.
  func refusePosts() {
    unsafe Inbox.lock(inbox)
    unsafe inbox.pointee.takesPosts = false
    unsafe Inbox.unlock(inbox)
    takeMail()
  }

  func step(post: Slot) {
    let (run, data, drop) = unsafe (posts[post].run, posts[post].data, posts[post].drop)
    posts[post].next = state.usedPosts
    state.usedPosts = post
    state.counters.posts &+= 1
    let root = state.root
    unsafe run.unsafelyUnwrapped(runtimeHandle.id, data)
    unsafe drop?(data)
    removeBusy()
    blocks[root].pendingStarts -= 1
    state.queuedPosts -= 1
    if goesOn(root) { push(Reference(node: root)) }
  }
}
