import Glibc
import QuadratureAnalysis

/// How many runs a statistical test makes, with which seeds, and what a correct program may then scatter.
///
/// `CVQKD_SEEDS` is their number (60 if it is not set; nightly 400). `CVQKD_FIRST_SEED` moves all of them: by a number, or
/// with `fresh` by one that is drawn and printed, so that the run can be repeated.
struct Seeds: CustomStringConvertible {
    static let count = max(20, getenv("CVQKD_SEEDS").flatMap { Int(String(cString: $0)) } ?? 60)

    static let shift: UInt64 = {
        guard let words = getenv("CVQKD_FIRST_SEED").map({ String(cString: $0) }) else { return 0 }
        let shift = UInt64(words) ?? .random(in: 0..<(1 << 40))
        print("seeds are moved: CVQKD_SEEDS=\(count) CVQKD_FIRST_SEED=\(shift) repeats this run")
        return shift
    }()

    let range: Range<UInt64>

    /// Those from `first`, of which no other case uses the next thousand.
    init(from first: UInt64) {
        let first = first + Self.shift
        range = first..<(first + UInt64(Self.count))
    }

    var description: String { "seeds \(range)" }
}

/// What may come out by chance, and with which probability worse does. The same formulas for every number of runs.
enum Chance {
    /// The root mean square of so many standard normal deviates leaves this range to either side with probability `tail`:
    /// count·rms² is χ², whose cube root is nearly normal (Wilson and Hilferty). 0.85…1.15 for 400 at 1e-5.
    static func rootMeanSquares(of count: Int, tail: Double) -> ClosedRange<Double> {
        let variance = 2 / (9 * Double(count))
        let reach = NormalDistribution.upperQuantile(tail: tail) * variance.squareRoot()
        return pow(1 - variance - reach, 1.5)...pow(1 - variance + reach, 1.5)
    }

    /// Their mean exceeds this with probability `tail`. 0.24 for 300 at 1.6e-5.
    static func mean(of count: Int, tail: Double) -> Double {
        NormalDistribution.upperQuantile(tail: tail) / Double(count).squareRoot()
    }

    /// More than so many of `count` events that happen with `probability` come with at most `tail`.
    static func most(of count: Int, probability: Double, tail: Double) -> Int {
        (0..<count).first { atLeast($0 + 1, of: count, probability) <= tail } ?? count
    }

    /// Fewer than so many come with at most `tail`.
    static func least(of count: Int, probability: Double, tail: Double) -> Int {
        (0...count).last { 1 - atLeast($0, of: count, probability) <= tail } ?? 0
    }

    /// The binomial tail, summed from the small end of each side that is asked for.
    private static func atLeast(_ events: Int, of count: Int, _ probability: Double) -> Double {
        var mass = pow(1 - probability, Double(count))
        var (below, above) = (0.0, 0.0)
        for k in 0...count {
            if k < events { below += mass } else { above += mass }
            mass *= Double(count - k) / Double(k + 1) * probability / (1 - probability)
        }
        return above / (below + above)
    }
}
