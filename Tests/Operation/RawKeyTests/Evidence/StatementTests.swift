import CalibrationRecords
import Foundation
import RawKeyMessages
import SwiftProtobuf
import Testing

@testable import RawKey

/// Statements of a stranger: every field, and the signature.
struct StatementTests {
    private typealias Bench = EvidenceBench
    typealias Statement = Cvqkd_Rawkey_V1_WindowStatement

    @Test func `two honest ends have all cells in common`() throws {
        #expect(try WindowComparison.compare(own: Bench.bob(), other: Bench.alice()) == [0, 1, 2, 3])
        #expect(try WindowComparison.compare(own: Bench.alice(), other: Bench.bob()) == [0, 1, 2, 3])
    }

    @Test func `a cell that one end lacks is not common`() throws {
        var policy = Bench.policy
        policy.noRoomShare = 1
        var alice = Bench.alice(cells: [0, 2, 3].map { Bench.aliceCells[$0] }, policy: policy)
        alice.cells = 4
        alice.gaps = [.with { ($0.firstCell, $0.cells, $0.cause) = (1, 1, .noRoom) }]
        alice.judged = try StatementForm.judge(alice)
        let bob = Bench.bob(policy: policy)
        #expect(try WindowComparison.compare(own: bob, other: alice) == [0, 2, 3])
    }

    /// A lie of Bob's, and how Alice finds it.
    struct Lie: CustomTestStringConvertible {
        var testDescription: String
        var error: EvidenceError
        var tell: @Sendable (inout Statement) -> Void

        init(_ name: String, _ error: EvidenceError, _ tell: @escaping @Sendable (inout Statement) -> Void) {
            (testDescription, self.error, self.tell) = (name, error, tell)
        }
    }

    private static func malformed(_ field: String, _ reason: String) -> EvidenceError {
        .malformed(field: field, reason: reason)
    }

    private static let notThirtyTwo = "it has 3 bytes, not 32"
    private static let partition = "blocks and gaps are not the whole window"

    static let lies: [Lie] = [
        Lie("rule", .rule(2)) { $0.rule = 2 },
        Lie("no link", malformed("link", "its name has 1 to 256 bytes")) { $0.link = "" },
        Lie("another link", .differs(field: "link")) { $0.link = "south" },
        Lie("binding too short", malformed("binding", notThirtyTwo)) { $0.binding = Data([1, 2, 3]) },
        Lie("another session", .differs(field: "binding")) { $0.binding = Data(repeating: 8, count: 32) },
        Lie("no end", malformed("end", "it is neither Alice nor Bob")) { $0.end = .unspecified },
        Lie("Alice's name", .wrongEnd) { $0.end = .alice },
        Lie("another window", .differs(field: "ordinal")) {
            ($0.ordinal, $0.previous) = (1, Data(repeating: 1, count: 32))
        },
        Lie("a first window with a predecessor", .brokenChain(ordinal: 0)) {
            $0.previous = Data(repeating: 1, count: 32)
        },
        Lie("predecessor too short", malformed("previous", notThirtyTwo)) { $0.previous = Data([1, 2, 3]) },
        Lie("no cells", malformed("cells", "a window has 1 to 1048576")) { $0.cells = 0 },
        Lie("cells beyond all numbers", malformed("cells", "a window has 1 to 1048576")) { $0.firstCell = .max },
        Lie("a cell more", malformed("cells", partition)) { $0.cells += 1 },
        Lie("another interval", malformed("held", "cell 0 is missing, or is there twice")) { $0.firstCell += 1 },
        Lie("a cell twice", malformed("held", "they are not in order")) { $0.held[1].cell = 0 },
        Lie("no digest of a cell", malformed("held.digest", "it has 0 bytes, not 32")) { $0.held[1].digest = Data() },
        Lie("a cell of no symbols", malformed("held.kinds", "cells have as many symbols as each other")) {
            $0.held[1].kinds = []
        },
        Lie("a longer cell", malformed("held.kinds", "cells have as many symbols as each other")) {
            $0.held[1].kinds[0].symbols += 1
        },
        Lie("a gap of nothing", malformed("gaps", "one is empty, too long, or without a cause")) {
            $0.held.removeLast()
            $0.gaps = [.with { ($0.firstCell, $0.cells, $0.cause) = (3, 0, .lost) }]
        },
        Lie("a gap without a cause", malformed("gaps", "one is empty, too long, or without a cause")) {
            $0.held.removeLast()
            $0.gaps = [.with { ($0.firstCell, $0.cells) = (3, 1) }]
        },
        Lie("a gap of an unknown cause", malformed("gaps", "one has a cause that is not known")) {
            $0.held.removeLast()
            $0.gaps = [.with { ($0.firstCell, $0.cells, $0.cause) = (3, 1, .UNRECOGNIZED(77)) }]
        },
        Lie("a gap where a block is", malformed("held", "there are more blocks and gaps than cells")) {
            $0.gaps = [.with { ($0.firstCell, $0.cells, $0.cause) = (3, 1, .lost) }]
        },
        Lie("a gap instead of a block's evidence", .contradictsItself(field: "receiver.cells")) {
            $0.held.removeLast()
            $0.gaps = [.with { ($0.firstCell, $0.cells, $0.cause) = (3, 1, .lost) }]
        },
        Lie("a policy that cannot be read", .unreadable(what: "policy")) { $0.policy = Data([0xff]) },
        Lie("another policy", .differs(field: "policy")) {
            var policy = Bench.policy
            policy.meanTolerance = 0.2
            $0 = Bench.bob(policy: policy)
        },
        Lie("a policy of another rule", .rule(0)) { $0.policy = Data() },
        Lie("counts", malformed("session_counts", "more windows ended than were attempted")) {
            $0.sessionCounts.revoked = .max
        },
        Lie("counts of the day", malformed("day_counts", "more windows ended than were attempted")) {
            $0.dayCounts.interrupted = 1
        },
        Lie("answers", malformed("answers", notThirtyTwo)) { $0.answers = Data([1, 2, 3]) },
        Lie("Alice's evidence as well", .wrongEnd) { $0.transmitter = .init() },
        Lie("no evidence", .wrongEnd) { $0.clearReceiver() },
        Lie("planned samples", .contradictsItself(field: "planned_vacuum_samples")) {
            $0.receiver.plannedVacuumSamples -= 1
        },
        Lie("bound", .contradictsItself(field: "bound_sigmas")) { $0.receiver.boundSigmas = 1 },
        Lie("hidden noise", .contradictsItself(field: "hidden_excess_noise")) {
            $0.receiver.hiddenExcessNoise /= 2
        },
        Lie("totals", .contradictsItself(field: "vacuum_x")) { $0.receiver.vacuumX.second -= 1_000 },
        Lie("halves", .contradictsItself(field: "first_half_p")) { $0.receiver.firstHalfP.second -= 1_000 },
        Lie("samples that no cell has", .contradictsItself(field: "receiver.cells")) {
            $0.held[0].kinds[3].symbols -= 1
            $0.held[0].kinds[4].symbols += 1
        },
        Lie("vacuum of another cell", .contradictsItself(field: "receiver.cells")) { $0.receiver.cells[0].cell = 9 },
        Lie("more runs than samples", .contradictsItself(field: "cells.runs")) { $0.receiver.cells[0].runs = .max },
        Lie("a reference that it did not judge by", .contradictsItself(field: "vacuumVarianceX")) {
            $0.receiver.referenceVacuumX.value += 1
        },
        Lie("power", .contradictsItself(field: "localOscillatorLeast")) { $0.receiver.localOscillatorLeast = 0 },
        Lie("clipped samples", .contradictsItself(field: "clippedSamples")) { $0.receiver.clippedSamples = 1 },
        Lie("doubtful frames", .contradictsItself(field: "doubtfulFrames")) { $0.receiver.doubtfulFrames = 1 },
        Lie("an alarm that it did not judge", .contradictsItself(field: "alarms")) { $0.alarms = ["tamper"] },
        Lie("a value", .contradictsItself(field: "meanX")) { $0.judgedValue("meanX") { $0.value += 1 } },
        Lie("a limit", .contradictsItself(field: "meanX")) { $0.judgedValue("meanX") { $0.upper += 1 } },
        Lie("a verdict", .contradictsItself(field: "meanX")) { $0.judgedValue("meanX") { $0.passes = false } },
        Lie("a quantity left out", .contradictsItself(field: "judged")) { $0.judged.removeLast() },
        Lie("that it passes not", .contradictsItself(field: "passes")) { $0.passes = false },
        Lie("that it passes", .contradictsItself(field: "passes")) {
            $0.alarms = ["tamper"]
            $0.judged = (try? StatementForm.judge($0)) ?? []
        },
    ]

    @Test(arguments: lies) func `no lie about a field is believed`(lie: Lie) {
        var statement = Bench.bob()
        lie.tell(&statement)
        #expect(throws: lie.error) { try WindowComparison.compare(own: Bench.alice(), other: statement) }
    }

    /// Sums that no samples have.
    static let sums: [@Sendable (inout Cvqkd_Rawkey_V1_PowerSums) -> Void] = [
        { $0.third = Data() }, { $0.fourth = Data(repeating: 0, count: 17) }, { $0.samples = .max },
        { $0.samples = 1 << 41 }, { $0.clipped = $0.samples + 1 }, { $0.first = .min }, { $0.first = .max },
        { $0.second = .max }, { $0.second = 0 }, { $0.third = Data(repeating: 0x7f, count: 16) },
        { $0.fourth = Data(repeating: 0xff, count: 16) }, { $0.fourth = Data(repeating: 0, count: 16) },
        { $0.lagProduct = .min }, { $0.lagProduct = .max },
    ]

    @Test(arguments: sums.indices) func `sums that no samples have are refused everywhere`(index: Int) {
        let parts: [WritableKeyPath<Cvqkd_Rawkey_V1_ReceiverEvidence, Cvqkd_Rawkey_V1_PowerSums>] = [
            \.vacuumX, \.vacuumP, \.firstHalfX, \.firstHalfP, \.cells[0].x, \.cells[3].p,
        ]
        for part in parts {
            var statement = Bench.bob()
            Self.sums[index](&statement.receiver[keyPath: part])
            #expect(throws: EvidenceError.self) { try StatementForm.check(statement) }
        }
        var statement = Bench.bob()
        statement.receiver.darkX = statement.receiver.vacuumX
        Self.sums[index](&statement.receiver.darkX)
        #expect(throws: EvidenceError.self) { try StatementForm.check(statement) }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1, 0, 1e308, 1e-300])
    func `a number that cannot be never passes`(number: Double) throws {
        let parts: [WritableKeyPath<Cvqkd_Rawkey_V1_ReceiverEvidence, Double>] = [
            \.referenceVacuumX.value, \.referenceVacuumP.value, \.localOscillatorReference, \.localOscillatorMean,
            \.localOscillatorLeast, \.localOscillatorMost, \.detectorEfficiency, \.transmittance,
        ]
        for part in parts {
            var statement = Bench.bob()
            statement.receiver[keyPath: part] = number
            statement.receiver.hiddenExcessNoise =
                try ReceiverRule.hiddenExcessNoise(statement.receiver, deviations: 6.5)
            statement.judged = try StatementForm.judge(statement)
            #expect(EvidenceVerdict(statement.judged) != .passed, "\(part) of \(number)")
        }
    }

    @Test func `limits that cannot be are refused`() {
        let parts: [WritableKeyPath<EvidencePolicy, Double>] = [
            \.boundSigmas, \.nullKeyNoise, \.nullKeyShare, \.vacuumTolerance, \.lostShare, \.strongerTolerance,
        ]
        for part in parts {
            for value in [Double.nan, -1, .infinity] {
                var policy = Bench.policy
                policy[keyPath: part] = value
                #expect(throws: EvidenceError.self) { try EvidencePolicy(bytes: policy.bytes) }
            }
        }
    }

    @Test func `a policy is what its bytes say`() throws {
        #expect(try EvidencePolicy(bytes: Bench.policy.bytes) == Bench.policy)
        #expect(Bench.policy.digest.count == 32)
        let decoded = try JSONDecoder().decode(EvidencePolicy.self, from: JSONEncoder().encode(Bench.policy))
        #expect(decoded == Bench.policy)
    }

    @Test func `what is key at one end and disclosed at the other is found`() {
        for (from, to) in [(SymbolKindPair.signal, SymbolKindPair.training), (.training, .signal)] {
            var alice = Bench.alice()
            guard let run = alice.held[2].kinds.firstIndex(where: { $0.kind == from.kind }) else { continue }
            let before = alice.held[2].kinds[..<run].reduce(UInt64(0)) { $0 + UInt64($1.symbols) }
            alice.held[2].kinds[run].symbols -= 1
            alice.held[2].kinds.insert(.with { ($0.kind, $0.symbols) = (to.kind, 1) }, at: run)
            #expect(throws: EvidenceError.kindsDiffer(cell: 2, symbol: before)) {
                try WindowComparison.compare(own: alice, other: Bench.bob())
            }
        }
    }

    enum SymbolKindPair {
        case signal, training
        var kind: Cvqkd_Rawkey_V1_SymbolKind { self == .signal ? .signal : .training }
    }

    @Test func `a statement is tied to the one before and to the one that it answers`() {
        let before = [UInt8](repeating: 4, count: 32)
        let other = Bench.bob(ordinal: 3, previous: before)
        let own = Bench.alice(ordinal: 3, previous: [UInt8](repeating: 5, count: 32))
        #expect(throws: Never.self) {
            try WindowComparison.compare(own: own, other: other, otherPrevious: before)
        }
        #expect(throws: EvidenceError.brokenChain(ordinal: 3)) {
            try WindowComparison.compare(own: own, other: other, otherPrevious: [UInt8](repeating: 6, count: 32))
        }
        #expect(throws: EvidenceError.answersAnother) {
            try WindowComparison.compare(own: Bench.bob(), other: Bench.alice(), answering: before)
        }
        #expect(throws: Never.self) {
            try WindowComparison.compare(own: Bench.bob(), other: Bench.alice(answers: before), answering: before)
        }
    }

    @Test func `a signature is of one key over one statement`() throws {
        let folder = try TestFolder()
        let key = try Bench.key(in: folder.path, "a")
        let other = try Bench.key(in: folder.path, "b")
        let (own, strange) = (try key.publicKey(), try other.publicKey())
        let signed = try StatementSigning.sign(Bench.bob(), with: key)
        let pins = [strange, own]
        #expect(try StatementSigning.verify(signed, pinned: pins) == Bench.bob())
        #expect(throws: EvidenceError.notPinned(fingerprint: own.fingerprint)) {
            try StatementSigning.verify(signed, pinned: [strange])
        }
        #expect(throws: EvidenceError.self) { try StatementSigning.verify(signed, pinned: []) }
        for index in [0, signed.statement.count / 2, signed.statement.count - 1] {
            var changed = signed
            changed.statement[index] ^= 1
            #expect(throws: EvidenceError.badSignature) { try StatementSigning.verify(changed, pinned: pins) }
        }
        var changed = signed
        changed.publicKey = strange.bytes
        #expect(throws: EvidenceError.badSignature) { try StatementSigning.verify(changed, pinned: pins) }
        changed.publicKey = Data([1])
        #expect(throws: EvidenceError.self) { try StatementSigning.verify(changed, pinned: pins) }
        changed = signed
        changed.signature = Data()
        #expect(throws: EvidenceError.badSignature) { try StatementSigning.verify(changed, pinned: pins) }
    }
}

extension Cvqkd_Rawkey_V1_WindowStatement {
    fileprivate mutating func judgedValue(_ name: String, _ change: (inout Cvqkd_Rawkey_V1_JudgedQuantity) -> Void) {
        if let index = judged.firstIndex(where: { $0.name == name }) { change(&judged[index]) }
    }
}
