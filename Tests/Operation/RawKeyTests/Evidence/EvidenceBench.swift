import CalibrationRecords
import Foundation
import QuadratureAnalysis
import RawKeyMessages
import SwiftProtobuf
import UnitProtocol

@testable import RawKey

/// Numbers that are the same in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        let radius = (-2 * Foundation.log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self)))
            .squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

/// A window of a heterodyne receiver: 4 cells with 8 vacuum runs each, 32,768 samples, V_on = 10,000 LSB².
enum EvidenceBench {
    static let variance = 10_000.0
    static let cellSymbols: UInt32 = 16_384
    static let runSymbols: UInt32 = 512
    static let power = 1e-3

    static let policy: EvidencePolicy = {
        var policy = EvidencePolicy(nullKeyNoise: 15, plannedVacuumSamples: 32_768, cellsPerWindow: 4)
        policy.nullKeyShare = 0.9
        return policy
    }()

    static let reference: ReceiverReference = {
        let channel = ReceiverReference.Channel(
            vacuum: ReferenceValue(variance, sigma: 1), electronic: ReferenceValue(1_000, sigma: 1))
        return ReceiverReference(
            x: channel, p: channel, electronicSamples: 1_000_000, localOscillatorPower: power, detectorEfficiency: 0.6,
            transmittance: 0.3)
    }()

    static let transmitterReference = TransmitterReference(
        monitorPower: ReferenceValue(2e-6, sigma: 1e-9), modulationVariance: ReferenceValue(5, sigma: 0.01),
        trainingVariance: 4_000)

    static let cells: [CellFacts] = {
        var random = Seeded(state: 7)
        return (0..<4).map { cell(UInt64($0), &random) }
    }()

    static func cell(_ number: UInt64, _ random: inout Seeded) -> CellFacts {
        var kinds = KindTable()
        var unlit: [UnlitRun] = []
        for _ in 0..<8 {
            kinds.append(.signal, count: 1_000)
            kinds.append(.training, count: 500)
            let first = UInt32(kinds.symbols) + 24
            kinds.append(.guard, count: 24)
            kinds.append(.vacuum, count: runSymbols)
            let words = (0..<2 * Int(runSymbols)).map { _ in
                Int16(clamping: Int((variance.squareRoot() * random.normal()).rounded()))
            }
            let limits = ClipLimits.converter(bits: 14)
            unlit.append(
                UnlitRun(
                    first: first, symbols: runSymbols, isDark: false, localOscillatorPower: power,
                    x: PowerSums(words.span, start: 0, stride: 2, limits: limits),
                    p: PowerSums(words.span, start: 1, stride: 2, limits: limits)))
        }
        kinds.append(.dark, count: cellSymbols - UInt32(kinds.symbols))
        return CellFacts(cell: number, digest: [UInt8](repeating: UInt8(number), count: 32), kinds: kinds, unlit: unlit)
    }

    /// What Alice's end has of the same cells: no vacuum, and training where Bob has some.
    static let aliceCells: [CellFacts] = cells.map { bob in
        var kinds = KindTable()
        for (index, run) in bob.kinds.runs.enumerated() {
            let isLit = run.kind == .signal || run.kind == .training
            kinds.append(isLit ? run.kind : index % 8 < 4 ? .training : .signal, count: run.count)
        }
        return CellFacts(
            cell: bob.cell, digest: [UInt8](repeating: 100 + UInt8(bob.cell), count: 32), kinds: kinds, unlit: [])
    }

    static let readings: [Double] = [1.999e-6, 2.001e-6, 2.0e-6, 2.0e-6]

    /// Bob's statement about the window, or a later one of the same shape.
    static func bob(
        ordinal: UInt64 = 0, previous: [UInt8] = [], cells: [CellFacts] = cells, alarms: [String] = [],
        reference: ReceiverReference = reference, policy: EvidencePolicy = policy
    ) -> Cvqkd_Rawkey_V1_WindowStatement {
        let found = WindowEvidence.receiver(cells, reference: reference, policy: policy, alarms: alarms)
        var statement = frame(.bob, ordinal, previous, cells, policy)
        statement.receiver = found.evidence
        statement.judged = found.judged
        statement.passes = found.passes
        statement.alarms = alarms
        return statement
    }

    /// Alice's.
    static func alice(
        ordinal: UInt64 = 0, previous: [UInt8] = [], cells: [CellFacts] = aliceCells, power: [Double] = readings,
        answers: [UInt8] = [], policy: EvidencePolicy = policy
    ) -> Cvqkd_Rawkey_V1_WindowStatement {
        let found = WindowEvidence.transmitter(
            cells, power: power, training: TrainingMoments(samples: 8_000, variance: 4_010),
            reference: transmitterReference, policy: policy)
        var statement = frame(.alice, ordinal, previous, cells, policy)
        statement.transmitter = found.evidence
        statement.judged = found.judged
        statement.passes = found.passes
        statement.answers = Data(answers)
        return statement
    }

    private static func frame(
        _ end: Cvqkd_Rawkey_V1_End, _ ordinal: UInt64, _ previous: [UInt8], _ cells: [CellFacts],
        _ policy: EvidencePolicy
    ) -> Cvqkd_Rawkey_V1_WindowStatement {
        var statement = Cvqkd_Rawkey_V1_WindowStatement()
        statement.rule = EvidencePolicy.rule
        statement.link = "north-9dB"
        statement.binding = Data(repeating: 9, count: 32)
        statement.end = end
        (statement.ordinal, statement.previous) = (ordinal, Data(previous))
        (statement.firstCell, statement.cells) = (cells.first?.cell ?? 0, UInt64(cells.count))
        statement.held = WindowEvidence.held(cells)
        statement.policy = policy.bytes
        statement.sessionCounts.attempted = UInt32(ordinal)
        statement.sessionCounts.passed = UInt32(ordinal)
        return statement
    }

    /// A key of a node, in a folder of the test.
    static func key(in folder: String, _ name: String) throws -> SigningKey {
        try SigningKey.make(file: folder + "/" + name)
    }

    /// Records of a session of released windows, as its two ends would keep them.
    static func session(
        _ windows: Int, bob: borrowing SigningKey, alice: borrowing SigningKey,
        change: (Int, inout Cvqkd_Rawkey_V1_WindowStatement) -> Void = { _, _ in }
    ) throws -> [Cvqkd_Rawkey_V1_WindowRecord] {
        var records: [Cvqkd_Rawkey_V1_WindowRecord] = []
        var (his, hers): ([UInt8], [UInt8]) = ([], [])
        for ordinal in 0..<windows {
            let moved = { (cell: CellFacts) -> CellFacts in
                var cell = cell
                cell.cell += UInt64(4 * ordinal)
                return cell
            }
            var first = Self.bob(ordinal: UInt64(ordinal), previous: his, cells: cells.map(moved))
            change(ordinal, &first)
            let signed = try StatementSigning.sign(first, with: bob)
            his = StatementSigning.digest(of: signed)
            var second = Self.alice(
                ordinal: UInt64(ordinal), previous: hers, cells: aliceCells.map(moved), answers: his)
            change(ordinal, &second)
            let answer = try StatementSigning.sign(second, with: alice)
            hers = StatementSigning.digest(of: answer)
            records.append(
                .with {
                    ($0.receiver, $0.transmitter) = (signed, answer)
                    $0.outcome = .released
                    $0.digest = Data(StatementSigning.windowDigest(receiver: signed, transmitter: answer))
                })
        }
        return records
    }
}

/// A folder that goes with the test.
final class TestFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "evidence-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
