import Testing

@testable import RoostCore

struct TimerQueueTests {
  private func reference(_ number: Int) -> Reference { Reference(number: UInt32(number)) }

  @Test func `An empty queue has nothing due, and no time to look`() {
    var queue = TimerQueue()
    #expect(queue.count == 0)
    #expect(queue.popDue(.max) == nil)
    #expect(queue.nextLook() == .max)
    #expect(queue.next() == .max)
  }

  @Test func `D1: a deadline is due at its instant and not before`() {
    for deadline: UInt64 in [1, 63, 64, 4095, 4096, 1 << 36, (1 << 63) - 1, .max - 1, .max] {
      var queue = TimerQueue()
      let index = queue.insert(deadline, reference(7))
      #expect(queue.deadline(index) == deadline)
      #expect(queue.next() == deadline)
      #expect(queue.nextLook() == deadline)
      #expect(queue.popDue(deadline - 1) == nil)
      #expect(queue.popDue(deadline) == reference(7))
      #expect(queue.count == 0)
    }
  }

  @Test func `D1: one that has passed when it is put in is due at once`() {
    var queue = TimerQueue()
    #expect(queue.popDue(1000) == nil)
    _ = queue.insert(1000, reference(1))
    _ = queue.insert(10, reference(2))
    _ = queue.insert(0, reference(3))
    #expect(queue.next() == 0)
    #expect((0..<4).map { _ in queue.popDue(1000)?.number } == [1, 2, 3, nil])
  }

  @Test func `S1: entries of one instant come out in the order in which they were put in`() {
    var queue = TimerQueue()
    let far: UInt64 = 1 << 40
    for number in 1...100 { _ = queue.insert(far, reference(number)) }
    // Nearer, the queue places newcomers otherwise; behind the others all the same.
    #expect(queue.popDue(far - 5) == nil)
    for number in 101...200 { _ = queue.insert(far, reference(number)) }
    for number in 1...200 { #expect(queue.popDue(far) == reference(number)) }
  }

  @Test func `S1: a moved entry goes behind those of its new instant`() {
    var queue = TimerQueue()
    let first = queue.insert(50, reference(1))
    _ = queue.insert(50, reference(2))
    let third = queue.insert(9, reference(3))
    queue.move(first, to: 50)
    queue.move(third, to: 50)
    #expect((0..<3).map { _ in queue.popDue(50)?.number } == [2, 1, 3])
  }

  @Test func `A removed entry is not due, and its place is used again`() {
    var queue = TimerQueue()
    let first = queue.insert(5, reference(1))
    let second = queue.insert(5, reference(2))
    queue.remove(first)
    #expect(queue.count == 1)
    let third = queue.insert(4, reference(3))
    #expect(third == first)
    #expect(third != second)
    #expect((0..<3).map { _ in queue.popDue(5)?.number } == [3, 2, nil])
  }

  @Test func `An entry's owner may be set later`() {
    var queue = TimerQueue()
    let index = queue.insert(5, .none)
    queue.setOwner(index, reference(9))
    #expect(queue.popDue(5) == reference(9))
  }

  @Test func `Looking when told to finds the first deadline of many that lie far away`() {
    var queue = TimerQueue()
    let far: UInt64 = 1 << 50
    for number in 0..<1000 { _ = queue.insert(far + UInt64(number * 1000), reference(number + 1)) }
    var (look, due) = (UInt64(0), Reference?.none)
    // At most one look for each digit of a deadline.
    for _ in 1...11 where due == nil {
      look = queue.nextLook()
      #expect(look <= far)
      due = queue.popDue(look)
    }
    #expect(due == reference(1))
    #expect(look == far)
  }

  @Test(arguments: 1...40) func `It does what a sorted array does`(seed: UInt64) {
    var random = Seeded(seed)
    var queue = TimerQueue()
    var model = Model()
    var now: UInt64 = 0
    for number in 1...2000 {
      let percent = random.below(100)
      if percent < 45 || model.entries.isEmpty {
        let deadline = random.deadline(from: now, among: model.entries.map(\.deadline))
        let index = queue.insert(deadline, reference(number))
        model.insert(index, deadline, reference(number))
      } else if percent < 60 {
        let index = random.pick(model.entries).index
        queue.remove(index)
        model.remove(index)
      } else if percent < 75 {
        let entry = random.pick(model.entries)
        let deadline = random.deadline(from: now, among: model.entries.map(\.deadline))
        queue.move(entry.index, to: deadline)
        model.remove(entry.index)
        model.insert(entry.index, deadline, entry.owner)
      } else {
        now = random.later(than: now, next: queue.nextLook())
        var due: Reference?
        repeat {
          due = queue.popDue(now)
          #expect(due == model.popDue(now))
        } while due != nil && random.chance(90)
      }
      let first = model.entries.map(\.deadline).min() ?? .max
      #expect(queue.count == model.entries.count)
      #expect(queue.next() == first)
      #expect(queue.nextLook() <= first)
    }
    while let due = model.popDue(.max) { #expect(queue.popDue(.max) == due) }
    #expect(queue.popDue(.max) == nil)
  }
}

/// The same, simply: a list in the order in which the entries are due.
private struct Model {
  struct Entry {
    var index: TimerQueue.Index
    var deadline: UInt64
    var due: UInt64
    var owner: Reference
  }

  private(set) var entries: [Entry] = []
  private var lookedAt: UInt64 = 0

  mutating func insert(_ index: TimerQueue.Index, _ deadline: UInt64, _ owner: Reference) {
    // What has passed belongs to the instant that was looked at last.
    let due = max(deadline, lookedAt)
    let place = entries.firstIndex { $0.due > due } ?? entries.count
    entries.insert(Entry(index: index, deadline: deadline, due: due, owner: owner), at: place)
  }

  mutating func remove(_ index: TimerQueue.Index) { entries.removeAll { $0.index == index } }

  mutating func popDue(_ now: UInt64) -> Reference? {
    guard let first = entries.first, first.due <= now else {
      lookedAt = max(lookedAt, now)
      return nil
    }
    lookedAt = first.due
    return entries.removeFirst().owner
  }
}

extension Seeded {
  /// A deadline near or far, passed, or one that another entry has.
  fileprivate mutating func deadline(from now: UInt64, among others: [UInt64]) -> UInt64 {
    switch below(20) {
    case 0: .max
    case 1: now
    case 2: UInt64.random(in: 0...now, using: &self)
    case 3..<8 where !others.isEmpty: pick(others)
    default:
      now &+ distance() < now ? .max : now &+ distance()
    }
  }

  /// A step forward: short, long, or to where there is something to see.
  fileprivate mutating func later(than now: UInt64, next: UInt64) -> UInt64 {
    switch below(10) {
    case 0..<5: next < .max ? max(now, next) : now
    case 5: now
    // Huge, and still leaving room for the rest of the test.
    case 6 where now < 1 << 62: now + (distance() >> 4)
    default: now &+ UInt64(below(5000))
    }
  }

  private mutating func distance() -> UInt64 { next() >> UInt64(below(64)) }
}
