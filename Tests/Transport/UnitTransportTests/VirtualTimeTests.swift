import Testing
import UnitTransport
import VirtualTime

/// The time of tests has to be as sound as they want to be.
struct VirtualTimeTests {
    private let time = VirtualTime()
    private var clock: HostClock { time.clock }

    @Test func `sleepers wake in the order of their deadlines, and time is theirs`() async throws {
        try await time.run {
            let start = clock.now
            let woken = Guarded<[Int]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seconds in [30, 10, 1800, 20, 10] {
                    group.addTask {
                        try await clock.sleep(until: start + .seconds(seconds))
                        let late = clock.now - start - .seconds(seconds)
                        #expect(late >= .zero && late < .milliseconds(1), "\(seconds) s: \(late)")
                        woken.withLock { $0.append(seconds) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(woken.withLock { $0 } == [10, 10, 20, 30, 1800])
        }
    }

    @Test func `time stands still while somebody computes, tasks beside the test included`() async throws {
        try await time.run {
            let sleeping = Task(executorPreference: clock.executor) {
                try await clock.sleep(for: .seconds(1))
                return clock.now
            }
            let start = clock.now
            let end = ContinuousClock.now + .milliseconds(50)
            while ContinuousClock.now < end { await Task(executorPreference: clock.executor) {}.value }
            #expect(clock.now - start < .seconds(1))
            let woken = try await sleeping.value
            #expect(woken - start >= .milliseconds(999))
        }
    }

    @Test func `who is cancelled wakes at once, and says so`() async throws {
        try await time.run {
            let start = clock.now
            let sleeping = Task(executorPreference: clock.executor) { try await clock.sleep(for: .seconds(1000)) }
            try await clock.sleep(for: .seconds(1))
            sleeping.cancel()
            await #expect(throws: CancellationError.self) { try await sleeping.value }
            #expect(clock.now - start < .seconds(2))
        }
    }

    @Test func `a loop that only looks at the clock comes to its end`() async {
        await time.run {
            let end = clock.now + .milliseconds(10)
            while clock.now < end {}
        }
    }

    @Test func `what is driven is called when it wants to be, until it has enough`() async throws {
        try await time.run {
            let start = time.clock.now
            let calls = Guarded<[HostClock.Instant]>([])
            time.drive {
                let now = time.clock.now
                return calls.withLock { calls in
                    calls.append(now)
                    return calls.count < 4 ? .seconds(5) : nil
                }
            }
            try await time.clock.sleep(for: .seconds(60))
            let seconds = calls.withLock { $0.map { ($0 - start).inSeconds.rounded() } }
            #expect(seconds == [0, 5, 10, 15])
        }
    }

    @Test func `while somebody blocks, time passes and everybody else is late`() async throws {
        let late = try await time.run {
            let clock = time.clock
            let start = clock.now
            let sleeping = Task(executorPreference: clock.executor) {
                try await clock.sleep(for: .seconds(1))
                return clock.now - start
            }
            // Lets the sleeper fall asleep.
            try await clock.sleep(for: .milliseconds(1))
            clock.block(for: .seconds(60))
            return try await sleeping.value
        }
        #expect((60...61).contains(late.inSeconds))
    }

    @Test func `time does not pass outside of a test`() async throws {
        let before = time.now
        let woken = Guarded(false)
        let sleeping = Task(executorPreference: time) {
            try? await time.clock.sleep(for: .seconds(1))
            woken.withLock { $0 = true }
        }
        try await Task.sleep(for: .milliseconds(20))
        #expect(!woken.withLock { $0 } && time.now - before < .milliseconds(1))
        await time.run { await sleeping.value }
        #expect(woken.withLock { $0 })
    }
}
