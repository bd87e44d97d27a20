import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// Units that stream, and whose heartbeats say that they do not, or nothing.
@Suite(.virtualTime) struct HostileHeartbeatTests {
    /// A standalone Bob's stream that is read for at most so long, with trouble from its first second on.
    static func reading(
        seconds: Double = 30, vacuum: Double = 1, dark: Double = 0, limit: UInt64 = 0,
        _ trouble: (UnitRelay) -> Void
    ) async throws -> (error: UnitError?, after: Duration) {
        let (unit, relay, pair) = try await HostileAnswerTests.unit(31)
        defer { pair.stop() }
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(
                session: 31, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
                symbolRate: 50_000, vacuumFraction: vacuum, darkFraction: dark, symbolLimit: limit))
        let reading = Task(executorPreference: HostClock.test.executor) {
            await UnitTests.failure { while try await stream.read({ _, _ in }) {} }
        }
        try await HostClock.test.sleep(for: .seconds(1))
        trouble(relay)
        let began = HostClock.test.now
        let end = Task(executorPreference: HostClock.test.executor) {
            try await HostClock.test.sleep(for: .seconds(seconds))
            _ = try await unit.stopStream()
        }
        let error = await reading.value
        let after = HostClock.test.now - began
        end.cancel()
        await unit.close()
        return (error, after)
    }

    @Test(
        arguments: [
            { $0.state = .dark }, { $0.sessionId = 77 }, { $0.sessionId = 0 }, { $0.light = [] }, { $0.count &+= 1 },
            { ($0.state, $0.light, $0.sessionId) = (.dark, [], 0) },
        ] as [@Sendable (inout HeartbeatReply) -> Void])
    func `a unit that streams and says that it does not is refused with the third heartbeat`(
        lie: @escaping @Sendable (inout HeartbeatReply) -> Void
    ) async throws {
        let (error, after) = try await Self.reading { $0.change(HeartbeatReply.self, lie) }
        _ = HostileAnswerTests.reason(error, of: "Heartbeat")
        #expect(after <= .milliseconds(1_600), "\(after)")
    }

    @Test func `a unit that streams and answers no heartbeat is given up`() async throws {
        let (error, after) = try await Self.reading { $0.swallow(HeartbeatReply.self) }
        #expect(error == .timedOut(request: "Heartbeat", milliseconds: 3000))
        #expect(after <= .seconds(4), "\(after)")
    }

    @Test func `an honest unit is believed, in dark slots and beyond its own end`() async throws {
        #expect(try await Self.reading(seconds: 8, vacuum: 0.5, dark: 0.5) { _ in }.error == nil)
        #expect(try await Self.reading(seconds: 8, limit: 100_000) { _ in }.error == nil)
    }
}
