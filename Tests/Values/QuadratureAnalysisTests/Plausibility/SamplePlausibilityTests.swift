import QuadratureAnalysis
import Testing

struct SamplePlausibilityTests {
    /// 5 σ each, six figures: 4e-6 per seed.
    @Test(arguments: [701, 702, 703] as [UInt64])
    func `independent Gaussian words pass`(seed: UInt64) throws {
        var random = RandomSamples(seed: seed)
        let samples = random.samples(65_536, deviation: 100, mean: 7)
        let words = SamplePlausibility(pairs: samples.span)
        for channel in [words.x, try #require(words.p)] {
            #expect(abs(try #require(channel.kurtosis).deviation(from: Ratio(3))) < 5, "seed \(seed)")
            #expect(abs(try #require(channel.autocorrelation).deviation(from: Ratio(0))) < 5, "seed \(seed)")
            #expect(abs(channel.moments.mean - 7) < 5 * 100 / 181)
        }
        #expect(abs(try #require(words.quadratureCorrelation).deviation(from: Ratio(0))) < 5, "seed \(seed)")
        #expect(abs(try #require(words.quadratureBalance).deviation(from: Ratio(1))) < 5, "seed \(seed)")
        // 1/(2σ√π) = 0.0028 of 32,767 pairs: 92 ± 10.
        let repeated = try #require(words.x.repetition)
        #expect(abs(repeated.value.value - words.x.expectedRepetition) < 5 * (0.0028 / 32_767).squareRoot())
    }

    @Test func `equally likely values have the kurtosis of a uniform distribution`() throws {
        var random = RandomSamples(seed: 704)
        let values = (0..<20_000).map { _ in Int16(200 * random.uniform() - 100) }
        let found = SamplePlausibility(single: values.span)
        let kurtosis = try #require(found.x.kurtosis)
        #expect(abs(kurtosis.value.value - 1.8) < 0.03)
        #expect(abs(kurtosis.deviation(from: Ratio(3))) > 30)
    }

    /// y_i = u_i + u_{i−1} has ρ_1 = ½.
    @Test func `a filter shows in the correlation of neighbours of its own channel`() throws {
        var random = RandomSamples(seed: 705)
        let (u, v) = (random.samples(20_001, deviation: 100), random.samples(20_000, deviation: 100))
        let words = (0..<20_000).flatMap { [u[$0] + u[$0 + 1], v[$0]] }
        let found = SamplePlausibility(pairs: words.span)
        #expect(abs(try #require(found.x.autocorrelation).value.value - 0.5) < 0.03)
        #expect(abs(try #require(found.p?.autocorrelation).value.value) < 0.04)
        // √2 larger in x.
        #expect(abs(try #require(found.quadratureBalance).value.value - 2.0.squareRoot()) < 0.03)
    }

    /// p = x + u has a correlation of 1/√2 with x.
    @Test func `quadratures that share noise are correlated, offsets are not`() throws {
        var random = RandomSamples(seed: 706)
        let (u, v) = (random.samples(20_000, deviation: 100, mean: 500), random.samples(20_000, deviation: 100))
        let words = (0..<20_000).flatMap { [u[$0], u[$0] + v[$0]] }
        let found = SamplePlausibility(pairs: words.span)
        #expect(abs(try #require(found.quadratureCorrelation).value.value - 0.5.squareRoot()) < 0.03)
    }

    @Test func `a generator that sticks repeats`() throws {
        var random = RandomSamples(seed: 707)
        let words = random.samples(10_000, deviation: 3000).flatMap { [$0, $0] }
        let found = SamplePlausibility(single: words.span)
        let repeated = try #require(found.x.repetition)
        #expect(abs(repeated.value.value - 0.5) < 0.001)
    }

    @Test func `few and constant samples say nothing`() {
        let constant = [Int16](repeating: 3, count: 1000)
        let found = SamplePlausibility(pairs: constant.span)
        #expect(found.x.kurtosis == nil && found.x.autocorrelation == nil && found.quadratureCorrelation == nil)
        #expect(found.quadratureBalance == nil && found.x.repetition == nil)
        let (short, none) = ([Int16](0..<99), [Int16]())
        let few = SamplePlausibility(single: short.span)
        #expect(few.x.kurtosis == nil && few.p == nil)
        let empty = SamplePlausibility(pairs: none.span)
        #expect(empty.x.kurtosis == nil)
    }
}
