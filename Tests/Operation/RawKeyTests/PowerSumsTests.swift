import QuadratureAnalysis
import RawKey
import Testing

/// The kernel against the definition, in whole numbers.
struct PowerSumsTests {
    private func expect(_ words: [Int16], start: Int, stride: Int, _ limits: ClipLimits) {
        let sums = PowerSums(words.span, start: start, stride: stride, limits: limits)
        let used = Swift.stride(from: start, to: words.count, by: stride).map { Int(words[$0]) }
        #expect(sums.samples == UInt64(used.count))
        #expect(Int(sums.first) == used.reduce(0, +))
        #expect(sums.second == UInt64(used.reduce(0) { $0 + $1 * $1 }))
        #expect(sums.third == used.reduce(Int128(0)) { $0 + Int128($1 * $1 * $1) })
        #expect(sums.fourth == used.reduce(UInt128(0)) { $0 + UInt128($1 * $1 * $1 * $1) })
        #expect(Int(sums.lagProduct) == zip(used, used.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 })
        #expect(Int(sums.clipped) == used.count { $0 <= Int(limits.low) || $0 >= Int(limits.high) })
    }

    @Test(arguments: [1, 2]) func `every length and start gives the sums of the definition`(stride: Int) {
        var generator = SystemRandomNumberGenerator()
        for count in 0...70 {
            let words = (0..<count).map { _ in Int16.random(in: .min ... .max, using: &generator) }
            for start in 0..<min(stride, max(1, count)) {
                expect(words, start: start, stride: stride, ClipLimits(low: -30_000, high: 30_000))
            }
        }
    }

    @Test(arguments: [Int16.min, Int16.max]) func `full scale overflows nothing`(word: Int16) {
        let words = [Int16](repeating: word, count: 1 << 21)
        expect(words, start: 0, stride: 1, ClipLimits(low: .min, high: .max))
        expect(words, start: 1, stride: 2, ClipLimits(low: .min, high: .max))
    }
}
