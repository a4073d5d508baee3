import CUV
import RoostCore
import Testing

extension World {
  /// A dump, with every handle left out (O1).
  func dump(_ node: Handle? = nil, _ format: DumpFormat = .text) throws -> String {
    withoutHandles(try wholeDump(node, format))
  }

  func wholeDump(_ node: Handle? = nil, _ format: DumpFormat) throws -> String {
    let written = Written()
    try calling {
      try unsafe Engine.dump(node ?? root, format, to: Written.write, written.data)
    }
    #expect(written.texts.count == 1)
    return written.texts.first ?? ""
  }
}

func withoutHandles(_ text: String) -> String { text.replacing(#/ \(0x[0-9a-f]{16}\)/#, with: "") }

/// What `write` was given.
final class Written {
  private(set) var texts: [String] = []
  private(set) var drops = 0

  var data: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  static let write: WriteFunction = { text, length, data in
    let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(length))
    unsafe at(data)?.texts.append(String(decoding: bytes, as: UTF8.self))
  }

  static let drop: DropFunction = { data in unsafe at(data)?.drops += 1 }

  private static func at(_ data: UnsafeMutableRawPointer?) -> Written? {
    unsafe data.map { unsafe Unmanaged<Written>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// A report, copied (O3).
struct Reported {
  var kind: Kind
  var node: Handle
  var name: String
  /// In seconds.
  var duration: Double
  var suspects: [String]
  var suspectCount: UInt64
  /// Without handles.
  var text: String

  enum Kind: Int64 {
    case stall = 1
    case longStep = 2
    case hang = 3
  }
}

/// Who is told of the reports of a world: a list of them, and what is done at each.
final class Listener {
  private(set) var reports: [Reported] = []
  private(set) var drops = 0
  var act: (Reported) throws -> Void = { _ in }

  /// For the options of a world.
  func listen(_ options: inout RuntimeOptions, stall: Double = 0, step: Double = 0) {
    unsafe options.reports.report = Listener.report
    unsafe options.reports.data = Unmanaged.passUnretained(self).toOpaque()
    unsafe options.reports.drop = Listener.drop
    options.reports.stallAfter = seconds(stall)
    options.reports.stepLimit = seconds(step)
  }

  /// `stall of 'a' after 5: b, c`
  var words: [String] {
    reports.map { report in
      let suspects = report.suspects.isEmpty ? "" : ": " + report.suspects.joined(separator: ", ")
      let after = report.kind == .stall ? " after \(shortest(report.duration))" : ""
      return "\(report.kind) of '\(report.name)'\(after)\(suspects)"
    }
  }

  private static func at(_ data: UnsafeMutableRawPointer?) -> Listener {
    guard let data = unsafe data else { preconditionFailure("a report without its data") }
    return unsafe Unmanaged<Listener>.fromOpaque(data).takeUnretainedValue()
  }

  private static let report: ReportFunction = { report, data in
    let listener = unsafe Listener.at(data)
    guard let report = unsafe report?.assumingMemoryBound(to: Report.self).pointee else { return }
    var suspects: [String] = []
    var rest = unsafe report.suspects
    while let suspect = unsafe rest {
      unsafe suspects.append(string(suspect.pointee.name))
      unsafe rest = suspect.pointee.next
    }
    let copy = unsafe Reported(
      kind: Reported.Kind(rawValue: report.kind) ?? .hang, node: Handle(id: report.node),
      name: string(report.name), duration: Double(report.duration) / 1e9, suspects: suspects,
      suspectCount: report.suspectCount, text: withoutHandles(string(report.text)))
    listener.reports.append(copy)
    #expect(listener.drops == 0)
    do {
      try listener.act(copy)
    } catch {
      Issue.record(error, "in a report")
    }
  }

  private static let drop: DropFunction = { data in unsafe Listener.at(data).drops += 1 }
}

private func string(_ text: UnsafePointer<CChar>?) -> String {
  unsafe text.map { unsafe String(cString: $0) } ?? "nil"
}

/// Real seconds.
func uptime() -> Double { Double(uv_hrtime()) / 1e9 }
