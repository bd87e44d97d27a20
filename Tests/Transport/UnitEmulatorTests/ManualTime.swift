import Synchronization
import UnitTransport

/// Time that stands still until a test moves it.
final class ManualTime: TimeSource {
    /// Starts one hour after zero, so that a mix-up of absolute time and uptime shows.
    private let time = Atomic<UInt64>(3_600_000_000_000)

    var now: HostClock.Instant { HostClock.Instant(nanoseconds: time.load(ordering: .sequentiallyConsistent)) }

    var executor: (any HostExecutor)? { nil }

    /// Nobody waits by it: a pair without a thread only looks.
    func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
        preconditionFailure("manual time is not waited for")
    }

    func block(for duration: Duration) { preconditionFailure("manual time is not waited for") }

    /// Moves time on.
    func advance(milliseconds: Double) { time.add(UInt64(milliseconds * 1e6), ordering: .sequentiallyConsistent) }
}
