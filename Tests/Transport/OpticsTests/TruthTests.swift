import Glibc
import QuadratureAnalysis
import Testing
import UnitEmulator

struct TruthTests {
    private func truth(_ change: (inout PairModel) -> Void) -> (model: PairModel, truth: Truth) {
        var model = PairModel(seed: 71)
        change(&model)
        var bench = Bench(model)
        bench.train(4096)
        bench.measureVacuum(4096)
        bench.measureDark(4096)
        return (model, bench.truth)
    }

    @Test(arguments: PairModel.Receiver.allCases)
    func `phase noise lowers T and adds noise in proportion to the modulation`(receiver: PairModel.Receiver) {
        let (model, truth) = truth {
            $0.receiver = receiver
            $0.phaseVariance = 0.02
            $0.shutterLeakage = 200
        }
        let channel = Transmittance(loss: Decibels(model.loss)).value
        let (modulation, excess) = (model.modulationVariance, model.excessNoise)
        #expect(abs(truth.transmittance / (channel * exp(-0.02)) - 1) < 1e-12)
        #expect(abs(truth.excessNoise - (excess + (modulation + excess) * (exp(0.02) - 1))) < 1e-9)
        #expect(abs(truth.shotNoise - 10_000) < 1e-6)
        #expect(abs(truth.clearance - 10 * log10((11_000 + 1.0 / 12) / (1000 + 1.0 / 12))) < 1e-9)
    }

    /// Channels of gain 1 ± ε share the gain 1, and ε² of its power is image: of modulation and excess noise alike, V_on
    /// being made by the same gains. ε = .05, V_A = 5, ξ = .005: ξ̂ is .0175125 and not .0050125.
    @Test func `an imbalanced receiver adds its image's share of the modulation`() {
        let (model, truth) = truth {
            $0.imbalance = PairModel.Imbalance(gain: 0.1, angle: 0)
            $0.excessNoise = 0.005
            $0.phaseVariance = 0
            $0.shutterLeakage = 200
        }
        #expect(abs(truth.imagePower - 0.0025) < 1e-12)
        #expect(abs(truth.excessNoise - 0.0175125) < 1e-9)
        #expect(abs(truth.transmittance * 1.0025 / Transmittance(loss: Decibels(model.loss)).value - 1) < 1e-9)
    }

    @Test func `intensity noise adds a quarter of its variance times the modulation`() {
        let (model, truth) = truth {
            $0.signalIntensityNoise = 4e-3
            $0.phaseVariance = 0
            $0.shutterLeakage = 200
        }
        #expect(abs(truth.excessNoise - model.excessNoise - 1e-3 * model.modulationVariance) < 1e-9)
    }

    /// Each impairment alone, much larger than in life, over 2 million symbols: the estimator must read the truth within
    /// 5 σ in T and ξ (probability 6e-7 per check). σ(ξ) is about 0.02 and each bias several times that.
    @Test(arguments: PairModel.Receiver.allCases, 0..<7)
    func `a long run reads what the model says`(receiver: PairModel.Receiver, impairment: Int) throws {
        var model = PairModel(seed: 72 + UInt64(impairment))
        model.receiver = receiver
        switch impairment {
        case 0: model.excessNoise = 0.1
        case 1: model.phaseVariance = 0.05
        case 2: model.powerIntensityNoise = 0.1
        case 3: model.signalIntensityNoise = 0.1
        case 4: model.imbalance = PairModel.Imbalance(gain: 0.3, angle: 0.2)
        case 5: model.quadraticNoise = 0.1
        default: model.shotNoiseVariance = 3
        }
        var bench = Bench(model)
        for _ in 0..<8 {
            bench.train(128_000)
            bench.measureVacuum(128_000)
        }
        bench.measureDark(256_000)
        let health = try bench.estimate()
        let transmittance = health.transmittance.deviation(from: Transmittance(bench.truth.transmittance))
        let excess = health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))
        #expect(abs(transmittance) < 5)
        #expect(abs(excess) < 5)
        // σ of the image power is 2·√power times the relative σ of a slope, 0.0012 here; its own square stays below 5e-5.
        let image = bench.truth.imagePower
        #expect(abs(health.imagePower - image) < 5 * 2 * image.squareRoot() * 0.0012 + 5e-5)
        #expect(abs(health.clearance.deviation(from: Decibels(bench.truth.clearance))) < 5)
        #expect(abs(health.electronicNoise.deviation(from: ShotNoiseUnits(bench.truth.electronicNoise))) < 5)
    }

    /// Loss and power drift by tens of per cent during the run; vacuum slots are interleaved and see the same drift.
    @Test func `drifts enter the truth with the weight of the symbols that saw them`() throws {
        var model = PairModel(seed: 80)
        model.lossDrift = .sinusoid(amplitude: 1, period: 0.05)
        model.powerDrift = .wander(rms: 0.15, correlationTime: 0.03)
        model.warmUp = PairModel.WarmUp(depth: 0.3, timeConstant: 0.05)
        var bench = Bench(model)
        bench.state.localOscillator = .on(power: model.nominalPower, since: -0.01)
        for _ in 0..<100 {
            bench.train(8000)
            bench.measureVacuum(8000)
        }
        bench.measureDark(100_000)
        let health = try bench.estimate()
        #expect(abs(health.transmittance.deviation(from: Transmittance(bench.truth.transmittance))) < 5)
        #expect(abs(health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))) < 5)
        // The drift is visible: as excess noise, since one gain is fitted to many.
        #expect(bench.truth.excessNoise > model.excessNoise + 0.02)
    }

    @Test func `the attenuator scales the light and not the words, the delay or T`() throws {
        var model = PairModel(seed: 81)
        model.phaseVariance = 0.01
        var bench = Bench(model)
        bench.state.transmitter.attenuation = 6
        bench.train(400_000)
        bench.measureVacuum(400_000)
        bench.measureDark(100_000)
        let health = try bench.estimate()
        #expect(abs(health.transmittance.deviation(from: Transmittance(bench.truth.transmittance))) < 5)
        #expect(abs(health.modulationVariance.value / (5 * 0.251_189) - 1) < 0.01)
        let expected = model.excessNoise * exp(0.01) + 5 * 0.251_189 * (exp(0.01) - 1)
        #expect(abs(bench.truth.excessNoise - expected) < 1e-4)
    }
}
