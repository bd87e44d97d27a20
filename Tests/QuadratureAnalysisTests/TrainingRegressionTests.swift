import QuadratureAnalysis
import Testing

struct TrainingRegressionTests {
    /// Least squares of y on (x, p, 1) in floating point: slopes and residual sum of squares.
    private func naive(_ x: [Double], _ p: [Double], _ y: [Double]) -> (bx: Double, bp: Double, rest: Double) {
        func mean(_ v: [Double]) -> Double { v.reduce(0, +) / Double(v.count) }
        let (mx, mp, my) = (mean(x), mean(p), mean(y))
        var (xx, xp, pp, xy, py) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for i in x.indices {
            let (a, b, c) = (x[i] - mx, p[i] - mp, y[i] - my)
            xx += a * a
            xp += a * b
            pp += b * b
            xy += a * c
            py += b * c
        }
        let d = xx * pp - xp * xp
        let (bx, bp) = ((pp * xy - xp * py) / d, (xx * py - xp * xy) / d)
        var rest = 0.0
        for i in x.indices {
            let r = y[i] - my - bx * (x[i] - mx) - bp * (p[i] - mp)
            rest += r * r
        }
        return (bx, bp, rest)
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
        let a = naive(columns[0][0], columns[0][1], columns[0][2])
        let b = naive(columns[1][0], columns[1][1], columns[1][2])
        let fit = try regression.fit()
        let samples = columns[0][0].count + columns[1][0].count
        #expect(regression.symbols == 3000 - Int64(abs(delay)))
        #expect(fit.residualVariance.samples == Int64(samples))
        #expect(abs(fit.residualVariance.value.value / ((a.rest + b.rest) / Double(samples - 6)) - 1) < 1e-9)
        // Both bases have nearly the same design, so the combination is near the plain mean.
        #expect(abs(fit.real - (a.bx + b.bp) / 2) < 0.1 * fit.sigma)
        #expect(abs(fit.imaginary - (b.bx - a.bp) / 2) < 0.1 * fit.sigma)
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

    @Test func `an imbalanced receiver shows in the image and not in the residual`() throws {
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
        #expect(abs(after.residualVariance.value.value - before.residualVariance.value.value) < 1)
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
