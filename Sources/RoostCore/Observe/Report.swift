internal import CShim

// Reports say what hinders the program (O3): a stall, a long step, a hang. They are told between
// two steps, and to standard error where nobody wants to be told.

/// What a report is about.
enum ReportKind: Int64 {
  case stall = 1
  case longStep = 2
  case hang = 3
}

/// A task that a stalled node waits for: `roost_suspect`.
@safe
public struct Suspect {
  /// The size of the struct.
  public var size: UInt64 = 0
  /// The handle of the task.
  public var task: UInt64 = 0
  /// Its name, "" for none.
  public var name: UnsafePointer<CChar>? = nil
  /// The next of the list.
  public var next: UnsafePointer<Suspect>? = nil

  /// The most that a list has.
  static var most: Int { 100 }
}

/// What hinders the program: `roost_report`.
@safe
public struct Report {
  /// The size of the struct.
  public var size: UInt64 = UInt64(MemoryLayout<Report>.size)
  /// A stall is 1, a long step 2, a hang 3.
  public var kind: Int64
  /// What was cancelled; whose step it was; the root group.
  public var node: UInt64
  /// Its name, "" for none.
  public var name: UnsafePointer<CChar>?
  /// Since it was cancelled; of the step, in real time; 0.
  public var duration: Int64
  /// Of a stall: the tasks that have not ended, the first hundred.
  public var suspects: UnsafePointer<Suspect>? = nil
  /// All of them.
  public var suspectCount: UInt64 = 0
  /// All this in words, and under it a dump.
  public var text: UnsafePointer<CChar>? = nil
}

/// Told of a report.
public typealias ReportFunction =
  @convention(c) (_ report: UnsafeRawPointer?, _ data: UnsafeMutableRawPointer?) -> Void

/// What a runtime shall report, and to whom.
@safe
public struct ReportOptions {
  /// Told of each; nil: standard error.
  public var report: ReportFunction? = nil
  /// What `report` gets.
  public var data: UnsafeMutableRawPointer? = nil
  /// Called once, after the last use of `data` (K5).
  public var drop: DropFunction? = nil
  /// What is cancelled and has not ended after so long is reported; 0: never.
  public var stallAfter: Int64 = 0
  /// A step that has held the loop for so long is reported; 0: never.
  public var stepLimit: Int64 = 0

  /// Hangs are written to standard error, and nothing else.
  public init() {}
}

extension Runtime {
  /// How many lines of a dump are in a report: who has a large tree will want it once, not with
  /// each of a thousand reports.
  static var linesInReport: Int { 1000 }

  /// Tells of a report, whose text was made before. The program's code may do anything but turn the
  /// loop, as in a step.
  func tell(_ report: Report, _ text: inout Text) {
    var report = report
    unsafe report.text = text.end() ?? shim_report_without_memory()
    let (told, data) = unsafe (state.reports.options.report, state.reports.options.data)
    guard let told = unsafe told else {
      return unsafe shim_say(report.text.unsafelyUnwrapped)
    }
    let wasTurning = state.isTurning
    state.isTurning = true
    unsafe told(&report, data)
    state.isTurning = wasTurning
  }

  /// D4: nothing is left that could happen.
  func reportHang() {
    let root = state.root
    var text = Text(.plain)
    if nodes[root].flags.contains(.cancelCalled) {
      text.add("roost: nothing is left that could happen, and what is cancelled does not end\n")
    } else {
      text.add("roost: nothing is left that could happen: the root group will be cancelled\n")
    }
    draw(root, most: Runtime.linesInReport, to: &text)
    tell(
      unsafe Report(
        kind: ReportKind.hang.rawValue, node: handle(root).id, name: name(root), duration: 0),
      &text)
  }
}

/// Of a runtime: what it reports, and who is cancelled and may come to be reported.
@safe
struct Reports {
  let options: ReportOptions
  /// In the order in which they were cancelled.
  var stalls = List<StallLinks>()

  init(_ options: ReportOptions) { self.options = options }
}
