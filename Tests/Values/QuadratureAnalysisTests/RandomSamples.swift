import Glibc

/// A small seeded generator for test data (SplitMix64); the library under test has none.
struct RandomSamples {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func word() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z &>> 31
    }

    mutating func uniform() -> Double { (Double(word() &>> 12) + 0.5) * 0x1p-52 }

    /// Box and Muller: slow, and independent of the emulator's ziggurat.
    mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    mutating func samples(_ count: Int, deviation: Double, mean: Double = 0) -> [Int16] {
        (0..<count).map { _ in Int16(max(-32_768, min(32_767, (mean + deviation * normal()).rounded()))) }
    }
}

/// A block of training data with a known complex gain.
struct SyntheticBlock {
    var alice: [Int16]
    var bob: [Int16]
    var basis: [UInt8]

    /// Bob's symbol i carries Alice's symbol i − delay, around the end of the block.
    init(
        _ random: inout RandomSamples, symbols: Int, homodyne: Bool, gain: (re: Double, im: Double), noise: Double,
        offset: Double = 0, delay: Int = 0
    ) {
        alice = random.samples(2 * symbols, deviation: 3000)
        basis = (0..<(symbols + 7) / 8).map { _ in UInt8(truncatingIfNeeded: random.word()) }
        bob = []
        for symbol in 0..<symbols {
            let sent = (symbol - delay + symbols) % symbols
            let (x, p) = (Double(alice[2 * sent]), Double(alice[2 * sent + 1]))
            let re = gain.re * x - gain.im * p + offset + noise * random.normal()
            let im = gain.re * p + gain.im * x + offset + noise * random.normal()
            if homodyne {
                bob.append(Int16((basis[symbol / 8] >> UInt8(symbol % 8) & 1 == 0 ? re : im).rounded()))
            } else {
                bob += [Int16(re.rounded()), Int16(im.rounded())]
            }
        }
    }
}
