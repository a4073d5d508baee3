/// Where the links of a list's entries stand in their rows.
protocol Links {
  static subscript(next slot: Slot) -> Slot { get set }
  static subscript(previous slot: Slot) -> Slot { get set }
}

/// A list of rows, linked by slot, for which no memory is needed. The first entry's `previous` is
/// the last, so that appending needs no search.
struct List<L: Links> {
  /// 0 where it is empty.
  private(set) var first: Slot = 0

  @inline(__always)
  var isEmpty: Bool { first == 0 }

  /// Adds at the end what is in no list by these links.
  mutating func append(_ slot: Slot) {
    L[next: slot] = 0
    if first == 0 {
      first = slot
      L[previous: slot] = slot
    } else {
      let last = L[previous: first]
      L[next: last] = slot
      L[previous: slot] = last
      L[previous: first] = slot
    }
  }

  /// Takes out an entry, wherever it stands.
  mutating func remove(_ slot: Slot) {
    let (next, previous) = (L[next: slot], L[previous: slot])
    if slot == first {
      first = next
      if next != 0 { L[previous: next] = previous }
    } else {
      L[next: previous] = next
      L[previous: next == 0 ? first : next] = previous
    }
  }
}
