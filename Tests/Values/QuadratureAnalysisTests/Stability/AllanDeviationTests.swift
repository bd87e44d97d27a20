import QuadratureAnalysis
import Testing

struct AllanDeviationTests {
    @Test func `eight values give what the definition gives by hand`() throws {
        let found = try AllanDeviation([1, 3, 2, 5, 4, 4, 7, 6], spacing: 2)
        // Differences 2, −1, 3, −1, 0, 3, −1: squares sum to 25, over 2·7.
        let point = try #require(found.points.first)
        #expect(found.points.count == 1)
        #expect(point.time == 2)
        #expect(point.differences == 4)
        #expect(abs(point.deviation - (25.0 / 14).squareRoot()) < 1e-12)
        #expect(abs(point.sigma - point.deviation / 8.0.squareRoot()) < 1e-12)
    }

    /// Means of two of sixteen values, overlapping: checked against the definition written out.
    @Test func `longer averaging takes all overlapping pairs`() throws {
        let values: [Double] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]
        let point = try #require(try AllanDeviation(values, spacing: 1).points.last)
        #expect(point.values == 2)
        var sum = 0.0
        for j in 0...12 {
            let difference = (values[j + 2] + values[j + 3] - values[j] - values[j + 1]) / 2
            sum += difference * difference
        }
        #expect(abs(point.deviation - (sum / 26).squareRoot()) < 1e-12)
    }

    /// 4,096 values: the point of m has 4096/2m independent differences, so each agrees with s/√m within 5 of its σ
    /// (probability 6e-7 each, ten points); the slope of the first six points follows.
    @Test(arguments: [41, 42, 43] as [UInt64])
    func `white noise falls with the root of time`(seed: UInt64) throws {
        var random = RandomSamples(seed: seed)
        let found = try AllanDeviation((0..<4096).map { _ in 1 + 1e-4 * random.normal() }, spacing: 0.5)
        #expect(found.points.map(\.values) == (0..<10).map { 1 << $0 })
        for point in found.points {
            let white = point.white(single: 1e-4)
            #expect(
                abs(point.deviation - white) < 5 * white / (2 * Double(point.differences)).squareRoot(), "seed \(seed)")
        }
    }

    @Test func `a straight drift rises with time`() throws {
        let found = try AllanDeviation((0..<256).map { 5 + 1e-6 * 3 * Double($0) }, spacing: 3)
        for point in found.points {
            #expect(abs(point.deviation / (1e-6 * point.time / 2.0.squareRoot()) - 1) < 1e-6)
        }
    }

    /// A random walk of steps s: σ²(mτ₀) = s²(2m² + 1)/6m. 100 walks of 256 values: 1 % at short times, 7 % at m = 16;
    /// 5 σ of these and more.
    @Test func `a random walk rises with the root of time`() throws {
        let seed: UInt64 = 44
        var random = RandomSamples(seed: seed)
        var squares = [Int: Double]()
        for _ in 0..<100 {
            var value = 0.0
            let walk = (0..<256).map { _ in
                value += random.normal()
                return value
            }
            for point in try AllanDeviation(walk, spacing: 1).points {
                squares[point.values, default: 0] += point.deviation * point.deviation / 100
            }
        }
        for m in [1, 2, 4, 8, 16] {
            let expected = Double(2 * m * m + 1) / Double(6 * m)
            #expect(abs(try #require(squares[m]) / expected - 1) < 0.35, "m \(m), seed \(seed)")
        }
    }

    @Test func `few values, no spacing and no numbers have none`() {
        #expect(throws: Degeneracy.tooFew(have: 7, need: 8)) { try AllanDeviation([1, 2, 3, 4, 5, 6, 7], spacing: 1) }
        #expect(throws: Degeneracy.indistinct) { try AllanDeviation([1, 2, 3, 4, 5, 6, 7, 8], spacing: 0) }
        #expect(throws: Degeneracy.notFinite) { try AllanDeviation([1, 2, 3, 4, 5, 6, 7, .nan], spacing: 1) }
        #expect(throws: Degeneracy.constant) { try AllanDeviation(Array(repeating: 3, count: 9), spacing: 1) }
    }
}
