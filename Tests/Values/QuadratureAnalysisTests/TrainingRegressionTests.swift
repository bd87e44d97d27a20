import Glibc
import QuadratureAnalysis
import Testing

struct TrainingRegressionTests {
    /// Least squares of one complex gain for both of Bob's quadratures, each with an intercept of its own, in floating
    /// point: y_x = Re(g)x − Im(g)p + c_x, y_p = Re(g)p + Im(g)x + c_p.
    private func naive(_ quadratures: [(x: [Double], p: [Double], y: [Double])]) -> (
        real: Double, imaginary: Double, rest: Double
    ) {
        func centred(_ v: [Double]) -> [Double] { v.map { $0 - v.reduce(0, +) / Double(v.count) } }
        var rows: [(real: Double, imaginary: Double, y: Double)] = []
        for (index, data) in quadratures.enumerated() {
            let (x, p, y) = (centred(data.x), centred(data.p), centred(data.y))
            for i in y.indices { rows.append(index == 0 ? (x[i], -p[i], y[i]) : (p[i], x[i], y[i])) }
        }
        func sum(_ term: ((real: Double, imaginary: Double, y: Double)) -> Double) -> Double {
            rows.reduce(0) { $0 + term($1) }
        }
        let (rr, ri, ii) = (
            sum { $0.real * $0.real }, sum { $0.real * $0.imaginary }, sum { $0.imaginary * $0.imaginary }
        )
        let (r, i) = (sum { $0.real * $0.y }, sum { $0.imaginary * $0.y })
        let determinant = rr * ii - ri * ri
        let (real, imaginary) = ((ii * r - ri * i) / determinant, (rr * i - ri * r) / determinant)
        return (real, imaginary, sum { ($0.y - real * $0.real - imaginary * $0.imaginary).squared })
    }

    @Test(arguments: [true, false], [0, 5, -3])
    func `the fit equals a naive one in floating point`(homodyne: Bool, delay: Int) throws {
        var random = RandomSamples(seed: 21)
        let block = SyntheticBlock(
            &random, symbols: 3000, homodyne: homodyne, gain: (0.02, -0.01), noise: 100, offset: 30)
        var regression = TrainingRegression(detection: homodyne ? .homodyne : .heterodyne)
        if homodyne {
            regression.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span, delay: delay)
        } else {
            regression.add(alice: block.alice.span, bob: block.bob.span, delay: delay)
        }
        var columns = [[[Double]]](repeating: [[], [], []], count: 2)
        for symbol in max(0, delay)..<(3000 + min(0, delay)) {
            let (x, p) = (Double(block.alice[2 * (symbol - delay)]), Double(block.alice[2 * (symbol - delay) + 1]))
            let quadratures = homodyne ? [Int(block.basis[symbol / 8] >> UInt8(symbol % 8) & 1)] : [0, 1]
            for q in quadratures {
                columns[q][0].append(x)
                columns[q][1].append(p)
                columns[q][2].append(Double(block.bob[homodyne ? symbol : 2 * symbol + q]))
            }
        }
        let expected = naive(columns.map { ($0[0], $0[1], $0[2]) })
        let fit = try regression.fit()
        let samples = columns[0][0].count + columns[1][0].count
        #expect(regression.symbols == 3000 - Int64(abs(delay)))
        #expect(fit.residualVariance.samples == Int64(samples))
        #expect(abs(fit.residualVariance.value.value / (expected.rest / Double(samples - 4)) - 1) < 1e-9)
        #expect(abs(fit.real - expected.real) < 1e-9 * abs(expected.real))
        #expect(abs(fit.imaginary - expected.imaginary) < 1e-9 * abs(expected.imaginary))
    }

    @Test(arguments: [true, false])
    func `merged blocks equal one long block`(homodyne: Bool) throws {
        var random = RandomSamples(seed: 22)
        let block = SyntheticBlock(&random, symbols: 4096, homodyne: homodyne, gain: (0.02, 0.01), noise: 100)
        let width = homodyne ? 1 : 2
        var whole = TrainingRegression(detection: homodyne ? .homodyne : .heterodyne)
        var merged = whole
        for range in [0..<4096, 0..<1024, 1024..<4096] {
            let alice = block.alice.span.extracting(2 * range.lowerBound..<2 * range.upperBound)
            let bob = block.bob.span.extracting(width * range.lowerBound..<width * range.upperBound)
            let basis = block.basis.span.extracting(range.lowerBound / 8..<range.upperBound / 8)
            var part = TrainingRegression(detection: whole.detection)
            if homodyne { part.add(alice: alice, bob: bob, basis: basis) } else { part.add(alice: alice, bob: bob) }
            if range.count == 4096 { whole = part } else { merged.merge(part) }
        }
        #expect(merged == whole)
    }

    /// 2,000 runs of 200 symbols at |g|²V_A/S² = 0.09: the mean of the unbiased |ĝ|² must agree with the truth within
    /// 5 of its standard errors (probability 6e-7 for a correct estimator), and that of |ĝ|² must not.
    @Test func `the squared gain is freed of its bias`() throws {
        let seed: UInt64 = 23
        var random = RandomSamples(seed: seed)
        let truth = 0.01 * 0.01
        var (corrected, plain, squares) = (0.0, 0.0, 0.0)
        let runs = 2000.0
        for _ in 0..<Int(runs) {
            let block = SyntheticBlock(&random, symbols: 200, homodyne: false, gain: (0.006, 0.008), noise: 100)
            var regression = TrainingRegression(detection: .heterodyne)
            regression.add(alice: block.alice.span, bob: block.bob.span)
            let fit = try regression.fit()
            corrected += fit.squaredGain / runs
            squares += fit.squaredGain * fit.squaredGain / runs
            plain += (fit.real * fit.real + fit.imaginary * fit.imaginary) / runs
        }
        let standardError = ((squares - corrected * corrected) / runs).squareRoot()
        #expect(abs(corrected - truth) < 5 * standardError, "seed \(seed)")
        #expect(plain - truth > 5 * standardError, "seed \(seed)")
    }

    /// Bob's x channel has the gain γ(1 + ε), his p channel γ(1 − ε) and the angle 90° + δ: y_x = γ(1 + ε)x + n,
    /// y_p = γ(1 − ε)(p cos δ − x sin δ) + n. Physics.md §3 has one t for both, so what exceeds it is noise:
    ///
    /// * δ = 0: t = γ, and each residual keeps ±εγ of Alice's quadrature. S² grows by ε²γ²V_A, ξ̂_in = (S² − V_on)/t² by
    ///   ε²V_A = .0125 at ε = .05 and V_A = 5.
    /// * ε = 0: y_x + iy_p = γ(a + a e^(−iδ))/2 + γ(a* − a* e^(iδ))/2, of which the second term is no rotation of a: ξ̂_in
    ///   grows by tan²(δ/2)·V_A = .0125 at δ = .1.
    ///
    /// The noise is the same before and after; what is left of its scatter, 2√(ε²V_A·S²/t²/n) = 3e-4, is below a fifth
    /// of the tolerance (probability 6e-7).
    @Test(arguments: [(0.05, 0.0), (-0.05, 0.0), (0.0, 0.1)], [0.0, 2.0])
    func `imbalance and skew of a receiver are excess noise`(imbalance: (gain: Double, angle: Double), phase: Double)
        throws
    {
        let scale = 5.0.squareRoot() / 3000
        func excess(_ gain: Double, _ angle: Double) throws -> (noise: Double, fit: GainFit) {
            var random = RandomSamples(seed: 26)
            var block = SyntheticBlock(&random, symbols: 100_000, homodyne: false, gain: (0, 0), noise: 20)
            for symbol in 0..<100_000 {
                let (x, p) = (Double(block.alice[2 * symbol]), Double(block.alice[2 * symbol + 1]))
                let (re, im) = (x * cos(phase) - p * sin(phase), p * cos(phase) + x * sin(phase))
                let u = 0.023 * (1 + gain) * re
                let v = 0.023 * (1 - gain) * (im * cos(angle) - re * sin(angle))
                block.bob[2 * symbol] += Int16(u.rounded())
                block.bob[2 * symbol + 1] += Int16(v.rounded())
            }
            var regression = TrainingRegression(detection: .heterodyne)
            regression.add(alice: block.alice.span, bob: block.bob.span)
            let fit = try regression.fit()
            return (fit.residualVariance.value.value / fit.squaredGain * scale * scale, fit)
        }
        let (before, after) = (try excess(0, 0), try excess(imbalance.gain, imbalance.angle))
        let expected = 5 * (imbalance.gain * imbalance.gain + tan(imbalance.angle / 2) * tan(imbalance.angle / 2))
        #expect(abs(expected - 0.0125) < 1e-4)
        #expect(abs(after.noise - before.noise - expected) < 0.0015)
        #expect(abs(after.fit.imagePower * 5 / expected - 1) < 0.05)
    }

    @Test func `an imbalanced receiver shows in the image and in the residual`() throws {
        var random = RandomSamples(seed: 24)
        var block = SyntheticBlock(&random, symbols: 20_000, homodyne: false, gain: (0.1, 0), noise: 10)
        var sound = TrainingRegression(detection: .heterodyne)
        sound.add(alice: block.alice.span, bob: block.bob.span)
        for symbol in 0..<20_000 { block.bob[2 * symbol] += Int16((0.02 * Double(block.alice[2 * symbol])).rounded()) }
        var skewed = TrainingRegression(detection: .heterodyne)
        skewed.add(alice: block.alice.span, bob: block.bob.span)
        let (before, after) = (try sound.fit(), try skewed.fit())
        #expect(before.imagePower < 1e-5)
        #expect(abs(after.imagePower / (0.01 * 0.01 / (0.11 * 0.11)) - 1) < 0.05)
        // Slopes .12 and .1: each differs by .01 from what they have in common, of Alice's 3000 LSB.
        let grown = after.residualVariance.value.value - before.residualVariance.value.value
        #expect(abs(grown / (0.01 * 0.01 * 3000 * 3000) - 1) < 0.05)
    }

    @Test func `too little, constant and unrelated data are told apart`() {
        var random = RandomSamples(seed: 25)
        let few = SyntheticBlock(&random, symbols: 10, homodyne: false, gain: (0.02, 0), noise: 100)
        var regression = TrainingRegression(detection: .heterodyne)
        regression.add(alice: few.alice.span, bob: few.bob.span)
        #expect(throws: EstimateFailure.tooFewSamples(have: 10, need: 16)) { try regression.fit() }

        let zeros = [Int16](repeating: 0, count: 2000)
        var unmodulated = TrainingRegression(detection: .heterodyne)
        unmodulated.add(alice: zeros.span, bob: random.samples(2000, deviation: 100).span)
        #expect(throws: EstimateFailure.noModulation) { try unmodulated.fit() }

        let noise = SyntheticBlock(&random, symbols: 5000, homodyne: true, gain: (0, 0), noise: 100)
        var unrelated = TrainingRegression(detection: .homodyne)
        unrelated.add(alice: noise.alice.span, bob: noise.bob.span, basis: noise.basis.span)
        let (vacuum, dark) = calibration(&random)
        #expect {
            try unrelated.estimate(
                vacuum: vacuum, dark: dark, scale: ModulationScale(2.2 / 3000), efficiency: 0.6)
        } throws: { error in
            if case .noSignal? = error as? EstimateFailure { true } else { false }
        }
        #expect {
            try unrelated.estimate(vacuum: dark, dark: vacuum, scale: ModulationScale(2.2 / 3000), efficiency: 0.6)
        } throws: { error in
            if case .noShotNoise? = error as? EstimateFailure { true } else { false }
        }
    }

    private func calibration(_ random: inout RandomSamples) -> (ReceiverMoments, ReceiverMoments) {
        var vacuum = QuadratureMoments()
        var dark = QuadratureMoments()
        vacuum.add(random.samples(5000, deviation: 100).span)
        dark.add(random.samples(5000, deviation: 30).span)
        return (ReceiverMoments(vacuum), ReceiverMoments(dark))
    }
}

extension Double {
    fileprivate var squared: Double { self * self }
}
