import RoostCore
import Testing

/// Races: G2b, with L3, C10, C13 and G2a.
struct RaceTests {
  /// What one of those who take part does, at its second.
  enum Racer: CaseIterable {
    case succeeds, fails, isCancelled, succeedsShielded, succeedsAsDaemon, failsAsDaemon

    var isDaemon: Bool { self == .succeedsAsDaemon || self == .failsAsDaemon }
  }

  /// The result of a race by the rules: the n-th does what it does at second n.
  private func expected(_ racers: [Racer]) -> (result: String, winner: String?) {
    let names = ["a", "b", "c"]
    let ordinary = racers.indices.filter { !racers[$0].isDaemon }
    let won = ordinary.first { [.succeeds, .succeedsShielded].contains(racers[$0]) }
    // The daemons are cancelled when the last of the others has ended.
    let over = won ?? ordinary.last ?? -1
    var (errors, caught) = ([String](), false)
    for index in racers.indices {
      switch (racers[index], index) {
      case (_, ..<over), (_, over):
        if [.fails, .failsAsDaemon].contains(racers[index]) {
          errors.append(names[index] + ":EIO")
        }
      case (.succeedsShielded, _): errors.append("\(names[index]):\(10 + index)")
      default: caught = caught || won != nil
      }
    }
    let list = errors.isEmpty ? "" : "[\(errors.joined(separator: " "))]"
    if let won { return ("0" + (caught ? "^" : "") + list, names[won]) }
    if !errors.isEmpty { return ("EIO" + list, nil) }
    return (ordinary.isEmpty ? "ENOWINNER" : "ETASKCANCELLED", nil)
  }

  private func enter(_ racer: Racer, _ name: String, _ number: Int, _ race: Handle, _ world: World)
    throws
  {
    let second = Double(number + 1)
    switch racer {
    case .succeeds: try world.job(name, in: race, lasts: second, ends: Status(Int32(10 + number)))
    case .fails: try world.job(name, in: race, lasts: second, ends: .eio)
    case .isCancelled:
      let task = try world.job(name, in: race, lasts: 9)
      // It may have lost before.
      try world.at(second) { _ = refusal { try world.cancel(task) } }
    case .succeedsShielded:
      try world.job(name, in: race, lasts: second, ends: Status(Int32(10 + number)), .shielded())
    case .succeedsAsDaemon: try world.daemon(name, in: race, lasts: second)
    case .failsAsDaemon: try world.daemon(name, in: race, lasts: second, ends: .eio)
    }
  }

  @Test func `G2b, L3: three of every kind, one after the other`() throws {
    for racers in everyList(of: Racer.allCases, length: 3) {
      try inWorld { world in
        let race = try world.race("g")
        for (number, name) in ["a", "b", "c"].enumerated() {
          try enter(racers[number], name, number, race, world)
        }
        let (result, winner) = expected(racers)
        var isTold = false
        try world.join(race) { joined in
          isTold = true
          #expect(word(joined) == result, "\(racers)")
          #expect(joined.winner?.name == winner, "\(racers)")
        }
        try world.run()
        #expect(isTold)
      }
    }
  }

  @Test func `G2b, G2a: of those that end in one step the first wins, in any order`() throws {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      try inWorld { world in
        let race = try world.race("g")
        let tasks = try ["a", "b", "c"].map { try world.endless($0, in: race) }
        try world.at(1) {
          for index in order { try world.finish(tasks[index], Status(Int32(index + 2))) }
        }
        try world.join(race) { joined in
          let winner = try #require(joined.winner)
          #expect(winner.task == tasks[order[0]] && winner.status.code == Int32(order[0] + 2))
          #expect(joined.errors.map(\.node) == [tasks[order[1]], tasks[order[2]]])
          #expect(joined.ending == .completed && joined.why?.origin == .raceWon)
        }
        try world.run()
      }
    }
  }

  @Test func `G2b, L6: what the winner and a later success brought is dropped after the join`()
    throws
  {
    try inWorld { world in
      world.notesDrops = true
      let race = try world.race("g")
      let (apple, pear) = (Box("apple", in: world), Box("pear", in: world))
      let (first, second) = (try world.endless("", in: race), try world.endless("", in: race))
      try world.at(1) {
        try world.finish(first, .ok, with: apple)
        try world.finish(second, .ok, with: pear)
      }
      try world.join(race) { joined in
        #expect(unsafe joined.winner?.result == apple.data)
        #expect(unsafe joined.errors[0].object == pear.data)
        #expect(apple.drops == 0 && pear.drops == 0)
      }
      try world.run()
      #expect(world.log == "@1 g=0[:0] ~g ~pear ~apple")
    }
  }

  @Test func `G2b: races in races: what was won within neither wins nor loses without`() throws {
    try inWorld { world in
      let outer = try world.race("outer")
      let won = try world.race("won", in: outer)
      let lost = try world.race("lost", in: outer)
      try world.job("a", in: won, lasts: 1)
      try world.job("b", in: won, lasts: 9)
      try world.job("c", in: lost, lasts: 1, ends: .eio)
      try world.job("d", in: outer, lasts: 2)
      try world.joinSilently(won)
      try world.joinSilently(lost)
      try world.join(outer) { #expect($0.winner?.name == "d") }
      try world.run()
      #expect(world.log == "a+ b+ c+ d+ @1 a- c- b! @2 d- outer=0[lost:EIO[c:EIO]]")
    }
  }
}
