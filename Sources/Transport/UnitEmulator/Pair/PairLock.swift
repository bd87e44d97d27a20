internal import Glibc
internal import Synchronization

/// A lock that the producing thread gives up when somebody waits. A plain mutex goes back to the thread that has just
/// released it, and a producer that is behind its time would keep requests waiting for ever.
final class PairLock<Value>: @unchecked Sendable {
    // SAFETY: `value` is touched between lock and unlock only; the mutex has an address of its own.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value: Value
    private let waiting = Atomic<Int>(0)

    init(_ value: sending Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` under the lock, before the producer's next turn.
    func withLock<Result>(_ body: (Value) -> Result) -> Result {
        waiting.add(1, ordering: .relaxed)
        pthread_mutex_lock(mutex)
        waiting.subtract(1, ordering: .relaxed)
        defer { pthread_mutex_unlock(mutex) }
        return body(value)
    }

    /// Runs `body` under the lock when nobody else waits for it.
    func withLockLast<Result>(_ body: (Value) -> Result) -> Result {
        while waiting.load(ordering: .relaxed) > 0 { sched_yield() }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(value)
    }
}
