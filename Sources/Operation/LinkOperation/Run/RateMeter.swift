public import UnitTransport

/// How fast two counts rise, a second, over the last second.
public struct RateMeter: Sendable {
    private var since: HostClock.Instant?
    private var counts: (first: UInt64, second: UInt64) = (0, 0)
    /// Of the first count.
    public private(set) var first = 0.0
    /// Of the second count.
    public private(set) var second = 0.0

    /// Nothing counted yet.
    public init() {}

    /// Takes both counts of a moment.
    public mutating func add(_ one: UInt64, _ other: UInt64, at moment: HostClock.Instant) {
        guard let since else {
            since = moment
            counts = (one, other)
            return
        }
        let seconds = (moment - since).inSeconds
        // The first figures come before the second is over: somebody is waiting for them.
        guard seconds >= 1 || first == 0, seconds > 0 else { return }
        first = Double(one - min(one, counts.first)) / seconds
        second = Double(other - min(other, counts.second)) / seconds
        guard seconds >= 1 else { return }
        counts = (one, other)
        self.since = moment
    }
}
