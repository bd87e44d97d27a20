/// A delay that stood out of the noise.
public struct Alignment: Sendable, Hashable {
    /// Bob's symbol i carries Alice's symbol i − `delay`.
    public var delay: Int
    /// Height of the correlation peak in σ of unrelated data.
    public var significance: Double
    /// Height of the next best lag, σ.
    public var runnerUp: Double
    /// Rotation of Bob's axes against Alice's, rad, −π…π.
    public var phase: Double
}

/// A delay that stood out where another one was known: the two ends count different symbols.
public struct DelaySlip: Sendable, Hashable, CustomStringConvertible {
    /// The delay that was known, symbols.
    public var before: Int
    /// The delay that was found, symbols.
    public var found: Int
    /// Height of its correlation peak, σ of unrelated data.
    public var significance: Double
    /// Height that a lag must reach, σ.
    public var threshold: Double

    /// A delay that was found in place of another.
    public init(from before: Int, to found: Int, significance: Double, threshold: Double) {
        (self.before, self.found) = (before, found)
        (self.significance, self.threshold) = (significance, threshold)
    }

    /// By how many symbols the delay moved.
    public var symbols: Int { found - before }

    /// The fact in a sentence.
    public var description: String {
        func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        return "the delay moved by \(symbols > 0 ? "+" : "")\(symbols) symbols, from \(before) to \(found): training "
            + "correlates there with \(tenths(significance)) σ, \(tenths(threshold)) σ needed"
    }
}

/// Why no delay can be given.
public enum AlignmentFailure: Error, Hashable, CustomStringConvertible {
    /// The best lag does not reach the threshold (both in σ). Add blocks; if the significance does not grow with the
    /// symbols, the delay lies outside the window or no light arrives.
    case noPeak(best: Double, threshold: Double, symbols: Int64)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .noPeak(let best, let threshold, let symbols):
            "no delay stands out: \((best * 10).rounded() / 10) σ after \(symbols) symbols, \((threshold * 10).rounded() / 10) σ needed"
        }
    }
}
