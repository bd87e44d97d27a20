import Testing
import UnitControl
import UnitProtocol
import UnitTransport

struct RecoveryLadderTests {
    private static func policy() -> RecoveryPolicy {
        var policy = RecoveryPolicy()
        policy.newSessions = 2
        policy.resets = 2
        policy.reconnections = 3
        return policy
    }

    @Test(
        arguments: [
            (
                [.streamLost, .streamLost, .streamLost, .streamLost, .streamLost],
                [.newSession, .newSession, .reset, .reset, .quarantine]
            ),
            ([.mute, .mute, .mute], [.reset, .reset, .quarantine]),
            ([.streamLost, .mute, .streamLost, .streamLost], [.newSession, .reset, .reset, .quarantine]),
            (
                [.disconnected, .disconnected, .disconnected, .disconnected],
                [.reconnection, .reconnection, .reconnection, .quarantine]
            ),
            ([.disconnected, .streamLost, .disconnected, .mute], [.reconnection, .newSession, .reconnection, .reset]),
        ] as [([RecoveryCause], [RecoveryStep])])
    func `failures without a steady session between them lead from the mildest step to quarantine`(
        causes: [RecoveryCause], steps: [RecoveryStep]
    ) {
        var ladder = RecoveryLadder(Self.policy())
        #expect(causes.map { ladder.climb($0).step } == steps)
    }

    @Test func `no series of failures goes on for ever`() {
        for first in RecoveryCause.allCases {
            for second in RecoveryCause.allCases {
                var ladder = RecoveryLadder(RecoveryPolicy())
                let steps = (0..<64).map { ladder.climb($0.isMultiple(of: 2) ? first : second).step }
                #expect(steps.contains(.quarantine), "\(first), \(second)")
            }
        }
    }

    @Test func `pauses double up to their limit, and a steady session forgets them`() {
        var ladder = RecoveryLadder(RecoveryPolicy())
        let pauses = (0..<9).map { _ in ladder.climb(.disconnected).pause }
        #expect(pauses.prefix(3) == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
        #expect(pauses.last == .seconds(5))
        ladder.descend()
        #expect(ladder.climb(.streamLost) == (.newSession, .milliseconds(100)))
        #expect(ladder.counters.reconnections == 9)
        #expect(ladder.counters.newSessions == 1)
    }

    @Test(
        arguments: [
            (.transport(.gone(path: "x")), .disconnected),
            (.transport(.sendTimedOut(path: "x", milliseconds: 1)), .mute),
            (.timedOut(request: "Status", milliseconds: 1), .mute), (.streamStalled(milliseconds: 1), .streamLost),
            (.sessionEnded(cause: .peerStopped), .streamLost), (.sessionEnded(cause: .heartbeatLost), .disconnected),
            (.inBootloader(serial: "x"), .disconnected),
        ] as [(UnitError, RecoveryCause)])
    func `what a step can mend is told from the error`(error: UnitError, cause: RecoveryCause) {
        #expect(RecoveryCause(error) == cause)
    }

    @Test(
        arguments: [
            .incompatible(difference: "x"), .sessionEnded(cause: .hardwareFault), .sessionEnded(cause: .command),
            .transport(.noPermission(path: "x", remedy: "y")), .cancelled,
            .transport(.memoryNotLocked(bytes: 1)), .purposeForbids(action: "x"),
        ] as [UnitError])
    func `refusals, wrong units and latched faults are nobody's to retry`(error: UnitError) {
        #expect(RecoveryCause(error) == nil)
    }
}
