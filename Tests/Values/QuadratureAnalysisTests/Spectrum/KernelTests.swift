import CUnitIO
import QuadratureAnalysis
import Testing

struct KernelTests {
    /// Lengths around the width of a vector, and the extremes of int16.
    @Test(arguments: [0, 1, 7, 8, 9, 31, 100, 4099]) func `cross moments are exact to the bit`(_ count: Int) {
        var random = RandomSamples(seed: UInt64(count))
        func words(_ n: Int) -> [Int16] {
            (0..<n).map { _ in
                let word = random.word()
                // Every fourth at the end of the range, where a product is 2^30.
                return word & 3 == 0 ? (word & 4 == 0 ? .min : .max) : Int16(truncatingIfNeeded: word >> 16)
            }
        }
        let (alice, bob) = (words(2 * count), words(2 * count))
        let bits = (0..<(count + 20) / 8 + 1).map { _ in UInt8(truncatingIfNeeded: random.word()) }
        var (x, p, one) = (cu_cross_moments(), cu_cross_moments(), cu_cross_moments())
        cu_cross_moments_xp16(alice, bob, count, &x, &p)
        #expect(sums(x) == expected(alice, count) { Int64(bob[2 * $0]) })
        #expect(sums(p) == expected(alice, count) { Int64(bob[2 * $0 + 1]) })
        cu_cross_moments_i16(alice, bob, nil, 0, count, &one)
        #expect(sums(one) == expected(alice, count) { Int64(bob[$0]) })
        for first in [0, 3, 8, 13] {
            cu_cross_moments_i16(alice, bob, bits, first, count, &one)
            let chosen = { (i: Int) in bits[(first + i) / 8] >> UInt8((first + i) % 8) & 1 == 1 }
            #expect(sums(one) == expected(alice, count, where: chosen) { Int64(bob[$0]) }, "first bit \(first)")
        }
    }

    @Test func `a long run at the end of the range does not overflow`() {
        let count = 300_000
        let (alice, bob) = ([Int16](repeating: .min, count: 2 * count), [Int16](repeating: .min, count: 2 * count))
        var (x, p) = (cu_cross_moments(), cu_cross_moments())
        cu_cross_moments_xp16(alice, bob, count, &x, &p)
        #expect(x.xx == Int64(count) << 30 && p.py == Int64(count) << 30 && x.y == -Int64(count) << 15)
    }

    private func sums(_ m: cu_cross_moments) -> [Int64] { [m.x, m.p, m.y, m.xx, m.xp, m.pp, m.xy, m.py, m.yy] }

    private func expected(
        _ alice: [Int16], _ count: Int, where chosen: (Int) -> Bool = { _ in true }, _ bob: (Int) -> Int64
    ) -> [Int64] {
        var m = [Int64](repeating: 0, count: 9)
        for i in 0..<count where chosen(i) {
            let (x, p, y) = (Int64(alice[2 * i]), Int64(alice[2 * i + 1]), bob(i))
            for (place, term) in [x, p, y, x * x, x * p, p * p, x * y, p * y, y * y].enumerated() { m[place] += term }
        }
        return m
    }

    /// Lengths around the width of a vector; full scale, where four equal products overflow 32 bits.
    @Test(arguments: [1, 2, 9, 10, 17, 18, 40, 4099], [1, 2])
    func `products of neighbours are exact, and none lies beyond the samples`(_ count: Int, _ stride: Int) {
        var random = RandomSamples(seed: UInt64(count))
        // Exactly as many as may be read: the address sanitizer sees the next one.
        let samples = (0..<((count - 1) * stride + 1)).map { _ in
            let word = random.word()
            return word & 3 == 0 ? (word & 4 == 0 ? .min : .max) : Int16(truncatingIfNeeded: word >> 16)
        }
        for centre in [0.0, -3.25, 32_767, -32_768] {
            var sums = [Double](repeating: 0, count: 16)
            cu_lag_products_i16(samples, count, stride, centre, 16, &sums)
            for lag in 1...16 {
                // Quarters of LSB²·4 are whole: no rounding in the sum that is compared with.
                let four = Int64(4 * centre)
                let wanted = (0..<max(0, count - lag)).reduce(Int64(0)) {
                    $0 + (4 * Int64(samples[$1 * stride]) - four) * (4 * Int64(samples[($1 + lag) * stride]) - four)
                }
                #expect(sums[lag - 1] == Double(wanted) / 16, "lag \(lag), centre \(centre)")
            }
        }
    }

    @Test func `products of a long run at the end of the range do not overflow`() {
        let samples = [Int16](repeating: .min, count: 600_000)
        var sums = [0.0]
        cu_lag_products_i16(samples, samples.count, 1, 0, 1, &sums)
        #expect(sums[0] == Double(Int64(samples.count - 1) << 30))
    }

    @Test(arguments: [0, 1, 2, 3, 31, 32, 33, 64, 4099], [Detection.homodyne, .heterodyne])
    func `extremes are those of each channel`(_ count: Int, _ detection: Detection) {
        var random = RandomSamples(seed: UInt64(count) + 1)
        let samples = (0..<count).map { _ in Int16(truncatingIfNeeded: random.word() >> 16) }
        var extremes = SampleExtremes()
        for start in stride(from: 0, to: count, by: 1000) {
            extremes.add(samples.span.extracting(start..<min(start + 1000, count)), detection: detection)
        }
        let width = detection.samplesPerSymbol
        for (channel, range) in [extremes.rangeX, extremes.rangeP].prefix(width).enumerated() {
            let values = stride(from: channel, to: count / width * width, by: width).map { samples[$0] }
            #expect(range?.lowerBound == values.min() && range?.upperBound == values.max())
        }
        if detection == .homodyne { #expect(extremes.rangeP == nil) }
    }

    @Test(arguments: [(0, 1), (0, 2), (1, 2)]) func `skewness, kurtosis and correlations are those of the definition`(
        _ offset: Int, _ stride: Int
    ) {
        let samples = WelchEstimatorTests.noise(5003, seed: 8)
        let channel = Swift.stride(from: offset, to: samples.count, by: stride).map { Double(samples[$0]) }
        let n = Double(channel.count)
        let mean = channel.reduce(0, +) / n
        var statistics = SampleStatistics(mean: mean)
        statistics.add(samples.span, offset: offset, stride: stride)
        func moment(_ k: Int) -> Double {
            channel.reduce(0) { sum, y in sum + (0..<k).reduce(1.0) { product, _ in product * (y - mean) } } / n
        }
        let m2 = moment(2)
        #expect(abs(statistics.skewness.value.value - moment(3) / (m2 * m2.squareRoot())) < 1e-10)
        #expect(abs(statistics.kurtosis.value.value - moment(4) / (m2 * m2)) < 1e-10)
        for lag in 1...SampleStatistics.lags {
            let products = (0..<(channel.count - lag)).map { (channel[$0] - mean) * (channel[$0 + lag] - mean) }
            let wanted = products.reduce(0, +) / Double(products.count) / m2
            #expect(abs(statistics.correlations[lag - 1] - wanted) < 1e-10)
        }
        #expect(statistics.samples == Int64(channel.count))
    }
}
