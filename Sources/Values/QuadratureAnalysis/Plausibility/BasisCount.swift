/// How Bob chose his bases: how often each, and how often he changed. Plausibility only, as for Alice's words.
public struct BasisCount: Sendable, Hashable {
    /// Times x.
    public private(set) var x: Int64
    /// Times p.
    public private(set) var p: Int64
    /// Symbols whose basis is not that of the symbol before.
    public private(set) var changes: Int64 = 0
    /// Symbols whose predecessor was looked at: one less for each block.
    public private(set) var neighbours: Int64 = 0

    /// Counts, without changes.
    public init(x: Int64, p: Int64) {
        self.x = x
        self.p = p
    }

    /// Counts of `symbols` bits, bit i least significant first, 0 = x.
    public init(_ bits: Span<UInt8>, symbols: Int) {
        precondition(bits.count >= (symbols + 7) / 8, "a bit for each symbol")
        var (ones, changes) = (0, 0)
        // The bit before each byte; the first has none, and is taken for its own predecessor.
        var before = symbols > 0 ? bits[0] & 1 : 0
        for byte in 0..<((symbols + 7) / 8) {
            let mask: UInt8 = symbols - 8 * byte >= 8 ? 0xFF : 1 << UInt8(symbols - 8 * byte) - 1
            let value = bits[byte] & mask
            ones += value.nonzeroBitCount
            changes += ((value ^ (value << 1 | before)) & mask).nonzeroBitCount
            before = value >> 7
        }
        self.init(x: Int64(symbols - ones), p: Int64(ones))
        (self.changes, neighbours) = (Int64(changes), Int64(max(0, symbols - 1)))
    }

    /// Adds another block's counts; the change between the blocks is not looked at.
    public mutating func merge(_ other: BasisCount) {
        x += other.x
        p += other.p
        changes += other.changes
        neighbours += other.neighbours
    }

    /// Standard normal if both are equally likely; positive if p is preferred.
    public var score: Double { Double(p - x) / Double(p + x).squareRoot() }

    /// Standard normal if each choice is independent of the one before, whatever the share of p (Wald and Wolfowitz 1940:
    /// changes have mean 2qr·m and variance 2qr(2qr·m − 1), q and r being the shares and m neighbours); negative for a
    /// generator that sticks, positive for one that alternates. Not a number without changes that could be.
    public var runsScore: Double {
        let m = Double(neighbours)
        let (q, r) = (Double(x) / Double(x + p), Double(p) / Double(x + p))
        let mean = 2 * q * r * m
        return (Double(changes) - mean) / (2 * q * r * (mean - 1)).squareRoot()
    }
}
