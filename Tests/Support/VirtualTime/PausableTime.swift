public import UnitTransport

/// A time whose waiters can be held up, as a program that is stopped is: nobody who waits by it goes on before the pause is
/// over, while those who wait by the time below it, an emulated unit, go on.
public final class PausableTime: TimeSource {
    private let base: HostClock
    private let state = Guarded<(end: HostClock.Instant, worked: Duration?)>((HostClock.Instant(nanoseconds: 0), nil))

    /// A time that shows what another clock shows.
    public init(_ base: HostClock) { self.base = base }

    /// The clock that shows this time.
    public var clock: HostClock { HostClock(self) }

    /// Nobody goes on for so long. `worked` is the processor time that is shown from then on; nil shows none.
    public func pause(for duration: Duration, worked: Duration? = nil) {
        let end = base.now + duration
        state.withLock { $0 = (end, worked) }
    }

    /// The present moment.
    public var now: HostClock.Instant { base.now }

    /// The present moment, with the processor time that was told.
    public var readings: ClockReadings { ClockReadings(now: now, worked: state.withLock { $0.worked }) }

    /// Where tasks of the base run.
    public var executor: (any HostExecutor)? { base.executor }

    /// Suspends until a moment, and until the pause is over.
    public func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
        try await base.sleep(until: deadline)
        while true {
            let end = state.withLock { $0.end }
            guard base.now < end else { return }
            try await base.sleep(until: end)
        }
    }

    /// Blocks the calling thread.
    public func block(for duration: Duration) { base.block(for: duration) }
}
