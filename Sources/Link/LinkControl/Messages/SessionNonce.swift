/// 128 random bits that an end draws for one session: no session can be the repetition of another.
public struct SessionNonce: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The first 8 bytes, big-endian.
    public var high: UInt64
    /// The next 8 bytes, big-endian.
    public var low: UInt64

    /// A nonce from the system's random numbers.
    public static func random() -> SessionNonce {
        SessionNonce(high: .random(in: 0...UInt64.max), low: .random(in: 0...UInt64.max))
    }

    /// Both halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// In hexadecimal.
    public var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
