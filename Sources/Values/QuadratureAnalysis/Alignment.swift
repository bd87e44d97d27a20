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
