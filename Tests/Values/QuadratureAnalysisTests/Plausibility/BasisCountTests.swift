import QuadratureAnalysis
import Testing

struct BasisCountTests {
    @Test(arguments: [0, 1, 7, 8, 9, 64, 1003])
    func `counts and changes are those of the bits one by one`(symbols: Int) {
        var random = RandomSamples(seed: 720 + UInt64(symbols))
        // One byte more than needed, and rubbish behind the last bit.
        let bits = (0..<(symbols / 8 + 2)).map { _ in UInt8(truncatingIfNeeded: random.word()) }
        let values = (0..<symbols).map { bits[$0 / 8] >> UInt8($0 % 8) & 1 }
        let found = BasisCount(bits.span, symbols: symbols)
        #expect(found.p == Int64(values.count { $0 == 1 }))
        #expect(found.x + found.p == Int64(symbols))
        #expect(found.changes == Int64(zip(values, values.dropFirst()).count { $0 != $1 }))
        #expect(found.neighbours == Int64(max(0, symbols - 1)))
    }

    private func bits(_ symbols: Int, _ next: (Bool) -> Bool) -> [UInt8] {
        var (bytes, last) = ([UInt8](repeating: 0, count: (symbols + 7) / 8), false)
        for symbol in 0..<symbols {
            last = next(last)
            if last { bytes[symbol / 8] |= 1 << UInt8(symbol % 8) }
        }
        return bytes
    }

    /// Blocks of 1,000 bits; both scores beyond 5 σ have probability 6e-7.
    @Test func `fair bits have neither a bias nor a memory`() {
        var random = RandomSamples(seed: 730)
        var whole = BasisCount(x: 0, p: 0)
        for _ in 0..<100 {
            let block = bits(1000) { _ in random.uniform() < 0.5 }
            whole.merge(BasisCount(block.span, symbols: 1000))
        }
        #expect(whole.neighbours == 99_900)
        #expect(abs(whole.score) < 5 && abs(whole.runsScore) < 5)
    }

    /// A share of 0.6 is 63 σ of 100,000, and independent all the same.
    @Test func `a bias is no memory`() {
        var random = RandomSamples(seed: 731)
        let block = bits(100_000) { _ in random.uniform() < 0.6 }
        let biased = BasisCount(block.span, symbols: 100_000)
        #expect(abs(biased.score - 63) < 5)
        #expect(abs(biased.runsScore) < 5)
    }

    @Test func `a memory is no bias`() {
        var random = RandomSamples(seed: 732)
        // Stays with probability 0.6: √100,000·(0.4 − 0.5)/0.5 = −63.
        let block = bits(100_000) { random.uniform() < 0.6 ? $0 : !$0 }
        let sticking = BasisCount(block.span, symbols: 100_000)
        #expect(abs(sticking.score) < 10)
        #expect(abs(sticking.runsScore + 63) < 5)
        let (changing, constant) = ([UInt8](repeating: 0x55, count: 100), [UInt8](repeating: 0, count: 100))
        let alternating = BasisCount(changing.span, symbols: 800)
        let stuck = BasisCount(constant.span, symbols: 800)
        #expect(alternating.score == 0 && alternating.runsScore > 25)
        #expect(stuck.runsScore.isNaN)
    }
}
