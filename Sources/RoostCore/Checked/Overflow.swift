internal import CShim
internal import CStack

#if ROOST_CHECKED
  // A fault in a stack's guard names the task whose function needed more.

  func watchOverflows() {
    unsafe stack_watch_overflows(
      { unsafe UnsafePointer(Engine.runningWorker.map { unsafe Worker.context($0) }) },
      { context in
        let worker = unsafe Worker.of(UnsafeMutablePointer(mutating: context))
        let task = unsafe worker.pointee.task
        guard nodes[task].flags.contains(.named) else { return unsafe Name.empty }
        return unsafe UnsafeRawPointer(names.pointer(task)).assumingMemoryBound(to: CChar.self)
      })
  }
#endif
