// A regular Swift program beside the Embedded library in one process: it uses its own runtime
// (allocation, strings, dictionaries, existentials) before, in and after a task of the library.
import CRoost

final class Words {
  var count: [String: Int] = [:]
  func add(_ text: String) {
    for word in text.split(separator: " ") { count[String(word), default: 0] += 1 }
  }
}

let words = Words()
words.add("one two")

func must(_ code: Int32) {
  precondition(code >= 0, String(cString: roost_last_error()))
}

var runtime = roost_runtime()
must(roost_runtime_open(nil, &runtime))

var task = roost_task_options()
task.size = UInt64(MemoryLayout<roost_task_options>.size)
task.start = { _, data in
  guard let data else { return ROOST_EINVAL.rawValue }
  Unmanaged<Words>.fromOpaque(data).takeUnretainedValue().add("two three")
  return 0
}
task.data = Unmanaged.passUnretained(words).toOpaque()
must(roost_spawn(roost_root(runtime), &task, nil))
must(roost_run(runtime))
must(roost_close(runtime, 0, nil, nil, nil))

let lines: [any CustomStringConvertible] = words.count.sorted { $0.key < $1.key }.map { "\($0)" }
precondition(words.count == ["one": 1, "two": 2, "three": 1], "\(lines)")
print("Roost", String(cString: roost_version()))
