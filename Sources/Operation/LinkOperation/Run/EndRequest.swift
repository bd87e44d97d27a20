public import UnitTransport

/// Somebody's wish that a running piece of work ends in order: Ctrl-C, SIGTERM, an agent's command. What may be cancelled
/// half-way is then cancelled; the rest looks at `isRequested`.
public final class EndRequest: Sendable {
    private struct State {
        var requests = 0
        var next = 0
        /// Of all that may be cancelled now: calls may be nested and beside each other, and each removes its own.
        var cancels: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Guarded(State())
    private let clock: HostClock

    /// Nobody wishes it yet. Pauses go by `clock`.
    public init(clock: HostClock = .monotonic) { self.clock = clock }

    /// Whether the work shall end.
    public var isRequested: Bool { state.withLock { $0.requests > 0 } }

    /// Wishes the end. Returns how often that was done.
    @discardableResult public func request() -> Int {
        let (count, cancels) = state.withLock { state in
            state.requests += 1
            return (state.requests, Array(state.cancels.values))
        }
        for cancel in cancels { cancel() }
        return count
    }

    /// Runs what may be cancelled half-way. It throws what `body` throws, its modules' `.cancelled` if it was cancelled.
    public func cancellable<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let task = Task(executorPreference: clock.executor) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        let (place, isLate) = state.withLock { state in
            state.next += 1
            state.cancels[state.next] = { task.cancel() }
            return (state.next, state.requests > 0)
        }
        if isLate { task.cancel() }
        defer { state.withLock { _ = $0.cancels.removeValue(forKey: place) } }
        return try await task.value.get()
    }

    /// Runs what ends in order by itself once the end is requested, and requests it when the caller's task is cancelled.
    /// `body` has a task of its own: to put lights out takes requests, which a cancelled task cannot make.
    public func inOrder<Value: Sendable, Failure: Error>(
        by clock: HostClock, _ body: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let work = Task(executorPreference: clock.executor) { () -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        let result = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            request()
        }
        return try result.get()
    }

    /// Waits; returns early if the work shall end.
    public func pause(_ duration: Duration) async {
        _ = try? await cancellable { [clock] () async throws(CancellationError) in try await clock.sleep(for: duration)
        }
    }
}
