import QuadratureAnalysis
import Testing

/// Series of V_on whose windows have a relative σ of 1e-3.
struct VacuumStabilityTests {
    private static let count = 128

    /// V_on at `time` s is 10,000 LSB² times `course(time)`.
    private func series(
        seed: UInt64, noise: Double = 1e-3, spacing: Double = 1, uncertainty: Double = 1e-4,
        _ course: (Double) -> Double
    ) -> VacuumStability {
        var random = RandomSamples(seed: seed)
        let windows = (0..<Self.count).map { index in
            let time = 50 + spacing * Double(index)
            return VacuumStability.Window(
                time: time,
                variance: Estimate(
                    RawVariance(10_000 * course(time - 50) * (1 + noise * random.normal())),
                    sigma: RawVariance(10_000 * 1e-3), samples: 2_000_000))
        }
        return VacuumStability(windows: windows, relativeUncertainty: uncertainty)
    }

    /// A straight drift has probability 6e-5 in a quiet series, a wandering one about 1e-5 per point, of five.
    @Test(arguments: 0..<20)
    func `in a quiet series no drift is seen, and what it proves is about its own length`(run: Int) throws {
        let quiet = series(seed: 500 + UInt64(run)) { _ in 1 }
        #expect(quiet.seenLife == nil)
        // σ_D = σ/(√N·T/√12) = 1e-3·√12/(√128·128 s) = 2.4e-6/s: 1e-4 is excluded for 14 s, or for less if D̂ is not 0.
        let proven = try #require(quiet.provenLife)
        #expect(proven > 5 && proven < 14.1)
        let drift = try #require(quiet.drift)
        #expect(abs(drift.sigma / 2.39e-6 - 1) < 0.01)
        #expect(abs(drift.value) < 5 * drift.sigma)
    }

    @Test func `a straight drift is measured, and ends the life where it exceeds the uncertainty`() throws {
        let drifting = series(seed: 520, noise: 0) { 1 + 2e-5 * $0 }
        let drift = try #require(drifting.drift)
        // Relative to the middle, which is 0.1 % higher than the start.
        #expect(abs(drift.value / 2e-5 - 1) < 0.002)
        #expect(abs(try #require(drifting.seenLife) / 5 - 1) < 0.002)
        #expect(try #require(drifting.provenLife) < 5)
    }

    /// A sinusoid of 0.5 % and 32 windows: no straight line, but far above white noise at 8 s.
    @Test func `a wandering drift is seen by the Allan deviation`() throws {
        let wandering = series(seed: 521) { time in
            let phase = (time / 32).truncatingRemainder(dividingBy: 1)
            return 1 + 5e-3 * (phase < 0.5 ? 1 - 4 * abs(phase - 0.25) : 4 * abs(phase - 0.75) - 1)
        }
        #expect(try #require(wandering.seenLife) < 1)
    }

    @Test func `a clock that stands still, too few windows and no numbers prove nothing`() {
        let still = series(seed: 522, spacing: 0) { _ in 1 }
        #expect(still.drift == nil && still.allan == nil && still.seenLife == nil && still.provenLife == nil)
        let few = VacuumStability(windows: Array(still.windows.prefix(3)), relativeUncertainty: 1e-4)
        #expect(few.drift == nil && few.provenLife == nil)
        let none = series(seed: 523) { $0 > 60 ? .nan : 1 }
        #expect(none.drift == nil && none.provenLife == nil)
        let equal = VacuumStability(
            windows: (0..<40).map {
                VacuumStability.Window(
                    time: Double($0), variance: Estimate(RawVariance(900), sigma: RawVariance(1), samples: 1_000))
            }, relativeUncertainty: 1e-3)
        #expect(equal.allan == nil && equal.drift == nil && equal.provenLife == nil && equal.seenLife == nil)
        #expect(series(seed: 524, uncertainty: .nan, { _ in 1 }).provenLife == nil)
    }
}
