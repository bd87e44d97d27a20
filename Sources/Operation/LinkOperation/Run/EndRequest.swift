public import UnitTransport

/// Somebody's wish that a running piece of work ends in order: Ctrl-C, SIGTERM, an agent's command. What may be cancelled
/// half-way is then cancelled; the rest looks at `isRequested`.
public final class EndRequest: Sendable {
    private struct State {
        var requests = 0
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Guarded(State())
    private let clock: HostClock

    /// Nobody wishes it yet. Pauses go by `clock`.
    public init(clock: HostClock = .monotonic) { self.clock = clock }

    /// Whether the work shall end.
    public var isRequested: Bool { state.withLock { $0.requests > 0 } }

    /// Wishes the end. Returns how often that was done.
    @discardableResult public func request() -> Int {
        let (count, cancel) = state.withLock { state in
            state.requests += 1
            return (state.requests, state.cancel)
        }
        cancel?()
        return count
    }

    /// Runs what may be cancelled half-way. It throws what `body` throws, its modules' `.cancelled` if it was cancelled.
    public func cancellable<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let task = Task(executorPreference: clock.executor) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        let isLate = state.withLock { state in
            state.cancel = { task.cancel() }
            return state.requests > 0
        }
        if isLate { task.cancel() }
        defer { state.withLock { $0.cancel = nil } }
        return try await task.value.get()
    }

    /// Waits; returns early if the work shall end.
    public func pause(_ duration: Duration) async {
        _ = try? await cancellable { [clock] () async throws(CancellationError) in try await clock.sleep(for: duration)
        }
    }
}
