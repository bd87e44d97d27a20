internal import Glibc
internal import Synchronization

/// Where an emulated unit's time comes from: nanoseconds that never step back. Only differences mean anything.
public protocol UnitClock: AnyObject, Sendable {
    /// Now.
    var nanoseconds: UInt64 { get }
}

/// The machine's monotonic clock, for everything but tests.
public final class MonotonicClock: UnitClock {
    /// All instances show the same time.
    public init() {}

    /// CLOCK_MONOTONIC.
    public var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A clock that stands still until a test moves it.
public final class ManualClock: UnitClock {
    private let time: Atomic<UInt64>

    /// Starts one hour after zero, so that a mix-up of absolute time and uptime shows.
    public init() { time = Atomic(3_600_000_000_000) }

    /// The time that was set.
    public var nanoseconds: UInt64 { time.load(ordering: .sequentiallyConsistent) }

    /// Moves the clock on.
    public func advance(milliseconds: Double) {
        time.add(UInt64(milliseconds * 1e6), ordering: .sequentiallyConsistent)
    }
}
