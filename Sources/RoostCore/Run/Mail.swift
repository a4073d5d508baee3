internal import CShim

// The runtime's thread looks into its inbox before each batch, and in every query (K7).

extension Runtime {
  /// Does what was asked, and takes over what was posted, which runs later, all in order. None of
  /// the program's code runs in here. What is asked meanwhile is for the next time.
  @inline(never)
  func takeMail() {
    unsafe Inbox.lock(inbox)
    unsafe shim_store32(&inbox.pointee.hasMail, 0)
    giveBackPosts()
    var left = unsafe inbox.pointee.count
    while left > 0 {
      left -= 1
      let (asked, generation) = unsafe inbox.pointee.pop()
      switch asked.table {
      case .nodes:
        let wish = wishes[asked.slot]
        unsafe Inbox.unlock(inbox)
        if nodes[asked.slot].generation == generation { grant(wish, to: asked.slot) }
      case .waits:
        let code = asked.ask[].code
        unsafe Inbox.unlock(inbox)
        if waits[asked.slot].generation == generation { _ = wake(asked.slot, code) }
      case .posts:
        queue(post: asked.slot)
        continue
      default:
        unsafe Inbox.unlock(inbox)
        if primitives[asked.slot].generation == generation { _ = release(primitive: asked.slot) }
      }
      unsafe Inbox.lock(inbox)
    }
    unsafe Inbox.unlock(inbox)
  }

  /// A node may have ended since, and may be kept (C14a).
  private func grant(_ wish: Wish, to node: Slot) {
    if wish.what.contains(.shutdownFirst) { shutDownAsAsked(node, wish) }
    if wish.what.contains(.cancel), !nodes[node].state.isGone {
      let origin = Origin(rawValue: wish.origin) ?? .explicit
      unsafe withUnsafePointer(to: wish.message) {
        let message = unsafe UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)
        _ = unsafe cancel(node, origin, code: wish.code, message: message)
      }
    }
    if wish.what.contains(.shutdown) { shutDownAsAsked(node, wish) }
    if wish.what.contains(.release), nodes[node].flags.contains(.held),
      !nodes[node].rare.contains(.letGo)
    {
      release(node)
    }
  }

  /// Without memory for the patience there is none.
  private func shutDownAsAsked(_ node: Slot, _ wish: Wish) {
    guard !nodes[node].state.isGone else { return }
    do throws(Failure) {
      _ = try shutdown(node, wish.patience)
    } catch {
      _ = try? shutdown(node, 0)
    }
  }
}
