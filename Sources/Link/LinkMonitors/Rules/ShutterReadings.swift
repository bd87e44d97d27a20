// The standard library has no logarithm and no Γ.
internal import Glibc
internal import QuadratureAnalysis

/// Readings of the shutter's read-back during a session, in which it moves with the slots.
///
/// A reading is taken at a time that has nothing to do with the slots, and slots are drawn at random. So a shutter that
/// moves as it is told reads back closed as often as slots are vacuum or dark; one that is stuck open never does. No
/// reading has to be assigned to a slot, which is shorter than the resolution of a reading's age.
public struct ShutterReadings: Sendable, Hashable {
    /// Readings.
    public private(set) var readings = 0
    /// Those that showed it closed and at rest.
    public private(set) var closed = 0
    /// How many should have, Σ of the part of symbols that were vacuum or dark when each was taken.
    public private(set) var expected = 0.0

    /// None.
    public init() {}

    /// Adds a reading, 1 for closed, of a time in which `share` of the symbols were vacuum or dark, guard symbols not
    /// counted among these.
    public mutating func add(_ value: Double, closedShare share: Double) {
        readings += 1
        closed += value >= 0.5 ? 1 : 0
        expected += share
    }

    /// Adds others.
    public mutating func merge(_ other: ShutterReadings) {
        readings += other.readings
        closed += other.closed
        expected += other.expected
    }

    /// P(as few closed as that). The share may differ from reading to reading; the binomial of its mean has the larger
    /// tail for counts of one below its expectation or less (Hoeffding 1956).
    var tail: Double {
        let (n, share) = (Double(readings), expected / Double(readings))
        guard share > 0, share < 1 else { return share == 0 ? 1 : closed == readings ? 1 : 0 }
        guard Double(closed) <= expected - 1 else { return 0.5 }
        return (0...closed).reduce(0) { sum, count in
            let k = Double(count)
            return sum
                + exp(
                    lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(share) + (n - k) * log1p(-share))
        }
    }

    /// The same as a standard normal score, positive for too few. 0 where the count is not suspicious.
    public var score: Double { NormalDistribution.upperQuantile(tail: min(0.5, max(tail, 1e-300))) }

    /// Whether a shutter that never reads back closed would have been found at a limit of this tail.
    public func canShow(tail: Double) -> Bool {
        let share = expected / Double(readings)
        return readings > 0 && (share >= 1 || Double(readings) * log1p(-share) <= log(tail))
    }
}
