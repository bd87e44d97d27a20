// The standard library has no logarithm.
import Glibc

/// A block that privacy amplification works on, and how sure one wants to be of it.
public struct KeyBlock: Sendable, Hashable {
    /// N: all slots; signal, estimation, vacuum, training, guard.
    public let symbols: Int64
    /// n: the symbols that key is made of.
    public let keySymbols: Int64
    /// ε of each term: parameter estimation, smoothing (ε̄), privacy amplification (ε_PA).
    public let failureProbability: FailureProbability
    /// FER: the share of blocks that reconciliation gives up.
    public let frameErrorRate: Double

    /// A block; 1 ≤ n ≤ N, 0 ≤ FER ≤ 1.
    public init(
        symbols: Int64, keySymbols: Int64, failureProbability: FailureProbability, frameErrorRate: Double = 0
    ) throws(KeyRateFailure) {
        _ = try Double(symbols).checked(.blockSize) { $0 >= 2 && $0 <= 9e15 }
        _ = try Double(keySymbols).checked(.keySymbols) { $0 >= 1 && $0 <= Double(symbols) }
        self.symbols = symbols
        self.keySymbols = keySymbols
        self.failureProbability = failureProbability
        self.frameErrorRate = try frameErrorRate.checked(.frameErrorRate) { $0 >= 0 && $0 <= 1 }
    }

    /// Δ(n) = 7√(log2(2/ε̄)/n) + (2/n) log2(1/ε_PA), Leverrier 2010 [4].
    public var finiteSizeCorrection: BitsPerSymbol {
        let n = Double(keySymbols)
        let epsilon = failureProbability.value
        return BitsPerSymbol(7 * ((1 - log2(epsilon)) / n).squareRoot() - 2 * log2(epsilon) / n)
    }

    /// (n/N)(1 − FER): the share of the slots that end as key.
    public var yield: Double { Double(keySymbols) / Double(symbols) * (1 - frameErrorRate) }
}
