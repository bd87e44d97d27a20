internal import UnitTransport

/// How far a unit's clock has fallen behind the host's since the connection began. A unit whose telemetry task hangs says
/// the same again: ages that it states then do not grow, but its `deviceTime` stands still.
///
/// The sum of what is missing from look to look, less a hundredth that honest clocks may be slow. It cannot grow by the
/// jitter of replies, because what one look misses the next one has too much.
struct DeviceTimeLag {
    /// Slower than this share of the host's clock no clock is.
    private static let allowance = 0.01
    /// Replies may be this late, with one repeated request.
    static let jitter: Duration = .milliseconds(1_500)

    private var last: (device: UInt64, host: HostClock.Instant)?
    private var lag: Duration = .zero

    /// By how much values are older than the unit says, when it states this time now.
    mutating func age(device: UInt64, host: HostClock.Instant) -> Duration {
        if let last {
            let (host, device) = (host - last.host, Self.difference(device, last.device))
            lag = max(.zero, lag + host - device - host * Self.allowance)
        }
        last = (device, host)
        return lag > Self.jitter ? lag : .zero
    }

    /// A clock that goes back does not undo what is missing.
    private static func difference(_ new: UInt64, _ old: UInt64) -> Duration {
        new > old ? .nanoseconds(Int64(clamping: new - old)) : .zero
    }
}
