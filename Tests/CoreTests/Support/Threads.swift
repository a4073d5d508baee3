import CUV
import Glibc

/// Runs something on a thread of its own, and waits for it. Failures come back as nil.
func onAnotherThread<Answer>(stack: Int = 8 << 20, _ work: @escaping () throws -> Answer) -> Answer?
{
  var answer: Answer?
  // Only one of the two threads runs at a time.
  let job = Job { answer = try? work() }
  var attributes = pthread_attr_t()
  unsafe pthread_attr_init(&attributes)
  unsafe pthread_attr_setstacksize(&attributes, stack)
  var thread = pthread_t()
  unsafe pthread_create(
    &thread, &attributes,
    { job in
      if let job = unsafe job { unsafe Unmanaged<Job>.fromOpaque(job).takeUnretainedValue().run() }
      return nil
    }, Unmanaged.passUnretained(job).toOpaque())
  pthread_join(thread, nil)
  unsafe pthread_attr_destroy(&attributes)
  return withExtendedLifetime(job) { answer }
}

private final class Job {
  let run: () -> Void

  init(_ run: @escaping () -> Void) { self.run = run }
}
