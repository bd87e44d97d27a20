import RawKeyMessages
import SwiftProtobuf
import Testing

@testable import RawKey

/// Each rule in both directions, one at a time.
struct EvidenceRuleTests {
    private typealias Bench = EvidenceBench

    @Test(arguments: [1.0, -2.5, 0.0])
    func `a limit itself is within, and the next number beyond is not`(limit: Double) {
        var judged = JudgedQuantities()
        judged.add(.driftX, limit, from: limit, to: limit + 1)
        judged.add(.driftX, limit.nextDown, from: limit, to: limit + 1)
        judged.add(.driftX, limit, from: limit - 1, to: limit)
        judged.add(.driftX, limit.nextUp, from: limit - 1, to: limit)
        for value in [Double.nan, .infinity, -.infinity] { judged.add(.driftX, value, from: -1e300, to: 1e300) }
        #expect(judged.all.map(\.passes) == [true, false, true, false, false, false, false])
    }

    @Test func `a good window of Bob's passes every rule`() {
        let found = WindowEvidence.receiver(Bench.cells, reference: Bench.reference, policy: Bench.policy)
        #expect(found.judged.filter { !$0.passes }.map(\.name) == [])
        #expect(found.passes)
        #expect(found.isSufficient)
        #expect(found.evidence.vacuumX.samples == 16_384)
    }

    @Test func `a good window of Alice's passes every rule`() {
        let statement = Bench.alice()
        #expect(statement.judged.filter { !$0.passes }.map(\.name) == [])
        #expect(statement.passes)
    }

    /// What is changed in the evidence of a good window, and what then fails, and nothing else.
    struct Change: CustomTestStringConvertible {
        var testDescription: String
        var fails: [String]
        var isInsufficient = false
        var apply: @Sendable (inout ReceiverReference, inout EvidencePolicy, inout [CellFacts]) -> Void

        init(
            _ name: String, _ fails: [String], isInsufficient: Bool = false,
            _ apply: @escaping @Sendable (inout ReceiverReference, inout EvidencePolicy, inout [CellFacts]) -> Void
        ) {
            (testDescription, self.fails, self.isInsufficient, self.apply) = (name, fails, isInsufficient, apply)
        }
    }

    static let changes: [Change] = [
        Change("V_on above", ["vacuumVarianceX"]) { reference, policy, _ in
            reference.x.vacuum.value = 8_000
            policy.perPowerTolerance = 1
        },
        Change("V_on below", ["vacuumVarianceP"]) { reference, policy, _ in
            reference.p?.vacuum.value = 14_000
            policy.perPowerTolerance = 1
        },
        Change("shot noise per power above", ["shotNoisePerPowerX", "shotNoisePerPowerP"]) { reference, policy, _ in
            reference.localOscillatorPower *= 1.4
            policy.localOscillatorTolerance = 0.5
        },
        Change("shot noise per power below", ["shotNoisePerPowerX", "shotNoisePerPowerP"]) { reference, policy, _ in
            reference.localOscillatorPower *= 0.7
            policy.localOscillatorTolerance = 0.5
        },
        Change("local oscillator falls for a run", ["localOscillatorLeast"]) { _, _, cells in
            cells[2].unlit[3].localOscillatorPower *= 0.9
        },
        Change("local oscillator rises for a run", ["localOscillatorMost"]) { _, _, cells in
            cells[2].unlit[3].localOscillatorPower *= 1.1
        },
        Change("mean above", ["meanX"]) { reference, _, _ in reference.x.mean = -20 },
        Change("mean below", ["meanP"]) { reference, _, _ in reference.p?.mean = 20 },
        Change("a clipped sample that the unit stated", ["clippedSamples"]) { _, _, cells in
            cells[1].clippedSamples = 1
        },
        Change("an unlocked frame", ["doubtfulFrames"]) { _, _, cells in cells[1].doubtfulFrames = 1 },
        Change("too few samples", ["vacuumSamples"], isInsufficient: true) { _, policy, _ in
            policy.plannedVacuumSamples += 1
        },
        Change("a cell alone", ["vacuumSamples", "driftX", "driftP", "heldCells"]) { _, _, cells in
            cells = [cells[0]]
        },
        Change("a bound that takes more samples", ["hiddenExcessNoise"], isInsufficient: true) { _, policy, _ in
            policy.nullKeyNoise = 0.1
        },
        Change("a fibre that loses more than planned", ["hiddenExcessNoise"], isInsufficient: true) {
            reference, _, _ in reference.transmittance = 0.003
        },
    ]

    @Test(arguments: changes) func `each rule fails by what it is for`(change: Change) {
        var (reference, policy, cells) = (Bench.reference, Bench.policy, Bench.cells)
        change.apply(&reference, &policy, &cells)
        let found = WindowEvidence.receiver(cells, reference: reference, policy: policy)
        let outside = found.judged.filter { !$0.passes }.map(\.name)
        #expect(Set(outside).isSuperset(of: change.fails.filter { $0 != "hiddenExcessNoise" || change.isInsufficient }))
        #expect(!found.passes)
        if change.isInsufficient {
            #expect(found.verdict == .insufficient(outside))
            #expect(!found.isSufficient)
        } else if change.testDescription != "a cell alone" {
            #expect(outside == change.fails)
            #expect(found.verdict == .failed(change.fails))
        }
    }

    /// Runs whose samples are another's, larger or smaller.
    private func scaled(_ cells: [CellFacts], _ which: ClosedRange<Int>, by factor: Double, seed: UInt64) -> [CellFacts]
    {
        var (random, cells) = (Seeded(state: seed), cells)
        for cell in which {
            for run in cells[cell].unlit.indices {
                let words = (0..<2 * Int(Bench.runSymbols)).map { _ in
                    Int16(clamping: Int((factor * Bench.variance.squareRoot() * random.normal()).rounded()))
                }
                cells[cell].unlit[run].x = PowerSums(words.span, start: 0, stride: 2, limits: .converter(bits: 14))
                cells[cell].unlit[run].p = PowerSums(words.span, start: 1, stride: 2, limits: .converter(bits: 14))
            }
        }
        return cells
    }

    @Test(arguments: [0.9, 1.11]) func `a half that differs from the other is drift`(factor: Double) throws {
        let cells = scaled(Bench.cells, 0...1, by: factor, seed: 3)
        let found = WindowEvidence.receiver(cells, reference: Bench.reference, policy: Bench.policy)
        let outside = Set(found.judged.filter { !$0.passes }.map(\.name))
        #expect(outside.isSuperset(of: ["driftX", "driftP", "changePointX", "changePointP"]))
        let drift = try #require(found.judged.first { $0.name == "driftX" })
        #expect((drift.value < 0) == (factor < 1))
    }

    @Test func `a last cell that differs is found by the change point and not by the halves`() {
        let cells = scaled(Bench.cells, 3...3, by: 1.1, seed: 5)
        let found = WindowEvidence.receiver(cells, reference: Bench.reference, policy: Bench.policy)
        let outside = found.judged.filter { !$0.passes }.map(\.name)
        #expect(Set(outside).isSubset(of: ["changePointX", "changePointP"]))
        #expect(!outside.isEmpty)
    }

    @Test func `samples of two heights have another kurtosis`() {
        var cells = Bench.cells
        for cell in cells.indices {
            for run in cells[cell].unlit.indices {
                let words = (0..<2 * Int(Bench.runSymbols)).map { Int16($0 / 2 % 2 == 0 ? 100 : -100) }
                cells[cell].unlit[run].x = PowerSums(words.span, start: 0, stride: 2, limits: .converter(bits: 14))
            }
        }
        let found = WindowEvidence.receiver(cells, reference: Bench.reference, policy: Bench.policy)
        // They alternate, which is a correlation of −1 as well.
        #expect(found.judged.filter { !$0.passes }.map(\.name) == ["kurtosisX", "correlationX"])
    }

    @Test func `dark slots are compared with the electronic noise`() throws {
        var (random, cells) = (Seeded(state: 11), Bench.cells)
        let words = (0..<4_096).map { _ in Int16((1_000.0.squareRoot() * random.normal()).rounded()) }
        let sums = (0..<2).map { PowerSums(words.span, start: $0, stride: 2, limits: .converter(bits: 14)) }
        cells[0].unlit.append(
            UnlitRun(first: 16_000, symbols: 2_048, isDark: true, localOscillatorPower: 0, x: sums[0], p: sums[1]))
        var reference = Bench.reference
        #expect(WindowEvidence.receiver(cells, reference: reference, policy: Bench.policy).passes)
        for (electronic, name) in [(600.0, "above"), (1_600, "below")] {
            reference.x.electronic.value = electronic
            let found = WindowEvidence.receiver(cells, reference: reference, policy: Bench.policy)
            #expect(found.judged.filter { !$0.passes }.map(\.name) == ["electronicVarianceX"], "\(name)")
        }
    }

    static let gaps: [(Cvqkd_Rawkey_V1_GapCause, String)] = [
        (.lost, "gapShareLost"), (.undeclared, "gapShareUndeclared"), (.noRoom, "gapShareNoRoom"),
        (.otherEnd, "gapShareOtherEnd"),
    ]

    @Test(arguments: gaps) func `gaps of each cause have a limit`(cause: Cvqkd_Rawkey_V1_GapCause, name: String) {
        let gaps: [Cvqkd_Rawkey_V1_GapCells] = [.with { ($0.firstCell, $0.cells, $0.cause) = (4, 2, cause) }]
        let found = WindowEvidence.receiver(Bench.cells, gaps: gaps, reference: Bench.reference, policy: Bench.policy)
        #expect(found.verdict == .failed([name]))
    }

    @Test func `the cell in which the session ended spoils nothing`() {
        let gaps: [Cvqkd_Rawkey_V1_GapCells] = [.with { ($0.firstCell, $0.cells, $0.cause) = (4, 1, .ended) }]
        #expect(
            WindowEvidence.receiver(Bench.cells, gaps: gaps, reference: Bench.reference, policy: Bench.policy).passes)
    }

    @Test func `an alarm fails the window`() {
        let found = WindowEvidence.receiver(
            Bench.cells, reference: Bench.reference, policy: Bench.policy, alarms: ["syncLost"])
        #expect(found.verdict == .failed(["alarms"]))
    }

    static let powers: [(readings: [Double], fails: [String])] = [
        ([2.0e-6, 2.059e-6, 2.0e-6], []),
        (
            [2.1e-6, 2.1e-6, 2.1e-6],
            ["transmitterPower", "transmitterPowerLeast", "transmitterPowerMost", "modulationVariance"]
        ),
        ([2.0e-6, 2.0e-6, 2.07e-6], ["transmitterPowerMost"]),
        (
            [1.8e-6, 1.8e-6, 1.8e-6],
            ["transmitterPower", "transmitterPowerLeast", "transmitterPowerMost", "modulationVariance"]
        ),
        ([2.0e-6, 2.0e-6, 1.89e-6], ["transmitterPowerLeast"]),
        (
            [2.0e-6, .nan, 2.0e-6],
            ["transmitterPower", "transmitterPowerLeast", "transmitterPowerMost", "modulationVariance"]
        ),
    ]

    @Test(arguments: powers) func `Alice's power has a limit in both directions`(readings: [Double], fails: [String]) {
        let statement = Bench.alice(power: readings)
        #expect(statement.judged.filter { !$0.passes }.map(\.name) == fails)
        #expect(statement.passes == fails.isEmpty)
    }

    @Test func `too few readings of Alice's power are insufficient`() {
        #expect(EvidenceVerdict(Bench.alice(power: [2e-6, 2e-6]).judged) == .insufficient(["powerReadings"]))
        #expect(!Bench.alice(power: []).passes)
    }

    @Test func `training words that vary otherwise fail`() {
        for variance in [3_000.0, 5_000] {
            let found = WindowEvidence.transmitter(
                Bench.aliceCells, power: Bench.readings, training: TrainingMoments(samples: 8_000, variance: variance),
                reference: Bench.transmitterReference, policy: Bench.policy)
            #expect(found.verdict == .failed(["trainingVariance"]))
        }
    }

    /// n = 2·(6.5·(1+v_el)/(μ′ηT)/ξ)², physics.md §2: 1.3e7 at 5 dB heterodyne for 0.2 ξ_null.
    @Test func `hidden excess noise follows the formula`() throws {
        let found = WindowEvidence.receiver(Bench.cells, reference: Bench.reference, policy: Bench.policy)
        let expected = 6.5 * (10.0 / 9) / (0.5 * 0.6 * 0.3) * (2 / 32_768.0).squareRoot()
        #expect(abs(found.evidence.hiddenExcessNoise / expected - 1) < 0.01)
    }
}
