import Testing
import UnitTransport

/// The clock that everything waits and measures by.
struct HostClockTests {
    @Test func `moments add up, and stay where there are moments`() {
        let moment = HostClock.Instant(nanoseconds: 5_000_000_000)
        #expect(moment + .milliseconds(1) == HostClock.Instant(nanoseconds: 5_001_000_000))
        #expect(moment - .seconds(2) == HostClock.Instant(nanoseconds: 3_000_000_000))
        #expect((moment + .milliseconds(1)) - moment == .milliseconds(1))
        #expect(moment - (moment + .milliseconds(1)) == .milliseconds(-1))
        #expect(moment - .seconds(6) == HostClock.Instant(nanoseconds: 0))
        #expect(moment + .seconds(Int64.max) == HostClock.Instant(nanoseconds: .max))
        #expect(moment + .nanoseconds(-1) < moment)
    }

    @Test func `the machine's clock waits as long as it is asked to`() async throws {
        let clock = HostClock.monotonic
        let start = clock.now
        try await clock.sleep(for: .milliseconds(20))
        #expect(clock.now - start >= .milliseconds(20))
        try await clock.sleep(until: start)
        #expect(clock.executor == nil)
    }

    @Test func `the machine's clock blocks a thread as long as it is asked to, and not at all for what is over`() {
        let clock = HostClock.monotonic
        let start = clock.now
        clock.block(for: .milliseconds(20))
        let blocked = clock.now - start
        #expect(blocked >= .milliseconds(20) && blocked < .seconds(10))
        let later = clock.now
        for over in [Duration.zero, .seconds(-3600)] { clock.block(for: over) }
        #expect(clock.now - later < .seconds(10))
    }

    @Test func `who is cancelled does not wait`() async {
        let waiting = Task { try await HostClock.monotonic.sleep(for: .seconds(3600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
