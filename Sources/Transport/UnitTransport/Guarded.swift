internal import Glibc

/// A value behind a lock. Contended `Synchronization.Mutex` gives false reports under the thread sanitizer on Linux
/// (swiftlang/swift issue 88440); a `pthread_mutex_t` gives none and is faster there.
///
/// Never for a function by itself: every access would wrap it once more. `LateCallback` holds one.
public final class Guarded<Value: ~Copyable>: @unchecked Sendable {
    // SAFETY: `value` is only touched between lock and unlock; `mutex` has a stable address of its own.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Guards `value`.
    public init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        self.value = value
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the lock held. `body` must not wait for anything.
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
