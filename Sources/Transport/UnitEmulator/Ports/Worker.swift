internal import CUnitIO
internal import Glibc
internal import UnitTransport

/// A thread for what may not be done under the pair's lock: jobs in order, and one again and again.
final class Worker: Sendable {
    private let event = cu_event_create()
    private let shared = Guarded(Shared())

    private struct Shared {
        var jobs: [@Sendable () -> Void] = []
        var isStopping = false
        var thread: pthread_t?
    }

    deinit { close(event) }

    /// Starts the thread; `routine` is called at least that often.
    func start(everyMilliseconds period: Int32, _ routine: @escaping @Sendable () -> Void) {
        let body = Body(worker: self, period: period, routine: routine)
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().loop()
                return nil
            }, Unmanaged.passRetained(body).toOpaque())
        precondition(code == 0, "pthread_create failed with \(code)")
        shared.withLock { $0.thread = handle }
    }

    /// Lets the thread do something. Any thread, returns at once.
    func run(_ job: @escaping @Sendable () -> Void) {
        shared.withLock { $0.jobs.append(job) }
        cu_event_set(event)
    }

    /// Ends the thread when its present job is done, and waits for it. Not to be called from a job.
    func stop() {
        let thread = shared.withLock { shared in
            shared.isStopping = true
            return shared.thread.take()
        }
        cu_event_set(event)
        if let thread { pthread_join(thread, nil) }
    }

    private final class Body: Sendable {
        let worker: Worker
        let period: Int32
        let routine: @Sendable () -> Void

        init(worker: Worker, period: Int32, routine: @escaping @Sendable () -> Void) {
            self.worker = worker
            self.period = period
            self.routine = routine
        }

        func loop() {
            while true {
                _ = cu_wait(-1, 0, worker.event, period)
                cu_event_clear(worker.event)
                let (jobs, isStopping) = worker.shared.withLock { shared in
                    defer { shared.jobs.removeAll() }
                    return (shared.jobs, shared.isStopping)
                }
                if isStopping { return }
                for job in jobs { job() }
                routine()
            }
        }
    }
}
