internal import Glibc

/// A thread that runs tasks and actors alike.
public typealias HostExecutor = SerialExecutor & TaskExecutor

/// Where a `HostClock` has its time from.
public protocol TimeSource: AnyObject, Sendable {
    /// The present moment; never earlier than one that was shown before.
    var now: HostClock.Instant { get }

    /// What the clocks show that this time has.
    var readings: ClockReadings { get }

    /// The thread on which those run who wait by this time; nil for Swift's shared pool.
    var executor: (any HostExecutor)? { get }

    /// Suspends until a moment, or a little longer; not at all if it is over. Throws when the task is cancelled.
    func sleep(until deadline: HostClock.Instant) async throws(CancellationError)

    /// Blocks the calling thread for a time, or a little longer.
    func block(for duration: Duration)
}

/// The machine's own time.
///
/// CLOCK_BOOTTIME, which goes on while the machine is suspended: a unit has a supply of its own, so its heartbeat
/// time-out, its warm-up and its drift go on too. A host that had not counted the suspension would take old values for
/// fresh ones.
public final class MachineTime: TimeSource {
    /// All show the same time.
    public init() {}

    /// The present moment of the machine.
    public static var now: HostClock.Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        // Below 0 where somebody forges the clock (faketime): it goes on from another moment then, and still goes on.
        let nanoseconds = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        return HostClock.Instant(nanoseconds: UInt64(bitPattern: nanoseconds) & UInt64(Int64.max))
    }

    /// The present moment.
    public var now: HostClock.Instant { Self.now }

    /// What the machine's clocks show.
    public static var readings: ClockReadings {
        func read(_ clock: clockid_t) -> Duration {
            var time = timespec()
            clock_gettime(clock, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        return ClockReadings(now: now, awake: read(CLOCK_MONOTONIC), worked: read(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// What the machine's clocks show.
    public var readings: ClockReadings { Self.readings }

    /// Blocks the calling thread by the kernel's timer.
    public static func block(for duration: Duration) {
        let deadline = now.advanced(by: duration)
        while true {
            let left = now.duration(to: deadline).components
            var pause = timespec(tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
            // A signal may end it early.
            guard left.seconds > 0 || left.attoseconds > 0, nanosleep(&pause, nil) != 0 else { return }
        }
    }

    /// Blocks the calling thread by the kernel's timer.
    public func block(for duration: Duration) { Self.block(for: duration) }

    /// The shared pool.
    public var executor: (any HostExecutor)? { nil }

    /// Suspends by the machine's timers.
    public func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
        do {
            try await Task.sleep(for: max(Duration.zero, now.duration(to: deadline)), clock: .continuous)
        } catch {
            throw CancellationError()
        }
    }
}
