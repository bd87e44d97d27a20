import QuadratureAnalysis
import Testing

struct WordStatisticsTests {
    @Test func `independent words have mean 0 and repeat by chance only`() {
        var random = RandomSamples(seed: 740)
        var words = WordStatistics()
        for _ in 0..<50 { words.add(random.samples(8192, deviation: 20).span) }
        #expect(words.symbols == 204_800)
        #expect(abs(words.meanSquare / 400 - 1) < 0.02)
        // Each of two means beyond 5 σ: 1e-6.
        #expect(abs(words.meanScore) < 5)
        // 1/(4πσ²) of those that have a partner 128 before, 31/32: 39 ± 6.3 seen.
        #expect(abs(Double(words.repeats) - words.expectedRepeats * 31 / 32) < 5 * words.expectedRepeats.squareRoot())
    }

    @Test func `a buffer that comes out twice repeats all of it`() {
        var random = RandomSamples(seed: 741)
        let buffer = random.samples(256, deviation: 3000)
        var words = WordStatistics()
        words.add((buffer + buffer).span)
        #expect(words.repeats == 128)
    }

    @Test func `a mean of a tenth of a standard deviation stands out`() {
        var random = RandomSamples(seed: 742)
        var words = WordStatistics()
        words.add(random.samples(20_000, deviation: 3000, mean: -300).span)
        // −0.1·√10,000 = −10, and the larger of two.
        #expect(words.meanScore < -8)
    }
}
