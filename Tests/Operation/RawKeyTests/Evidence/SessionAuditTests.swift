import CalibrationRecords
import Foundation
import RawKeyMessages
import SwiftProtobuf
import Testing

@testable import RawKey

/// Records of a session, judged by somebody who has nothing else.
struct SessionAuditTests {
    private typealias Bench = EvidenceBench

    private struct Session {
        var records: [Cvqkd_Rawkey_V1_WindowRecord]
        var pins: [PublicKey]

        var data: [Data] { records.map { (try? $0.serializedData()) ?? Data() } }
        func audit(pinned: Bool = true) -> SessionAudit {
            SessionAudit(records: data, pinned: pinned ? pins : nil)
        }
        func findings() -> [[EvidenceError]] { audit().windows.map(\.findings) }
    }

    private func session(_ windows: Int, binding: UInt8 = 9) throws -> Session {
        let folder = try TestFolder()
        let bob = try Bench.key(in: folder.path, "bob")
        let alice = try Bench.key(in: folder.path, "alice")
        return Session(
            records: try Bench.session(windows, bob: bob, alice: alice) { _, statement in
                statement.binding = Data(repeating: binding, count: 32)
            },
            pins: [try bob.publicKey(), try alice.publicKey()])
    }

    @Test func `an honest session holds, and its vacuum is that of all windows`() throws {
        let audit = try session(3).audit()
        #expect(audit.windows.map(\.findings) == [[], [], []])
        #expect(audit.holds)
        #expect(audit.windows.map(\.common) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
        let vacuum = try #require(audit.vacuum)
        #expect(vacuum.x.samples == 3 * 16_384)
        #expect(vacuum.p?.samples == 3 * 16_384)
        #expect(abs(vacuum.x.variance / Bench.variance - 1) < 0.05)
        #expect(abs(vacuum.x.sigma / (vacuum.x.variance * (2 / 49_152.0).squareRoot()) - 1) < 0.01)
    }

    @Test func `a window that is left out, repeated or moved breaks the chain`() throws {
        let whole = try session(3)
        for (order, broken) in [([0, 2], [1]), ([0, 1, 1], [2]), ([1, 0, 2], [1, 2])] {
            var some = whole
            some.records = order.map { whole.records[$0] }
            #expect(some.findings().indices.filter { !some.findings()[$0].isEmpty } == broken, "\(order)")
        }
    }

    @Test func `a window of another session does not continue this one`() throws {
        var own = try session(2)
        let other = try session(2, binding: 8)
        own.records[1] = other.records[1]
        own.pins += other.pins
        #expect(
            own.findings() == [[], [.differs(field: "binding"), .brokenChain(ordinal: 1), .brokenChain(ordinal: 1)]])
    }

    @Test func `a key that is not pinned, or that signs for both ends, is found`() throws {
        let own = try session(1)
        let stranger = SessionAudit(records: own.data, pinned: [own.pins[0]])
        #expect(stranger.windows[0].findings == [.notPinned(fingerprint: own.pins[1].fingerprint)])
        #expect(own.audit(pinned: false).holds)
        let folder = try TestFolder()
        let key = try Bench.key(in: folder.path, "one")
        let records = try Bench.session(1, bob: key, alice: key)
        let (audit, signer) = (
            SessionAudit(records: [try records[0].serializedData()], pinned: nil), try key.publicKey()
        )
        #expect(audit.windows[0].findings == [.sameSigner(fingerprint: signer.fingerprint)])
    }

    @Test func `a release without the consent of both is found`() throws {
        var own = try session(1)
        own.records[0].clearTransmitter()
        #expect(own.findings()[0] == [.unprovenRelease(reason: "the statement of an end is missing")])
        own.records[0].outcome = .revoked
        #expect(own.findings()[0] == [])
        own = try session(1)
        own.records[0].digest = Data(repeating: 0, count: 32)
        #expect(own.findings()[0] == [.contradictsItself(field: "digest")])
        own = try session(1)
        own.records[0].outcome = .unspecified
        #expect(own.findings()[0].count == 1)
    }

    @Test func `a release of evidence that does not pass is found, and each wrong quantity is named`() throws {
        let folder = try TestFolder()
        let bob = try Bench.key(in: folder.path, "bob")
        let alice = try Bench.key(in: folder.path, "alice")
        let records = try Bench.session(1, bob: bob, alice: alice) { _, statement in
            guard statement.end == .bob else { return }
            statement.receiver.referenceVacuumX.value *= 2
            statement.receiver.hiddenExcessNoise *= 2
        }
        let audit = SessionAudit(records: [try records[0].serializedData()], pinned: nil)
        let window = audit.windows[0]
        #expect(
            window.receiver?.contradictions
                == ["vacuumVarianceX", "shotNoisePerPowerX", "meanX", "hidden_excess_noise", "passes"])
        #expect(window.findings.last == .unprovenRelease(reason: "the evidence of an end does not pass"))
    }

    @Test func `bytes that are no record are said to be none`() {
        for bytes in [Data([0xff]), Data(repeating: 7, count: 100)] {
            #expect(SessionAudit(records: [bytes], pinned: nil).windows[0].findings == [.unreadable(what: "record")])
        }
        #expect(!SessionAudit(records: [Data()], pinned: nil).holds)
    }

    @Test func `every changed byte of a record is noticed`() throws {
        let own = try session(1)
        let bytes = own.data[0]
        // The outcome of a window that was not released is nobody's signature; of one that was, all is bound.
        for index in stride(from: 0, to: bytes.count, by: 97) {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(!SessionAudit(records: [changed], pinned: own.pins).holds, "byte \(index)")
        }
    }
}
