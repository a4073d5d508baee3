import CUV
import Glibc

/// Runs something on a thread of its own, and waits for it. Failures come back as nil.
func onAnotherThread<Answer>(stack: Int = 8 << 20, _ work: @escaping () throws -> Answer) -> Answer?
{
  var answer: Answer?
  // Only one of the two threads runs at a time.
  let job = Job { answer = try? work() }
  job.start(stack: stack)
  job.wait()
  return answer
}

/// Runs something on a thread of its own until that `pauses`, then something here, then the rest
/// there.
func onAnotherThread(
  _ work: @escaping (_ pauses: () -> Void) throws -> Void, meanwhile: () throws -> Void
) rethrows {
  let (paused, goesOn) = (Semaphore(), Semaphore())
  let job = Job {
    try? work {
      paused.post()
      goesOn.wait()
    }
    paused.post()
  }
  job.start()
  paused.wait()
  defer {
    goesOn.post()
    job.wait()
  }
  try meanwhile()
}

private final class Job {
  private let run: () -> Void
  private var thread = pthread_t()

  init(_ run: @escaping () -> Void) { self.run = run }

  func start(stack: Int = 8 << 20) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, stack)
    unsafe pthread_create(
      &thread, &attributes,
      { job in
        if let job = unsafe job {
          unsafe Unmanaged<Job>.fromOpaque(job).takeUnretainedValue().run()
        }
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
    unsafe pthread_attr_destroy(&attributes)
  }

  func wait() { pthread_join(thread, nil) }
}

@safe
private final class Semaphore {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { unsafe sem_init(semaphore, 0, 0) }

  deinit {
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  func post() { unsafe sem_post(semaphore) }

  func wait() { while unsafe sem_wait(semaphore) != 0 {} }
}
