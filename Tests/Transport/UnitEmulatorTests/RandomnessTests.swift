import Testing
import UnitProtocol

@testable import UnitEmulator

/// Seeded, so that these pass or fail for ever; the false-alarm probability is that of a new seed.
struct RandomnessTests {
    static let slots: UInt64 = 100_000

    /// χ² with one degree of freedom exceeds 15.1 with probability 1e-4.
    @Test(arguments: [0.01, 0.1, 0.5, 0.9])
    func `training slots come as often as asked for, and independently`(fraction: Double) {
        let plan = SlotPlan(seed: 7, session: 1, training: fraction, vacuum: 0, dark: 0)
        var (ones, pairs) = (0.0, [0.0, 0, 0, 0])
        var last = false
        for slot in 0..<Self.slots {
            let isTraining = plan.isTraining(slot)
            if isTraining { ones += 1 }
            pairs[(last ? 2 : 0) + (isTraining ? 1 : 0)] += 1
            last = isTraining
        }
        let n = Double(Self.slots)
        let excess = ones - n * fraction
        #expect(excess * excess / (n * fraction * (1 - fraction)) < 15.1)
        // Independence of neighbours: 2 × 2 table.
        let (a, b, c, d) = (pairs[0], pairs[1], pairs[2], pairs[3])
        let cross = a * d - b * c
        #expect(n * cross * cross / ((a + b) * (c + d) * (a + c) * (b + d)) < 15.1)
    }

    /// χ² with two degrees of freedom exceeds 18.4 with probability 1e-4.
    @Test func `vacuum and dark slots come as often as asked for`() {
        let plan = SlotPlan(seed: 7, session: 2, training: 0, vacuum: 0.2, dark: 0.05)
        var counts: [SymbolKind: Double] = [:]
        for slot in 0..<Self.slots { counts[plan.receiverKind(slot), default: 0] += 1 }
        let n = Double(Self.slots)
        let expected: [SymbolKind: Double] = [.vacuum: 0.2 * n, .dark: 0.05 * n, .signal: 0.75 * n]
        let sum = expected.reduce(0.0) { sum, item in
            let difference = (counts[item.key] ?? 0) - item.value
            return sum + difference * difference / item.value
        }
        #expect(sum < 18.4)
    }

    @Test func `two sessions, and the two units, have different plans`() {
        let plans = [(7, 1), (7, 2), (8, 1)].map { seed, session in
            SlotPlan(seed: seed, session: session, training: 0.5, vacuum: 0.5, dark: 0)
        }
        let draws = plans.map { plan in (0..<64).map { plan.isTraining($0) } }
        #expect(Set(draws).count == 3)
    }

    @Test func `the light of training and signal has the same power`() {
        let rig = Rig()
        rig.makeReady()
        let (alice, _) = StreamTests.session(
            rig, symbols: 400_000, bob: Rig.start(9), alice: Rig.start(9, training: 0.5))
        func power(_ kind: SymbolKind) -> (mean: Double, count: Double) {
            var (sum, count) = (0.0, 0.0)
            for frame in alice where frame.block.kind == kind {
                for index in stride(from: 0, to: frame.payload.count, by: 2) {
                    let word = Double(
                        Int16(bitPattern: UInt16(frame.payload[index]) | UInt16(frame.payload[index + 1]) << 8))
                    sum += word * word
                    count += 1
                }
            }
            return (sum / count, count)
        }
        let (signal, training) = (power(.signal), power(.training))
        // Relative variance of a mean square of n Gaussians is 2/n; 3.9 σ is 1e-4, two-sided.
        let sigma = (2 / signal.count + 2 / training.count).squareRoot()
        #expect(abs(signal.mean / training.mean - 1) < 3.9 * sigma)
    }
}
