internal import Glibc
internal import UnitTransport

/// One thread, with its own timers, for one unit's actor. Heartbeats hold the light up, so neither they nor the clock
/// that paces them may wait behind computations that occupy the shared pool: on two cores, two busy tasks are enough to
/// make a unit go dark.
final class UnitExecutor: SerialExecutor, TaskExecutor, TimeSource {
    private let queue = JobQueue()

    /// Throws `.system` if there is no thread to be had.
    init() throws(TransportError) {
        // The thread keeps the queue, not the executor: the executor's end is what ends it.
        let thread = try IOThread(name: "cvqkd-unit") { [queue] in
            while let (job, executor) = queue.next() { executor.run(job) }
        }
        thread.detach()
    }

    deinit { queue.end() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.append(job, self)
    }

    private func run(_ job: UnownedJob) {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// The machine's time.
    var now: HostClock.Instant { MachineTime.now }

    /// Blocks whichever thread calls.
    func block(for duration: Duration) { MachineTime.block(for: duration) }

    /// This thread.
    var executor: (any HostExecutor)? { self }

    /// Suspends by this thread's own timer.
    func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
        let timer = queue.newTimer()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if Task.isCancelled { return continuation.resume() }
                queue.set(timer, deadline, continuation)
            }
        } onCancel: {
            queue.fire(timer)
        }
        queue.forget(timer)
        if Task.isCancelled { throw CancellationError() }
    }
}

/// The jobs and timers of one thread.
private final class JobQueue: @unchecked Sendable {
    // SAFETY: the state is only touched with the mutex held; mutex and condition have stable addresses.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    /// Each with its executor, which must outlive it.
    private var jobs: [(UnownedJob, UnitExecutor)] = []
    private var timers: [UInt64: (deadline: HostClock.Instant, continuation: UnsafeContinuation<Void, Never>)] = [:]
    /// Timers that were fired before they were set: their task was cancelled in between.
    private var early: Set<UInt64> = []
    private var lastTimer: UInt64 = 0
    private var ended = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    func append(_ job: UnownedJob, _ executor: UnitExecutor) {
        locked {
            jobs.append((job, executor))
            pthread_cond_signal(condition)
        }
    }

    func end() {
        locked {
            ended = true
            pthread_cond_signal(condition)
        }
    }

    func newTimer() -> UInt64 {
        locked {
            lastTimer += 1
            return lastTimer
        }
    }

    func set(_ timer: UInt64, _ deadline: HostClock.Instant, _ continuation: UnsafeContinuation<Void, Never>) {
        let isLate = locked {
            if early.remove(timer) != nil { return true }
            timers[timer] = (deadline, continuation)
            pthread_cond_signal(condition)
            return false
        }
        if isLate { continuation.resume() }
    }

    /// The timer's task goes on: nothing may be left of it.
    func forget(_ timer: UInt64) { _ = locked { early.remove(timer) } }

    /// Ends a timer before its time.
    func fire(_ timer: UInt64) {
        let continuation = locked {
            let found = timers.removeValue(forKey: timer)?.continuation
            if found == nil { early.insert(timer) }
            return found
        }
        continuation?.resume()
    }

    /// The next job; nil at the end. Wakes the timers that are due: their continuations come back as jobs.
    func next() -> (UnownedJob, UnitExecutor)? {
        while true {
            let due = locked { takeDue() }
            for continuation in due { continuation.resume() }
            let job: (UnownedJob, UnitExecutor)?? = locked {
                if !jobs.isEmpty { return jobs.removeFirst() }
                if ended { return .some(nil) }
                wait()
                return nil
            }
            if let job { return job }
        }
    }

    private func takeDue() -> [UnsafeContinuation<Void, Never>] {
        let now = MachineTime.now
        let due = timers.filter { $0.value.deadline <= now }
        for timer in due.keys { timers[timer] = nil }
        return due.values.sorted { $0.deadline < $1.deadline }.map(\.continuation)
    }

    /// Until something changes or the next timer is due.
    private func wait() {
        guard let deadline = timers.values.map(\.deadline).min() else {
            pthread_cond_wait(condition, mutex)
            return
        }
        // A condition knows CLOCK_MONOTONIC and not the machine's time: after a suspension it wakes late, by what was left
        // of this wait. An hour at most, so that the sum below cannot overflow.
        let left = min(max(Duration.zero, deadline - MachineTime.now), .seconds(3600)).components
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let fraction = time.tv_nsec + Int(left.attoseconds / 1_000_000_000)
        time.tv_sec += Int(left.seconds) + fraction / 1_000_000_000
        time.tv_nsec = fraction % 1_000_000_000
        pthread_cond_timedwait(condition, mutex, &time)
    }
}
