import QuadratureAnalysis
import Testing

struct QuadratureMomentsTests {
    @Test(arguments: [(1, 0.0), (7, 0.0), (4096, 20.0), (100_003, -900.0)])
    func `moments equal a naive sum to the last bit`(count: Int, mean: Double) {
        var random = RandomSamples(seed: 11)
        let samples = random.samples(count, deviation: 4000, mean: mean)
        var moments = QuadratureMoments()
        moments.add(samples.span)
        #expect(moments.samples == Int64(count))
        #expect(moments.sum == samples.reduce(0) { $0 + Int64($1) })
        #expect(moments.sumOfSquares == samples.reduce(0) { $0 + Int64($1) * Int64($1) })
        #expect(moments.clipped == samples.reduce(0) { $0 + (abs(Int32($1)) >= 8191 ? 1 : 0) })
    }

    @Test func `the extreme samples overflow nothing`() {
        let samples = [Int16](repeating: .min, count: 70_000)
        var moments = QuadratureMoments()
        moments.add(samples.span)
        #expect(moments.sum == -32_768 * 70_000)
        #expect(moments.sumOfSquares == 1_073_741_824 * 70_000)
        #expect(moments.variance.value == 0)
        #expect(moments.clipped == 70_000)
    }

    @Test func `a variance is taken about the mean, even beside a huge offset`() {
        var random = RandomSamples(seed: 12)
        let samples = random.samples(50_000, deviation: 3, mean: 8000)
        var moments = QuadratureMoments(limits: ClipLimits(low: .min, high: .max))
        moments.add(samples.span)
        let mean = samples.reduce(0.0) { $0 + Double($1) } / 50_000
        let naive = samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 49_999
        #expect(abs(moments.variance.value / naive - 1) < 1e-9)
        #expect(abs(moments.mean - mean) < 1e-9)
        #expect(moments.clipped == 0)
    }

    @Test(arguments: [0, 1, 2, 5, 4095, 4096])
    func `each quadrature of an interleaved stream is counted by itself`(count: Int) {
        var random = RandomSamples(seed: 13)
        let samples = random.samples(count, deviation: 500)
        var x = QuadratureMoments()
        var p = QuadratureMoments()
        QuadratureMoments.addInterleaved(samples.span, x: &x, p: &p)
        let even = stride(from: 0, to: count / 2 * 2, by: 2).map { Int64(samples[$0]) }
        let odd = stride(from: 1, to: count, by: 2).map { Int64(samples[$0]) }
        #expect(x.samples == Int64(even.count) && p.samples == Int64(odd.count))
        #expect(x.sum == even.reduce(0, +) && p.sum == odd.reduce(0, +))
        #expect(x.sumOfSquares == even.reduce(0) { $0 + $1 * $1 })
        #expect(p.sumOfSquares == odd.reduce(0) { $0 + $1 * $1 })
    }

    @Test func `merging parts equals adding the whole`() {
        var random = RandomSamples(seed: 14)
        let samples = random.samples(9999, deviation: 5000)
        var whole = QuadratureMoments()
        whole.add(samples.span)
        var parts = QuadratureMoments()
        for start in stride(from: 0, to: 9999, by: 1000) {
            var part = QuadratureMoments()
            part.add(samples.span.extracting(start..<min(start + 1000, 9999)))
            parts.merge(part)
        }
        #expect(parts == whole)
    }

    @Test func `the offsets of two channels do not pass for noise`() {
        var random = RandomSamples(seed: 15)
        let x = random.samples(20_000, deviation: 100, mean: 40)
        let p = random.samples(20_000, deviation: 100, mean: -40)
        let stream = zip(x, p).flatMap { [$0, $1] }
        var moments = ReceiverMoments()
        moments.add(stream.span, detection: .heterodyne)
        // Without the split the variance would be 11,600. 5 σ: a correct sum fails with probability 6e-7.
        #expect(abs(moments.variance.deviation(from: RawVariance(10_000 + 1.0 / 12))) < 5)
        #expect(moments.degreesOfFreedom == 39_998)
    }

    /// Heterodyne, η = 0.6, v_el = 0.1, training data unlimited: the vacuum samples that leave ξ_in uncertain by 0.001.
    @Test(arguments: [(5.0, 2.7e8), (10, 2.7e9), (15, 2.7e10), (20, 2.7e11)])
    func `the vacuum samples that a plan asks for give the uncertainty that it promised`(loss: Double, samples: Double)
    {
        var moments = QuadratureMoments()
        moments.add(samples: Int64(samples), sum: 0, sumOfSquares: Int64(samples) * 11_000, clipped: 0)
        let sigma = ReceiverMoments(moments).variance.sigma.normalised(by: RawVariance(10_000))
        let atDetector = ExcessNoise<Plane.Detector>(sigma.value)
        let atInput = atDetector.atInput(
            of: Transmittance(loss: Decibels(loss)), efficiency: 0.6, detection: .heterodyne)
        #expect(abs(atInput.value / 0.001 - 1) < 0.01)
    }
}
