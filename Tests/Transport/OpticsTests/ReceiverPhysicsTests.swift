import Glibc
import QuadratureAnalysis
import Testing
import UnitEmulator

/// Samples against the model's own expectation and against the formulas, each within 5 σ (probability 6e-7 per check).
struct ReceiverPhysicsTests {
    private func variances(
        _ model: PairModel, power: Double, symbols: Int = 200_000
    ) -> (on: Estimate<RawVariance>, off: Estimate<RawVariance>, truth: Truth) {
        var bench = Bench(model)
        bench.state.localOscillator = .on(power: power, since: -.infinity)
        bench.measureVacuum(symbols)
        bench.measureDark(symbols)
        return (bench.vacuum.variance, bench.dark.variance, bench.truth)
    }

    @Test(arguments: [0.25, 0.5, 1, 2])
    func `shot noise is proportional to the power of the local oscillator`(relative: Double) {
        let model = PairModel(seed: 61)
        let measured = variances(model, power: relative * model.nominalPower)
        let shot = measured.on.value.value - measured.off.value.value
        let sigma =
            (measured.on.sigma.value * measured.on.sigma.value
            + measured.off.sigma.value * measured.off.sigma.value).squareRoot()
        #expect(abs(shot - relative * 10_000) < 5 * sigma)
        #expect(abs(measured.truth.electronicNoise - 0.1 / relative) < 1e-4)
        #expect(abs(measured.off.deviation(from: RawVariance(1000 + 1.0 / 12))) < 5)
    }

    @Test(arguments: [-0.1, 0.1])
    func `a quadratic term bends the line`(quadratic: Double) {
        var model = PairModel(seed: 62)
        model.quadraticNoise = quadratic
        for relative in [0.5, 1, 1.5] {
            let measured = variances(model, power: relative * model.nominalPower)
            let expected = 10_000 * (relative + quadratic * relative * relative) + 1000 + 1.0 / 12
            #expect(abs(measured.truth.vacuumVariance / expected - 1) < 1e-5)
            #expect(abs(measured.on.deviation(from: RawVariance(expected))) < 5)
        }
    }

    @Test func `a leaking shutter biases the excess noise by leak times modulation`() throws {
        var model = PairModel(seed: 63)
        model.loss = 3
        model.phaseVariance = 0
        model.shutterLeakage = 10
        var bench = Bench(model)
        bench.train(1_000_000)
        bench.measureVacuum(1_000_000)
        bench.measureDark(200_000)
        let bias = -0.1 * (model.modulationVariance + model.excessNoise)
        #expect(abs(bench.truth.excessNoise - model.excessNoise - bias) < 1e-9)
        let health = try bench.estimate()
        #expect(abs(health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))) < 5)
        // The bias of −0.5 SNU is no accident: 0 is tens of σ away.
        #expect(health.excessNoise.deviation(from: ExcessNoise(0)) < -30)
    }

    @Test func `47 dB of extinction cost 1e-4 SNU`() {
        var model = PairModel(seed: 64)
        model.shutterLeakage = 47
        model.phaseVariance = 0
        let link = OpticalLink(model)
        let slot = Slot(session: 0, firstSymbol: 0, symbols: 4096)
        var state = PhysicsState(
            transmitter: .modulating, localOscillator: .on(power: 10e-3, since: -.infinity), shutter: .open)
        var truth = Truth(model)
        truth.signal.add(link.expectation(slot, state: state))
        state.shutter = .closed
        truth.vacuum.add(link.expectation(slot, state: state))
        state.localOscillator = .off
        truth.dark.add(link.expectation(slot, state: state))
        #expect(abs(truth.excessNoise - model.excessNoise + 1e-4) < 1e-6)
    }

    @Test func `a closing shutter lets the light fade exponentially`() {
        var model = PairModel(seed: 65)
        model.loss = 0
        model.modulationVariance = 40
        model.sampleScale = 0.002
        model.shutterTimeConstant = 1e-3
        var bench = Bench(model)
        bench.state.shutter = PhysicsState.Shutter(isOpen: false, movedAt: 0)
        // Three tenths of a time constant each.
        for part in 0..<5 {
            let block = bench.run(3000)
            let expected = block.expected
            var moments = ReceiverMoments()
            moments.add(block.bob.span, detection: .heterodyne)
            #expect(abs(moments.variance.deviation(from: RawVariance(expected.totalVariance))) < 5, "part \(part)")
            // The mean of e^(−t/τ) over the part, times μ′ηT·V_A, in shot-noise units.
            let fading = exp(Double(-3 * part) / 10) * (1 - exp(-0.3)) / 0.3
            let light = 0.3 * (40 + model.excessNoise) * fading
            #expect(abs((expected.totalVariance - 11_000) / 10_000 / light - 1) < 0.01, "part \(part)")
        }
    }
}
