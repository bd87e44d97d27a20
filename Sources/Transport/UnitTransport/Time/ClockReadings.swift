/// What several clocks show at one moment. Which of them went on between two moments tells what a program that was late was
/// late for.
public struct ClockReadings: Sendable, Equatable {
    /// Goes on whatever happens.
    public var now: HostClock.Instant
    /// Stands still while the machine is suspended; nil if nobody knows.
    public var awake: Duration?
    /// Processor time of this program; nil if nobody knows.
    public var worked: Duration?

    /// Readings of one moment.
    public init(now: HostClock.Instant, awake: Duration? = nil, worked: Duration? = nil) {
        (self.now, self.awake, self.worked) = (now, awake, worked)
    }
}

extension TimeSource {
    /// Of a time that is not the machine's nothing but the time is known.
    public var readings: ClockReadings { ClockReadings(now: now) }
}
