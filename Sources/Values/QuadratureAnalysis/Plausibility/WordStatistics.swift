/// Plausibility of Alice's sample words. It finds a generator that is stuck, repeats or is skewed; it cannot find one
/// that somebody else can predict. What speaks for entropy is the unit's own health test on its raw noise.
public struct WordStatistics: Sendable, Hashable {
    /// Symbols.
    public private(set) var symbols: Int64 = 0
    /// Symbols whose pair of words is that of the symbol `WordStatistics.lag` before.
    public private(set) var repeats: Int64 = 0
    private var sumX: Int64 = 0
    private var sumP: Int64 = 0
    private var squares: Int64 = 0

    /// Blocks of words are looked at for repetition at this distance, the commonest way in which a generator's buffer
    /// comes out twice; coincidences at any other distance show in the frames' digests.
    public static let lag = 128

    /// No words.
    public init() {}

    /// Adds a frame's words x, p, x, p….
    public mutating func add(_ words: Span<Int16>) {
        var (x, p, square, same) = (Int64(0), Int64(0), Int64(0), Int64(0))
        let lag = 2 * Self.lag
        var index = 0
        while index &+ 1 < words.count {
            let (a, b) = (words[index], words[index &+ 1])
            x &+= Int64(a)
            p &+= Int64(b)
            square &+= Int64(Int32(a) &* Int32(a)) &+ Int64(Int32(b) &* Int32(b))
            if index >= lag, words[index &- lag] == a, words[index &- lag &+ 1] == b { same &+= 1 }
            index &+= 2
        }
        symbols += Int64(words.count / 2)
        repeats += same
        sumX += x
        sumP += p
        squares += square
    }

    /// The variance of one quadrature about 0, LSB².
    public var meanSquare: Double { Double(squares) / Double(2 * symbols) }

    /// The larger of both means, standard normal for words of mean 0.
    public var meanScore: Double {
        let scale = (Double(symbols) * meanSquare).squareRoot()
        let (x, p) = (Double(sumX) / scale, Double(sumP) / scale)
        return abs(x) > abs(p) ? x : p
    }

    /// Coincidences that independent Gaussian words of this variance would have at one distance: each quadrature agrees
    /// with probability 1/(2σ√π).
    public var expectedRepeats: Double {
        Double(symbols) / (4 * .pi * meanSquare)
    }
}
