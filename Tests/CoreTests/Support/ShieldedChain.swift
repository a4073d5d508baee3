/// What C2, C7, C9, C10, C11 and D3 say of a chain of nodes, each in the one before it: written
/// down as they stand, for the engine to be compared with. The first is in a root that is never
/// cancelled and has no grace.
struct ShieldedChain {
  /// In seconds; infinite for no bound.
  var graces: [Double]
  var shields: [Bool]
  /// When each was cancelled itself, and when its deadline passes.
  var cancelTimes: [Double?]
  var deadlines: [Double?]

  /// `given` is nil where a node has the grace of what it is opened in.
  init(
    graces given: [Double?], shields: [Bool], cancelTimes: [Double?], deadlines: [Double?]
  ) {
    graces = []
    for grace in given { graces.append(grace ?? graces.last ?? .infinity) }
    self.shields = shields
    self.cancelTimes = cancelTimes
    self.deadlines = deadlines
  }

  /// When a node was cancelled itself, by a call or by its deadline, as far as that is past.
  private func cancellation(of node: Int, _ now: Double) -> Double? {
    let first = min(cancelTimes[node] ?? .infinity, deadlines[node] ?? .infinity)
    return first <= now ? first : nil
  }

  /// The cancelled nodes around a node, as far as no shield further out holds them off, and when
  /// each was: the innermost first.
  private func cancelledNodes(around node: Int, _ now: Double) -> [(node: Int, at: Double)] {
    var (found, outer) = ([(node: Int, at: Double)](), node - 1)
    while outer >= 0 {
      if let at = cancellation(of: outer, now) { found.append((outer, at)) }
      if holds(outer, now) { break }
      outer -= 1
    }
    return found
  }

  /// C11: until the earliest of the cancellations, each with the shorter of the two graces.
  func holds(_ node: Int, _ now: Double) -> Bool {
    shields[node]
      && cancelledNodes(around: node, now).allSatisfy { outer in
        now < outer.at + min(graces[outer.node], graces[node])
      }
  }

  /// C2: whether the cancellation of what is around a node is visible to it.
  func seesParent(_ node: Int, _ now: Double) -> Bool {
    node > 0 && !holds(node, now) && isCancelled(node - 1, now)
  }

  func isCancelled(_ node: Int, _ now: Double) -> Bool {
    cancellation(of: node, now) != nil || seesParent(node, now)
  }

  /// C9: the outermost cancelled node that is visible, whose reason applies.
  func source(of node: Int, _ now: Double) -> Int? {
    if seesParent(node, now) { return cancelledNodes(around: node, now).last?.node }
    return cancellation(of: node, now) == nil ? nil : node
  }

  /// D3: the first moment at which a node will be cancelled, if nobody does anything more.
  func effectiveDeadline(of node: Int, _ now: Double) -> Double {
    if isCancelled(node, now) { return 0 }
    var known = self
    for index in cancelTimes.indices where cancelTimes[index] ?? 0 > now {
      known.cancelTimes[index] = nil
    }
    let beginnings = (known.cancelTimes + deadlines).compactMap { $0 }
    let moments = beginnings.flatMap { beginning in [beginning] + graces.map { beginning + $0 } }
    return moments.sorted().first { $0 > now && known.isCancelled(node, $0) } ?? .infinity
  }
}
