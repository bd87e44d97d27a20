import LinkOperation
import Testing
import UnitControl
import UnitProtocol
import UnitRelays
import VirtualTime

/// Sessions of units that go on streaming while their heartbeats say otherwise, or nothing.
@Suite(.virtualTime) struct DoubtfulHeartbeatTests {
    enum Lie: String, CaseIterable, Sendable {
        case dark, otherSession, noLight, silence

        @Sendable func tell(_ relay: UnitRelay) {
            switch self {
            case .dark:
                relay.change(HeartbeatReply.self) { ($0.state, $0.light, $0.sessionId) = (.dark, [], 0) }
            case .otherSession: relay.change(HeartbeatReply.self) { $0.sessionId = 77 }
            case .noLight: relay.change(HeartbeatReply.self) { $0.light = [] }
            case .silence: relay.swallow(HeartbeatReply.self)
            }
        }
    }

    @Test(arguments: Lie.allCases, [(UnitRole.alice, SessionPurpose.key), (.bob, .key), (.bob, .test)])
    func `a session ends and fails, with the unit and its heartbeats named`(
        lie: Lie, case unit: (role: UnitRole, purpose: SessionPurpose)
    ) async throws {
        var bench = SessionBench(lies: [unit.role: lie.tell])
        bench.purpose = unit.purpose
        bench.request = {
            $0.duration = .seconds(30)
            $0.recovers = false
        }
        let (outcome, _) = try await bench.run()
        let failure = "\(try #require(outcome.failure))"
        #expect(failure.contains("Heartbeat"), "\(failure)")
        #expect(outcome.elapsed < .seconds(6), "\(outcome.elapsed)")
    }
}
