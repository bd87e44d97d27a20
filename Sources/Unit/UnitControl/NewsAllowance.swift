internal import UnitTransport

/// How much a unit may say unasked: log messages, crossed limits and messages that nobody knows. A unit that floods its
/// host would fill logs and hide what matters. What is left out is counted, and said once a second.
struct NewsAllowance {
    /// So many at once, and then so many a second.
    static let burst = 32
    static let perSecond = 5
    /// Over the whole connection, at this count, only one a second is let through.
    static let lasting = 2_000

    private var left = Double(burst)
    private var since: HostClock.Instant?
    private var passed = 0
    private var leftOut: UInt64 = 0
    private var said: HostClock.Instant?

    /// Whether one more may pass; else it counts as left out.
    mutating func takes(now: HostClock.Instant) -> Bool {
        if let since {
            let rate = passed < Self.lasting ? Double(Self.perSecond) : 1
            left = min(Double(Self.burst), left + Self.seconds(now - since) * rate)
        }
        since = now
        guard left >= 1 else {
            leftOut += 1
            return false
        }
        left -= 1
        passed += 1
        return true
    }

    /// How many were left out since somebody was told, if it is time to tell.
    mutating func report(now: HostClock.Instant, isLast: Bool = false) -> UInt64? {
        guard leftOut > 0, isLast || said.map({ now - $0 >= .seconds(1) }) ?? true else { return nil }
        defer { leftOut = 0 }
        said = now
        return leftOut
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
