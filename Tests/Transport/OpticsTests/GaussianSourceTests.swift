import Glibc
import Testing

@testable import UnitEmulator

/// Every bound is 5 standard deviations: a correct source fails one check with probability 6e-7, the suite below 1e-5.
struct GaussianSourceTests {
    private static let seed: UInt64 = 41
    private static let draws = 8_000_000

    /// `draws` deviates from cells of 256, as the link uses them, so that seeding is under test as well.
    private static let deviates: [Double] = {
        let ziggurat = Ziggurat()
        let key = StreamKey(seed: seed, session: 3, purpose: .noise)
        var all: [Double] = []
        all.reserveCapacity(draws)
        var cell = InlineArray<256, Double>(repeating: 0)
        for index in 0..<(draws / 256) {
            var source = GaussianSource(key, cell: Int64(index), ziggurat: ziggurat)
            var span = cell.mutableSpan
            source.fill(&span, count: 256)
            for step in 0..<256 { all.append(span[step]) }
        }
        return all
    }()

    @Test func `the first six moments are those of the normal distribution`() {
        let expected = [0.0, 1, 0, 3, 0, 15]
        let variances = [1.0, 2, 15, 96, 945, 10_170]
        let count = Double(Self.deviates.count)
        for order in 1...6 {
            var total = 0.0
            for value in Self.deviates {
                var power = 1.0
                for _ in 0..<order { power *= value }
                total += power
            }
            let z = (total / count - expected[order - 1]) / (variances[order - 1] / count).squareRoot()
            #expect(abs(z) < 5, "moment \(order): z = \(z), seed \(Self.seed)")
        }
    }

    /// χ² over 160 bins of width 0.05 within ±4; bins are finer than the layers, so a wrong edge would show.
    @Test func `the histogram follows the density`() {
        var bins = [Double](repeating: 0, count: 160)
        for value in Self.deviates where abs(value) < 4 { bins[Int((value + 4) * 20)] += 1 }
        var chiSquared = 0.0
        for bin in bins.indices {
            let low = Double(bin) / 20 - 4
            let share = (erfc(low / 2.0.squareRoot()) - erfc((low + 0.05) / 2.0.squareRoot())) / 2
            let expected = share * Double(Self.deviates.count)
            chiSquared += (bins[bin] - expected) * (bins[bin] - expected) / expected
        }
        // Wilson and Hilferty: (χ²/k)^(1/3) is nearly normal.
        let z = (cbrt(chiSquared / 160) - (1 - 2.0 / 1440)) / (2.0 / 1440).squareRoot()
        #expect(abs(z) < 5, "χ² = \(chiSquared), z = \(z), seed \(Self.seed)")
    }

    @Test(arguments: [2.0, 3, 3.6, 3.7, 4, 4.5, 5])
    func `the tails hold what they should, on both sides`(edge: Double) {
        let expected = erfc(edge / 2.0.squareRoot()) / 2 * Double(Self.deviates.count)
        let above = Double(Self.deviates.count { $0 > edge })
        let below = Double(Self.deviates.count { $0 < -edge })
        // At 5 only 2.3 are expected, where 5 standard deviations of a Poisson count are not 6e-7; 12 more are.
        let bound = 5 * expected.squareRoot() + (expected < 20 ? 5 : 0)
        #expect(abs(above - expected) < bound, "\(above) of \(expected), seed \(Self.seed)")
        #expect(abs(below - expected) < bound, "\(below) of \(expected), seed \(Self.seed)")
    }

    @Test(arguments: [1, 2, 3, 255, 256, 257, 512])
    func `neighbours are uncorrelated, within and across cells`(lag: Int) {
        let deviates = Self.deviates
        var (products, squares) = (0.0, 0.0)
        let count = deviates.count - lag
        for index in 0..<count {
            products += deviates[index] * deviates[index + lag]
            squares += (deviates[index] * deviates[index] - 1) * (deviates[index + lag] * deviates[index + lag] - 1)
        }
        #expect(abs(products) < 5 * Double(count).squareRoot(), "seed \(Self.seed)")
        // Var (x² − 1)(y² − 1) = 4.
        #expect(abs(squares) < 10 * Double(count).squareRoot(), "seed \(Self.seed)")
    }

    @Test func `a cell is the same whenever it is drawn, and streams differ`() {
        let ziggurat = Ziggurat()
        func first(_ purpose: StreamKey.Purpose, session: UInt64, cell: Int64) -> [Double] {
            var source = GaussianSource(
                StreamKey(seed: 5, session: session, purpose: purpose), cell: cell, ziggurat: ziggurat)
            var values = InlineArray<4, Double>(repeating: 0)
            var span = values.mutableSpan
            source.fill(&span, count: 4)
            return (0..<4).map { span[$0] }
        }
        let reference = first(.noise, session: 1, cell: 9)
        #expect(reference == first(.noise, session: 1, cell: 9))
        #expect(reference != first(.noise, session: 1, cell: 10))
        #expect(reference != first(.noise, session: 2, cell: 9))
        #expect(reference != first(.phase, session: 1, cell: 9))
    }
}
