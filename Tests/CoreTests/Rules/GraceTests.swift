import RoostCore
import Testing

/// How long shields hold: C11, with every grace, shield and order of cancellations in a chain of
/// three scopes, against what the rules say of it.
struct GraceTests {
  /// A chain of scopes in a world, and what the rules say of it.
  private final class Case: CustomStringConvertible {
    private(set) var chain: ShieldedChain
    private(set) var nodes: [Handle] = []
    private let given: [Double?]

    init(
      _ world: World, graces: [Double?], shields: [Bool], cancelTimes: [Double?],
      deadlines: [Double?] = [nil, nil, nil]
    ) throws {
      given = graces
      chain = ShieldedChain(
        graces: graces, shields: shields, cancelTimes: cancelTimes, deadlines: deadlines)
      for index in graces.indices {
        var options = NodeOptions.shielded(shields[index], grace: graces[index])
        if let deadline = deadlines[index] { options.deadline = world.instant(deadline) }
        nodes.append(try world.scope("\(index)", in: nodes.last, options))
      }
    }

    func cancelWhatIsDue(at second: Double, _ world: World) throws {
      for index in nodes.indices where chain.cancelTimes[index] == second {
        try world.cancel(nodes[index])
      }
    }

    func switchShield(of index: Int, _ world: World) throws {
      chain.shields[index].toggle()
      try world.setShield(nodes[index], chain.shields[index])
    }

    var description: String {
      "graces \(given), shields \(chain.shields), cancelled \(chain.cancelTimes), "
        + "deadlines \(chain.deadlines)"
    }

    /// Whether a shield that is opened now, in the last scope, holds as it should.
    func differencesOfLateShields(at now: Double, _ world: World) throws -> [String] {
      try [nil, 0, 2, .infinity].compactMap { (grace: Double?) in
        var longer = chain
        longer.graces.append(grace ?? chain.graces[2])
        longer.shields.append(true)
        longer.cancelTimes.append(nil)
        longer.deadlines.append(nil)
        let late = try world.scope("late", in: nodes[2], .shielded(grace: grace))
        let isCancelled = try world.isCancelled(late)
        return isCancelled == longer.isCancelled(3, now)
          ? nil : "\(self) at \(now), opened with \(String(describing: grace)): \(isCancelled)"
      }
    }

    /// What differs from the rules.
    func differences(at now: Double, _ world: World) throws -> [String] {
      try nodes.indices.compactMap { index in
        let isCancelled = try world.isCancelled(nodes[index])
        let source = try world.why(nodes[index]).flatMap { nodes.firstIndex(of: $0.node) }
        let expected = chain.source(of: index, now)
        if isCancelled == chain.isCancelled(index, now), source == expected { return nil }
        return "\(self) at \(now), \(index): \(isCancelled) by \(source as Any), "
          + "not by \(expected as Any)"
      }
    }

    func differencesOfDeadlines(at now: Double, _ world: World) throws -> [String] {
      try nodes.indices.compactMap { index in
        let found = try world.effectiveDeadline(nodes[index])
        let expected = chain.effectiveDeadline(of: index, now)
        return found == expected ? nil : "\(self) at \(now), \(index): \(found), not \(expected)"
      }
    }
  }

  private static let graces = everyList(of: [nil, 0, 1, 3, .infinity] as [Double?], length: 3)
  private static let fewGraces = everyList(of: [nil, 1, 3] as [Double?], length: 3)
  private static let shields = everyList(of: [false, true], length: 2).map { [false] + $0 }
  /// When each of three is cancelled; never is nil.
  private static let orders = everyList(of: [nil, 1, 2] as [Double?], length: 3)
  /// Which shield is switched at the third second, the fourth and the fifth.
  private static let switches = everyList(of: [1, 2], length: 3)

  /// With all the graces and every shield.
  private func chains(
    in world: World, graces: [[Double?]], cancelTimes: [Double?],
    deadlines: [Double?] = [nil, nil, nil]
  ) throws -> [Case] {
    try graces.flatMap { graces in
      try Self.shields.map { shields in
        try Case(
          world, graces: graces, shields: shields, cancelTimes: cancelTimes, deadlines: deadlines)
      }
    }
  }

  /// Plays cases for seven seconds: at each second cancels what is due, and does what else a case
  /// has to; looks in between.
  private func play(
    _ cases: [Case], in world: World,
    atEach act: @escaping (Case, Double) throws -> Void = { _, _ in },
    looking look: @escaping (Case, Double) throws -> [String]
  ) throws {
    var differences: [String] = []
    for second in 1...7 {
      let (now, between) = (Double(second), Double(second) + 0.5)
      try world.at(now) {
        for one in cases {
          try one.cancelWhatIsDue(at: now, world)
          try act(one, now)
        }
      }
      try world.at(between) {
        for one in cases { differences += try look(one, between) }
      }
    }
    try world.run()
    #expect(differences.count == 0, "\(differences.prefix(3).joined(separator: "\n"))")
  }

  @Test(arguments: orders)
  func `C2, C9, C11: a chain is cancelled when and by what its graces say`(
    cancelTimes: [Double?]
  ) throws {
    try inWorld { world in
      try play(chains(in: world, graces: Self.graces, cancelTimes: cancelTimes), in: world) {
        try $0.differences(at: $1, world)
      }
    }
  }

  @Test(arguments: switches)
  func `C10, C11: however shields are switched, they hold for as long as is left`(
    switched: [Int]
  ) throws {
    let orders: [[Double?]] = [
      [1, 2, nil], [2, 1, nil], [1, nil, 2], [nil, 1, 2], [1, nil, nil],
    ]
    try inWorld { world in
      let all = try orders.flatMap {
        try chains(in: world, graces: Self.fewGraces, cancelTimes: $0)
      }
      try play(all, in: world) { one, now in
        let turn = Int(now) - 3
        if switched.indices.contains(turn) { try one.switchShield(of: switched[turn], world) }
      } looking: {
        try $0.differences(at: $1, world)
      }
    }
  }

  @Test(arguments: [[1, nil, nil], [nil, 1, 2], [2, 1, nil]] as [[Double?]])
  func `C11: a shield that is opened later holds for as long as is left`(
    cancelTimes: [Double?]
  ) throws {
    try inWorld { world in
      try play(chains(in: world, graces: Self.fewGraces, cancelTimes: cancelTimes), in: world) {
        try $0.differencesOfLateShields(at: $1, world)
      }
    }
  }

  @Test(arguments: [[3, nil, nil], [nil, 3, nil], [3, 2, nil], [2, 4, 3]] as [[Double?]])
  func `D1, D3, C11: a deadline reaches a node when its shields let it`(
    deadlines: [Double?]
  ) throws {
    let orders: [[Double?]] = [[nil, nil, nil], [2, nil, nil], [nil, 1, nil]]
    try inWorld { world in
      let all = try orders.flatMap {
        try chains(in: world, graces: Self.fewGraces, cancelTimes: $0, deadlines: deadlines)
      }
      try play(all, in: world) {
        try $0.differences(at: $1, world) + $0.differencesOfDeadlines(at: $1, world)
      }
    }
  }
}
