/// Identifies one stream of random numbers: whose, in which session, for what.
///
/// Two emulators that share a seed and a session number draw the same light from the same keys without exchanging a byte.
struct StreamKey: Sendable, Hashable {
    /// What the numbers are for. Streams of different purpose are independent.
    enum Purpose: UInt64 {
        case constants = 1
        case modulation, noise, phase, basis, intensity, drift
        case repetition
    }

    private let base: UInt64

    init(seed: UInt64, session: UInt64, purpose: Purpose) {
        base = SplitMix64.mix(SplitMix64.mix(SplitMix64.mix(seed) ^ session) &+ purpose.rawValue)
    }

    /// Draws about which cells of this stream repeat.
    var repetition: StreamKey { StreamKey(base: SplitMix64.mix(base &+ Purpose.repetition.rawValue)) }

    private init(base: UInt64) { self.base = base }

    /// The generator seed of a cell of symbols (or of a draw, for constants).
    func seed(cell: Int64) -> UInt64 {
        SplitMix64.mix(base &+ UInt64(bitPattern: cell) &* SplitMix64.increment)
    }

    /// Uniform in (0, 1), the draw of this number.
    func uniform(_ draw: Int64) -> Double { (Double(seed(cell: draw) &>> 12) + 0.5) * 0x1p-52 }
}

/// Steele, Lea and Flood's SplitMix64: a good 64-bit mixer, and the customary way to seed a larger generator.
enum SplitMix64 {
    /// The odd constant nearest to 2^64/φ.
    static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func mix(_ word: UInt64) -> UInt64 {
        var z = word &+ increment
        z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z &>> 31
    }

    static func next(_ state: inout UInt64) -> UInt64 {
        defer { state &+= increment }
        return mix(state)
    }
}
