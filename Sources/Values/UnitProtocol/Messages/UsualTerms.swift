/// The heartbeat as the protocol page calls it usual, section 5. A unit states its own in `HelloReply`.
public enum UsualHeartbeat {
    /// A controller sends one so often.
    public static let interval: Duration = .milliseconds(500)
    /// A unit goes dark by itself when none came for so long, which is four intervals.
    public static let timeout: Duration = .milliseconds(2_000)
}

extension Capabilities {
    /// Warm-up that the unit declares; zero if it declares none. A day at most, whatever it says.
    public var statedWarmUp: Duration {
        warmUpTime.isFinite ? .seconds(min(max(0, warmUpTime), Self.longestWarmUp)) : .zero
    }

    /// How long warm-up may take if nobody said. Twice what the unit declares, which is for a unit at room temperature, and
    /// 10 s for one that declares nothing.
    public var warmUpLimit: Duration { statedWarmUp * 2 + .seconds(10) }
}
