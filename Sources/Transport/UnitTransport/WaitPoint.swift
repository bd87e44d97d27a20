/// Where one task waits for what another thread provides. Allocates nothing per wait.
public final class WaitPoint: Sendable {
    private let waiting = Guarded<UnsafeContinuation<Void, Never>?>(nil)

    /// Nobody waits yet.
    public init() {}

    /// Suspends until `signal()`, cancellation, or, if `ready` is already true, not at all. The caller then looks
    /// again: a wake-up is a hint. At most one task may wait.
    ///
    /// `ready` runs under this object's lock, so a provider must first provide and then signal.
    public func wait(unless ready: () -> Bool) async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let passes = waiting.withLock { waiting in
                    if ready() || Task.isCancelled { return true }
                    precondition(waiting == nil, "two tasks wait at one point")
                    waiting = continuation
                    return false
                }
                if passes { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }

    /// Wakes the task that waits, if any. Any thread.
    public func signal() {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume()
    }
}
