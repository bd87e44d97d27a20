public import UnitProtocol
public import UnitTransport

/// How often the two sides of a channel say that they are there, and how long one waits for the other.
public struct PeerTiming: Sendable {
    /// Something is said at least this often.
    public var interval: Duration
    /// Nothing heard for so long means that the other side is gone. Shorter than a unit's heartbeat time-out: the light is
    /// put out by command before the unit does it by itself.
    public var limit: Duration
    /// What both go by.
    public var clock: HostClock

    /// Twice as often as a heartbeat, 250 ms, and three quarters of its time-out, 1.5 s.
    public init(
        interval: Duration = UsualHeartbeat.interval / 2, limit: Duration = UsualHeartbeat.timeout * 3 / 4,
        clock: HostClock = .monotonic
    ) {
        self.interval = interval
        self.limit = limit
        self.clock = clock
    }
}
