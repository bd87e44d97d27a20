import Glibc
import QuadratureAnalysis
import Testing
import UnitEmulator

/// Under every attack, what the estimator reads is what `Truth` says, and `Truth` is what the papers say.
struct AttackTruthTests {
    private func bench(_ attacks: [(Attack, Double)], _ change: (inout PairModel) -> Void = { _ in }) -> Bench {
        var model = PairModel(seed: 401)
        model.shutterLeakage = 200
        change(&model)
        var bench = Bench(model)
        bench.attack(attacks)
        return bench
    }

    /// Each attack much stronger than in life, over a million symbols: T̂, ξ̂, clearance within 5 σ of the truth
    /// (probability 6e-7 per check).
    @Test(
        arguments: PairModel.Receiver.allCases,
        [
            (Attack.loCalibration, 1.5), (.loCalibrationGain, 1.5), (.loDrift, -0.3), (.saturation, 80.5),
            (.blinding, 5e-3), (.trojanHorse, 1e-3), (.biasDrift, 0.3), (.wordRepeats, 0.05), (.wordSkew, 0.5),
            (.basisBias, 0.2), (.shutterLeak, 6), (.raman, 0.2), (.wavelength, 1.5), (.fibreBend, 2),
            (.dirtyConnector, 2), (.interceptResend, 1),
        ])
    func `the estimator reads the truth under attack`(
        receiver: PairModel.Receiver, attack: (attack: Attack, strength: Double)
    ) throws {
        var bench = bench([attack]) {
            $0.receiver = receiver
            $0.phaseVariance = 0.02
        }
        for _ in 0..<4 {
            bench.train(128_000)
            bench.measureVacuum(128_000)
        }
        bench.measureDark(128_000)
        let health = try bench.estimate()
        #expect(abs(health.transmittance.deviation(from: Transmittance(bench.truth.transmittance))) < 5)
        #expect(abs(health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))) < 5)
        #expect(abs(health.clearance.deviation(from: Decibels(bench.truth.clearance))) < 5)
        // S² itself, whose σ is smaller than that of ξ̂.
        #expect(abs(health.residualVariance.deviation(from: RawVariance(bench.truth.residualVariance))) < 5)
    }

    /// With r as the calibration has it, the truth of attacked symbols and the vacuum of the calibration.
    private func assumed(_ attacks: [(Attack, Double)], receiver: PairModel.Receiver) -> (
        t: Double, xi: Double, model: PairModel
    ) {
        func sums(_ attacks: [(Attack, Double)]) -> (Truth, PairModel) {
            var bench = bench(attacks) {
                $0.receiver = receiver
                $0.loss = -10 * log10(0.5)
                $0.efficiency = 0.5
                $0.phaseVariance = 0
                $0.excessNoise = 0
            }
            bench.train(1_024)
            bench.measureVacuum(1_024)
            bench.measureDark(1_024)
            return (bench.truth, bench.model)
        }
        let (calibrated, model) = sums([])
        var truth = sums(attacks).0
        truth.vacuum = calibrated.vacuum
        return (truth.transmittance, truth.excessNoise, model)
    }

    @Test(arguments: PairModel.Receiver.allCases, [1.1, 1.5, 2])
    func `a calibration attack without gain gives ξ + (1 − r)∕μ′ηT and T∕r`(receiver: PairModel.Receiver, r: Double) {
        let read = assumed([(.loCalibration, r), (.interceptResend, 1)], receiver: receiver)
        #expect(abs(read.t - 0.5 / r) < 1e-9)
        #expect(abs(read.xi - (2 + (1 - r) / (receiver.share * 0.25))) < 1e-9)
    }

    /// physics.md §5: r = 1.5 hides a full intercept-resend at T = η = .5 (homodyne).
    @Test func `a calibration attack with gain hides a full intercept-resend`() {
        let read = assumed([(.loCalibrationGain, 1.5), (.interceptResend, 1)], receiver: .homodyne)
        #expect(abs(read.t - 0.5) < 1e-9)
        #expect(abs(read.xi) < 1e-9)
        for r in [1.2, 1.8] {
            let read = assumed([(.loCalibrationGain, r), (.interceptResend, 1)], receiver: .heterodyne)
            #expect(abs(read.t - 0.5) < 1e-9)
            #expect(abs(read.xi - (2 + (1 - r) / 0.125) / r) < 1e-9)
        }
    }

    @Test func `a forged vacuum keeps V_on and hides noise`() {
        var bench = bench([(.wavelength, 1.5), (.interceptResend, 1)]) {
            $0.receiver = .homodyne
            $0.loss = -10 * log10(0.5)
            $0.efficiency = 0.5
            $0.phaseVariance = 0
            $0.excessNoise = 0
        }
        bench.train(1_024)
        bench.measureVacuum(1_024)
        bench.measureDark(1_024)
        #expect(abs(bench.truth.vacuumVariance - 11_000 - 1.0 / 12) < 1e-6)
        #expect(abs(bench.truth.excessNoise - (2 + (1 - 1.5) / 0.25)) < 1e-9)
    }

    @Test func `a saturated converter censors the variance`() throws {
        var bench = bench([(.saturation, 81)])
        bench.train(400_000)
        bench.measureVacuum(400_000)
        bench.measureDark(200_000)
        // V_on is untouched, ξ̂ falls far below 0: samples pile up at the limit.
        #expect(bench.truth.excessNoise < -1)
        let health = try bench.estimate()
        #expect(abs(health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))) < 5)
    }

    @Test func `no attack changes no sample`() {
        var quiet = bench([])
        var ended = bench([(.loCalibration, 2), (.none, 0)])
        #expect(quiet.run(5_000).bob == ended.run(5_000).bob)
    }
}

extension Bench {
    mutating func attack(_ attacks: [(Attack, Double)]) {
        var set = AttackSet()
        for (attack, strength) in attacks { set.set(attack, strength: strength) }
        state.impairments = set.impairments
        state.transmitter.impairments = set.transmitter(modulation: model.modulationVariance)
    }
}
