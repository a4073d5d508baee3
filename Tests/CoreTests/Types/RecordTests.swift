import CRoost
import RoostCore
import Testing

/// The structs that callers see are those of the C header, and so are the codes.
struct RecordTests {
  private func same<Ours, Theirs>(_ ours: Ours.Type, _ theirs: Theirs.Type) {
    #expect(MemoryLayout<Ours>.size == MemoryLayout<Theirs>.size)
    #expect(MemoryLayout<Ours>.stride == MemoryLayout<Theirs>.stride)
    #expect(MemoryLayout<Ours>.alignment == MemoryLayout<Theirs>.alignment)
  }

  private func same<Ours, Theirs>(
    _ ours: [PartialKeyPath<Ours>], _ theirs: [PartialKeyPath<Theirs>]
  ) {
    #expect(
      ours.map { MemoryLayout<Ours>.offset(of: $0) }
        == theirs.map { MemoryLayout<Theirs>.offset(of: $0) })
  }

  @Test func `A reason is a roost_reason`() {
    same(Reason.self, roost_reason.self)
    same(
      [\Reason.size, \.origin, \.code, \.node, \.message, \.name],
      [\roost_reason.size, \.origin, \.code, \.node, \.message, \.name])
  }

  @Test func `An outcome is a roost_outcome`() {
    unsafe same(Outcome.self, roost_outcome.self)
    unsafe same(
      [\Outcome.size, \.state, \.code, \.started, \.result, \.reason],
      [\roost_outcome.size, \.state, \.code, \.started, \.result, \.reason])
  }

  @Test func `An error is a roost_error`() {
    unsafe same(ErrorRecord.self, roost_error.self)
    unsafe same(
      [\ErrorRecord.size, \.code, \.node, \.name, \.message, \.object, \.next, \.children],
      [\roost_error.size, \.code, \.node, \.name, \.message, \.object, \.next, \.children])
  }

  @Test func `A result is a roost_result`() {
    unsafe same(Result.self, roost_result.self)
    unsafe same(
      [
        \Result.size, \.state, \.code, \.cancelCalled, \.cancelledCaught, \.reason, \.errors,
        \.errorCount,
      ],
      [
        \roost_result.size, \.state, \.code, \.cancel_called, \.cancelled_caught, \.reason,
        \.errors,
        \.error_count,
      ])
  }

  @Test func `A step to stop a child by is a roost_stop_step`() {
    same(StopStep.self, roost_stop_step.self)
    same([\StopStep.signal, \.allowed], [\roost_stop_step.signum, \.allowed_ns])
  }

  @Test func `O3: a report is a roost_report, and a suspect a roost_suspect`() {
    unsafe same(Report.self, roost_report.self)
    unsafe same(
      [
        \Report.size, \.kind, \.node, \.name, \.duration, \.suspects, \.suspectCount, \.text,
      ],
      [
        \roost_report.size, \.kind, \.node, \.name, \.duration_ns, \.suspects, \.suspect_count,
        \.text,
      ])
    unsafe same(Suspect.self, roost_suspect.self)
    unsafe same(
      [\Suspect.size, \.task, \.name, \.next], [\roost_suspect.size, \.task, \.name, \.next])
  }

  @Test func `Status codes are the header's`() {
    let pairs: [(Status, roost_status)] = [
      (.invalid, ROOST_EINVAL), (.noMemory, ROOST_ENOMEM), (.busy, ROOST_EBUSY),
      (.tooBig, ROOST_E2BIG), (.done, ROOST_EALREADY), (.timedOut, ROOST_ETIMEDOUT),
      (.cancelled, ROOST_ECANCELED), (.stale, ROOST_ESTALE), (.wrongKind, ROOST_EKIND),
      (.foreign, ROOST_EFOREIGN), (.wrongThread, ROOST_ETHREAD), (.child, ROOST_ECHILD),
      (.closed, ROOST_ECLOSED), (.order, ROOST_EORDER), (.deadlock, ROOST_EDEADLK),
      (.notCancelled, ROOST_ENOTCANCELLED), (.taskCancelled, ROOST_ETASKCANCELLED),
      (.wasCancelled, ROOST_EWASCANCELLED), (.unclosed, ROOST_EUNCLOSED), (.cut, ROOST_ECUT),
      (.ok, ROOST_OK),
    ]
    for (ours, theirs) in pairs { #expect(ours.code == theirs.rawValue) }
    #expect(Status.pending.code == ROOST_PENDING)
    #expect(Status.already.code == ROOST_ALREADY)
  }

  @Test func `C9: origins are the header's`() {
    let pairs: [(Origin, Int32)] = [
      (.explicit, ROOST_EXPLICIT), (.deadline, ROOST_DEADLINE),
      (.failedSibling, ROOST_FAILED_SIBLING), (.leftOpen, ROOST_LEFT_OPEN),
      (.signal, ROOST_SIGNAL), (.shutdown, ROOST_SHUTDOWN), (.host, ROOST_HOST),
      (.deadlock, ROOST_DEADLOCK),
    ]
    for (ours, theirs) in pairs { #expect(ours.rawValue == Int64(theirs)) }
  }

  @Test func `G5: endings are the header's`() {
    let pairs: [(Ending, Int32)] = [
      (.alive, ROOST_ALIVE), (.completed, ROOST_COMPLETED), (.failed, ROOST_FAILED),
      (.cancelled, ROOST_CANCELLED),
    ]
    for (ours, theirs) in pairs { #expect(ours.rawValue == Int64(theirs)) }
  }
}
