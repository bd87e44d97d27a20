// The standard library has no exponential.
internal import Glibc

/// Page's two-sided cumulative sum (1954) over standard normal scores: finds a small lasting shift sooner than any test of
/// single windows.
struct CumulativeSum: Sendable, Hashable {
    /// Each score counts less this, σ, and less the shift that the reference may have.
    static let allowance = 0.5
    /// Alarm above this, σ.
    let limit: Double
    private(set) var up = 0.0
    private(set) var down = 0.0

    /// `windowsPerAlarm` is the mean number of windows between false alarms, both sides together.
    init(windowsPerAlarm: Double) {
        limit = Self.limit(allowance: Self.allowance, windowsPerSide: 2 * windowsPerAlarm)
    }

    /// Adds a window's score and says whether the limit is exceeded; the sums then begin anew, so that each alarm is one.
    /// A score that is not a number counts as beyond.
    mutating func add(_ score: Double, shift: Double) -> Bool {
        up = max(0, up + score - shift - Self.allowance)
        down = max(0, down - score - shift - Self.allowance)
        guard !(max(up, down) <= limit) || score.isNaN else { return false }
        (up, down) = (0, 0)
        return true
    }

    /// Siegmund's approximation (1985) of the mean run length, (e^{2kb} − 2kb − 1)/2k² with b = h + 1.166, solved for h.
    static func limit(allowance k: Double, windowsPerSide: Double) -> Double {
        func runLength(_ h: Double) -> Double {
            let b = h + 1.166
            return (exp(2 * k * b) - 2 * k * b - 1) / (2 * k * k)
        }
        var (low, high) = (0.0, 100.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if runLength(middle) < windowsPerSide { low = middle } else { high = middle }
        }
        return high
    }
}
