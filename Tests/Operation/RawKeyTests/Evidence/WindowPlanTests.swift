import QuadratureAnalysis
import Testing

@testable import RawKey

/// What a window takes.
struct WindowPlanTests {
    private func plan(
        loss: Double, _ detection: Detection = .heterodyne, vacuumFraction: Double = 0.3, share: Double = 0.2,
        mostSeconds: Double = 3_600, mostBytes: UInt64 = 1 << 40, rate: Double = 1e7
    ) throws -> WindowPlan {
        let link = WindowPlan.Link(
            receiver: try ReceiverModel(
                detection: detection, efficiency: 0.6, electronicNoise: ShotNoiseUnits(0.1), trust: .trusted),
            transmittance: Transmittance(loss: Decibels(loss)), modulationVariance: ShotNoiseUnits(5),
            reconciliation: try ReconciliationEfficiency(0.95))
        var wish = WindowPlan.Wish()
        (wish.nullKeyShare, wish.mostSeconds, wish.mostBytes) = (share, mostSeconds, mostBytes)
        return try WindowPlan(
            link: link,
            stream: WindowPlan.Stream(
                symbolRate: rate, symbolsPerCell: 1 << 20, symbolsPerSlot: 4_096, guardSymbols: 64,
                vacuumFraction: vacuumFraction), wish: wish)
    }

    /// 1.3e7 at 5 dB and 2.8e8 at 10 dB, heterodyne (design), with 5 % to spare.
    @Test(arguments: [(5.0, 1.3e7), (10, 2.8e8)]) func `samples are those of the bound`(loss: Double, samples: Double)
        throws
    {
        let plan = try plan(loss: loss)
        #expect(abs(Double(plan.vacuumSamples) / WindowPlan.margin / samples - 1) < 0.05)
        // Slots of vacuum, drawn at random, give them nearly always.
        let expected = Double(plan.symbols) * 0.3 * (4_032.0 / 4_096) * 2
        #expect(expected > Double(plan.vacuumSamples))
        let cell = Double(plan.stream.symbolsPerCell) * 0.3 * 2
        #expect(expected < 1.15 * Double(plan.vacuumSamples) + cell)
        #expect(plan.seconds == Double(plan.symbols) / 1e7)
        #expect(plan.policy.plannedVacuumSamples == plan.vacuumSamples)
        #expect(abs(plan.policy.hiddenExcessNoise - 0.2 * plan.nullKeyNoise.value) < 1e-12)
    }

    /// A fast link has its vacuum samples in no time; Alice's readings of her power take as long as everywhere.
    @Test func `a window is long enough for Alice's readings, however fast the link is`() throws {
        let plan = try plan(loss: 1, share: 1, rate: 1e9)
        #expect(plan.seconds >= 2.5 && plan.seconds < 2.6)
    }

    @Test func `a plan reads as lines`() throws {
        let lines = try plan(loss: 9, .homodyne, share: 0.5).description.split(separator: "\n")
        #expect(lines.count == 11)
        #expect(lines.contains { $0.hasPrefix("vacuum samples  ") && $0.hasSuffix("one per symbol") })
        #expect(lines.contains { $0.hasPrefix("blocks") && $0.hasSuffix("at each end") })
    }

    @Test func `what takes too long says what would do, and that does`() throws {
        do {
            _ = try plan(loss: 10, vacuumFraction: 0.1, mostSeconds: 60)
            Issue.record("it is possible")
        } catch let error as WindowPlanFailure {
            guard case .takesTooLong(let seconds, 60, let remedies) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(seconds > 60)
            let fraction = try #require(remedies.vacuumFraction)
            _ = try plan(loss: 10, vacuumFraction: fraction, mostSeconds: 60)
            let share = try #require(remedies.nullKeyShare)
            _ = try plan(loss: 10, vacuumFraction: 0.1, share: share, mostSeconds: 60)
            let rate = try #require(remedies.symbolRate)
            _ = try plan(loss: 10, vacuumFraction: 0.1, mostSeconds: 60, rate: rate)
        }
    }

    @Test func `what nobody can plan is refused`() {
        #expect(throws: WindowPlanFailure.self) { try plan(loss: 90) }
        #expect(throws: WindowPlanFailure.number(name: "vacuum share", value: 0)) {
            try plan(loss: 5, vacuumFraction: 0)
        }
        #expect(throws: WindowPlanFailure.number(name: "vacuum share", value: 1)) {
            try plan(loss: 5, vacuumFraction: 1)
        }
        #expect(throws: WindowPlanFailure.self) { try plan(loss: 5, vacuumFraction: .nan) }
        #expect(throws: WindowPlanFailure.self) { try plan(loss: 5, share: 0) }
        #expect(throws: WindowPlanFailure.self) { try plan(loss: .nan) }
        #expect(throws: WindowPlanFailure.self) { try plan(loss: 5, mostBytes: 1 << 20) }
        #expect(throws: WindowPlanFailure.self) { try plan(loss: 5, rate: .infinity) }
    }
}
