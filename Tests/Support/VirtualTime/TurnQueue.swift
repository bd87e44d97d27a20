internal import Glibc
internal import UnitTransport

/// Whose turn it is in a virtual time.
enum Turn {
    /// A job is ready.
    case job(UnownedJob, VirtualTime)
    /// Somebody's time has come.
    case wake(UnsafeContinuation<Void, Never>)
    /// Something that is driven is due.
    case step(DrivenStep)
}

/// Something that acts by itself.
struct DrivenStep: Sendable {
    let body: @Sendable () -> Duration?
}

/// Jobs, sleepers and the time itself. Jobs go first, in their order; only when there is none does time go on, to the
/// first of those who wait for it.
final class TurnQueue: @unchecked Sendable {
    // SAFETY: the state is only touched with the mutex held; mutex and condition have stable addresses.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)

    private let name: String

    private struct Waiting {
        var deadline: UInt64
        /// Among those who wait for the same moment, the first comes first.
        var order: UInt64
        var turn: Turn
    }

    private var now: UInt64 = 3_600_000_000_000
    private var limit: UInt64 = .max
    private var running = 0
    private var hasEnded = false
    /// Each with its time, which must outlive it.
    private var jobs: [(UnownedJob, VirtualTime)] = []
    private var entering: [UnsafeContinuation<Void, Never>] = []
    private var sleepers: [UInt64: Waiting] = [:]
    private var steps: [Waiting] = []
    /// Sleepers that were woken before they slept: their task was cancelled in between.
    private var early: Set<UInt64> = []
    private var count: UInt64 = 0

    /// What a look at the clock takes, ns.
    private static let look: UInt64 = 1_000
    /// How long a test that nothing drives may wait for another thread, s of the machine.
    private static let patience = 60

    init(_ name: String) {
        self.name = name
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
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

    /// Something has changed that the thread may wait for.
    private func changed() { pthread_cond_signal(condition) }

    private func nextCount() -> UInt64 {
        count += 1
        return count
    }

    // MARK: Any thread

    func append(_ job: UnownedJob, _ time: VirtualTime) {
        locked {
            jobs.append((job, time))
            changed()
        }
    }

    func enter(_ continuation: UnsafeContinuation<Void, Never>, limit duration: Duration) {
        locked {
            running += 1
            limit = HostClock.Instant(nanoseconds: now).advanced(by: duration).nanoseconds
            entering.append(continuation)
            changed()
        }
    }

    func leave() { locked { running -= 1 } }

    func end() {
        locked {
            hasEnded = true
            changed()
        }
    }

    func look() -> HostClock.Instant {
        locked {
            now += Self.look
            return HostClock.Instant(nanoseconds: now)
        }
    }

    func pass(_ duration: Duration) {
        locked { now = max(now, HostClock.Instant(nanoseconds: now).advanced(by: duration).nanoseconds) }
    }

    func newSleeper() -> UInt64 { locked { nextCount() } }

    func set(_ sleeper: UInt64, _ deadline: HostClock.Instant, _ continuation: UnsafeContinuation<Void, Never>) {
        let isLate = locked {
            if early.remove(sleeper) != nil { return true }
            sleepers[sleeper] = Waiting(
                deadline: deadline.nanoseconds, order: nextCount(), turn: .wake(continuation))
            changed()
            return false
        }
        if isLate { continuation.resume() }
    }

    /// The sleeper's task goes on: nothing may be left of it.
    func forget(_ sleeper: UInt64) { _ = locked { early.remove(sleeper) } }

    /// Wakes a sleeper before its time.
    func wake(_ sleeper: UInt64) {
        let turn = locked {
            let found = sleepers.removeValue(forKey: sleeper)?.turn
            if found == nil { early.insert(sleeper) }
            return found
        }
        if case .wake(let continuation) = turn { continuation.resume() }
    }

    func drive(_ body: @escaping @Sendable () -> Duration?) { goOn(DrivenStep(body: body), after: .zero) }

    func goOn(_ step: DrivenStep, after pause: Duration?) {
        guard let pause else { return }
        locked {
            let due = HostClock.Instant(nanoseconds: now).advanced(by: pause)
            steps.append(Waiting(deadline: due.nanoseconds, order: nextCount(), turn: .step(step)))
            changed()
        }
    }

    // MARK: The thread

    /// The next turn; nil at the end.
    func next() -> Turn? {
        locked {
            while true {
                if !jobs.isEmpty {
                    let (job, time) = jobs.removeFirst()
                    return .job(job, time)
                }
                if !entering.isEmpty { return .wake(entering.removeFirst()) }
                if hasEnded { return nil }
                if running > 0, let turn = advance() { return turn }
                wait()
            }
        }
    }

    /// Lets time go on to the first who waits for it.
    private func advance() -> Turn? {
        let sleeper = sleepers.min { Self.isEarlier($0.value, $1.value) }
        let step = steps.indices.min { Self.isEarlier(steps[$0], steps[$1]) }
        let first: Waiting
        if let sleeper, step.map({ Self.isEarlier(sleeper.value, steps[$0]) }) ?? true {
            first = sleeper.value
            sleepers[sleeper.key] = nil
        } else if let step {
            first = steps.remove(at: step)
        } else {
            return nil
        }
        now = max(now, first.deadline)
        precondition(now <= limit, "time has run out in \(name): somebody waits for what never comes")
        return first.turn
    }

    private static func isEarlier(_ one: Waiting, _ other: Waiting) -> Bool {
        (one.deadline, one.order) < (other.deadline, other.order)
    }

    private func wait() {
        guard running > 0 else {
            pthread_cond_wait(condition, mutex)
            return
        }
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += Self.patience
        let code = pthread_cond_timedwait(condition, mutex, &end)
        precondition(code != ETIMEDOUT, "in \(name) all wait for each other")
    }
}
