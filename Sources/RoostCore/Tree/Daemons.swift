// Daemons do not keep their group open (L3).

extension Runtime {
  /// A closing group has nothing left but daemons: each of them is cancelled by itself, and nothing
  /// more can be opened in it.
  func cancelDaemons(of block: Slot) {
    guard !blocks[block].daemonsTold, blocks[block].askFirst == 0 else { return }
    blocks[block].daemonsTold = true
    blocks[block].refuses = true
    var child = nodes[block].first
    while child != 0 {
      unsafe cancel(child, .parentJoin, began: block)
      child = nodes[child].next
    }
  }
}
