/// The clock that this program waits and measures by: time-outs, pauses, heartbeats, durations. What needs time is given
/// one, so that a test can bring time of its own. Wall-clock time is for people, and a unit's time (GetClock) is the unit's.
public struct HostClock: Clock, Sendable {
    /// A moment of a clock. All clocks of the machine count from the same one, so their moments can be compared.
    public struct Instant: InstantProtocol {
        /// What moments differ by.
        public typealias Duration = Swift.Duration

        /// Nanoseconds since a moment that means nothing.
        public let nanoseconds: UInt64

        /// The moment so many nanoseconds after the one that means nothing.
        public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

        /// A later moment, or an earlier one; the last or the first there is if it would lie beyond.
        public func advanced(by duration: Duration) -> Instant {
            let (seconds, attoseconds) = duration.components
            let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (sum, isBeyondToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
            let (moved, isOutside) =
                sum < 0
                ? nanoseconds.subtractingReportingOverflow(sum.magnitude)
                : nanoseconds.addingReportingOverflow(sum.magnitude)
            guard isBeyond || isBeyondToo || isOutside else { return Instant(nanoseconds: moved) }
            return Instant(nanoseconds: duration < .zero ? 0 : .max)
        }

        /// How long it is from here to there.
        public func duration(to other: Instant) -> Duration {
            self <= other
                ? .nanoseconds(Int64(clamping: other.nanoseconds - nanoseconds))
                : .zero - .nanoseconds(Int64(clamping: nanoseconds - other.nanoseconds))
        }

        /// A later moment.
        public static func + (moment: Instant, duration: Duration) -> Instant { moment.advanced(by: duration) }

        /// An earlier moment.
        public static func - (moment: Instant, duration: Duration) -> Instant { moment.advanced(by: .zero - duration) }

        /// How long it is from the second to the first.
        public static func - (end: Instant, start: Instant) -> Duration { start.duration(to: end) }

        /// Whether one moment is before another.
        public static func < (one: Instant, other: Instant) -> Bool { one.nanoseconds < other.nanoseconds }
    }

    private let source: any TimeSource

    /// A clock that shows the time of this source.
    public init(_ source: any TimeSource) { self.source = source }

    /// The machine's monotonic clock, for everything but tests.
    public static let monotonic = HostClock(MachineTime())

    /// The present moment.
    public var now: Instant { source.now }

    /// What the clocks show at the present moment.
    public var readings: ClockReadings { source.readings }

    /// What moments are counted in.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Where tasks run that wait by this clock; nil for the shared pool. To be given to every `Task` that a library makes
    /// beside its caller: a clock that jumps to the next deadline when all wait has to know that they do.
    public var executor: (any HostExecutor)? { source.executor }

    /// Suspends until a moment, or a little longer. Throws when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws(CancellationError) {
        try await source.sleep(until: deadline)
    }

    /// Suspends until a moment, or a little longer. Throws when the task is cancelled.
    public func sleep(until deadline: Instant) async throws(CancellationError) {
        try await source.sleep(until: deadline)
    }

    /// Suspends for a time, or a little longer. Throws when the task is cancelled.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        try await source.sleep(until: source.now.advanced(by: duration))
    }

    /// Blocks the calling thread for a time, or a little longer. For functions that cannot suspend, while they wait for what
    /// tells nobody: a lock of another program.
    public func block(for duration: Duration) { source.block(for: duration) }
}

extension Duration {
    /// As a number.
    public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
