import CalibrationRecords
import Foundation
import Synchronization
import Testing
import UnitTransport

/// A store that another program writes is waited for, by the clock that was given.
struct StoreLockTests {
    /// Time that only goes on for who blocks. Calls `pause` with the number of each pause.
    private final class BlockedTime: TimeSource {
        private let elapsed = Mutex((pauses: 0, nanoseconds: UInt64(3_600_000_000_000)))
        private let pause: @Sendable (Int) -> Void

        init(_ pause: @escaping @Sendable (Int) -> Void = { _ in }) { self.pause = pause }

        var now: HostClock.Instant { HostClock.Instant(nanoseconds: elapsed.withLock { $0.nanoseconds }) }
        var executor: (any HostExecutor)? { nil }
        var pauses: Int { elapsed.withLock { $0.pauses } }
        func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
            preconditionFailure("a store does not suspend")
        }

        func block(for duration: Duration) {
            let moment = now.advanced(by: duration)
            let number = elapsed.withLock { elapsed in
                elapsed.nanoseconds = moment.nanoseconds
                elapsed.pauses += 1
                return elapsed.pauses
            }
            pause(number)
        }
    }

    /// The lock as another program has it: locks belong to open files, not to processes.
    private static func hold(_ bench: Bench, _ kind: Int32 = LOCK_EX) throws -> Int32 {
        _ = try bench.store.add(Samples.bob())
        let descriptor = open("\(bench.path)/lock", O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0 && flock(descriptor, kind | LOCK_NB) == 0)
        return descriptor
    }

    /// Number, name and since when are in the sentence.
    private static func isBusy(_ error: any Error, _ bench: Bench, by pid: Int32) -> Bool {
        guard case RecordError.busy(bench.path, let holder?) = error else { return false }
        return "\(error)".contains(holder) && holder.wholeMatch(of: /.+, pid (\d+), since 20\S+Z/)?.1 == "\(pid)"
    }

    private static func store(_ bench: Bench, _ time: BlockedTime) -> CalibrationStore {
        CalibrationStore(bench.folder, lockLimit: .seconds(5), clock: HostClock(time))
    }

    @Test func `a writer and a reader wait for a writer up to the limit, and are told who it is`() throws {
        let bench = try Bench()
        let holder = try Self.hold(bench)
        defer { close(holder) }
        // What an old writer left in the file is not believed: the kernel knows.
        #expect(pwrite(holder, "4711", 4, 0) == 4)
        for attempt in [{ _ = try $0.add(Samples.bob("B-2")) }, { _ = try $0.contents() }]
            as [(CalibrationStore) throws -> Void]
        {
            let time = BlockedTime()
            let began = time.now
            #expect {
                try attempt(Self.store(bench, time))
            } throws: {
                Self.isBusy($0, bench, by: getpid())
            }
            #expect((Duration.seconds(5)...Duration.milliseconds(5_010)).contains(time.now - began))
        }
    }

    @Test func `whoever waits goes on as soon as the lock is given back`() throws {
        let bench = try Bench()
        let holder = try Self.hold(bench)
        let time = BlockedTime { if $0 == 3 { close(holder) } }
        let stored = try Self.store(bench, time).add(Samples.bob("B-2"))
        #expect(time.pauses == 3)
        #expect(try bench.store.contents().records.map(\.name).contains(stored.name))
    }

    @Test func `readers do not wait for each other, and a writer waits for them`() throws {
        let bench = try Bench()
        let holder = try Self.hold(bench, LOCK_SH)
        defer { close(holder) }
        let time = BlockedTime()
        #expect(try Self.store(bench, time).contents().records.count == 1 && time.pauses == 0)
        #expect {
            try Self.store(bench, time).add(Samples.bob("B-2"))
        } throws: {
            Self.isBusy($0, bench, by: getpid())
        }
    }
}
