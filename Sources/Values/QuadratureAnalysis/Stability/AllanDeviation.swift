/// The overlapping Allan deviation of an evenly spaced series (Riley, NIST SP 1065, eq. 11), at 1, 2, 4 … values:
/// σ²(mτ₀) = Σ_j(ȳ_{j+m} − ȳ_j)²/(2(M − 2m + 1)) over all M − 2m + 1 pairs of adjacent means of m values.
///
/// White noise of standard deviation s falls as s/√m, a straight drift of D per second rises as Dτ/√2, a random walk as √τ.
public struct AllanDeviation: Sendable, Hashable {
    /// The deviation at one averaging time.
    public struct Point: Sendable, Hashable {
        /// Values that are averaged, m.
        public var values: Int
        /// Averaging time τ = mτ₀, s.
        public var time: Double
        /// σ(τ), in the unit of the values.
        public var deviation: Double
        /// Independent differences that it rests on, M/2m.
        public var differences: Int

        /// Its own standard uncertainty, σ/√(2k) for k independent differences: overlapping ones do a little better.
        public var sigma: Double { deviation / (2 * Double(differences)).squareRoot() }

        /// What white noise whose single values scatter with `single` would show here.
        public func white(single: Double) -> Double { single / Double(values).squareRoot() }
    }

    /// Points of rising averaging time, as long as four independent differences are there.
    public let points: [Point]
    /// Values below which there is no deviation.
    public static let leastValues = 8

    /// Of `values` that lie `spacing` s apart.
    ///
    /// Throws `.tooFew` below `leastValues`, `.indistinct` for a spacing that is not positive, `.notFinite` for values that
    /// are not numbers, `.constant` for values that are all equal, which no measurement gives.
    public init(_ values: [Double], spacing: Double) throws(Degeneracy) {
        guard values.count >= Self.leastValues else {
            throw .tooFew(have: Int64(values.count), need: Int64(Self.leastValues))
        }
        guard spacing > 0, spacing.isFinite else { throw .indistinct }
        guard values.allSatisfy(\.isFinite) else { throw .notFinite }
        guard values.contains(where: { $0 != values[0] }) else { throw .constant }
        // About the first value: sums of large numbers would lose the digits in which the values differ.
        var cumulative = [0.0]
        for value in values { cumulative.append((cumulative.last ?? 0) + (value - values[0])) }
        var points: [Point] = []
        var size = 1
        while values.count / (2 * size) >= 4 {
            let count = values.count - 2 * size + 1
            let sum = (0..<count).reduce(0.0) { sum, start in
                let before = cumulative[start + size] - cumulative[start]
                let after = cumulative[start + 2 * size] - cumulative[start + size]
                let difference = (after - before) / Double(size)
                return sum + difference * difference
            }
            points.append(
                Point(
                    values: size, time: Double(size) * spacing, deviation: (sum / Double(2 * count)).squareRoot(),
                    differences: values.count / (2 * size)))
            size *= 2
        }
        self.points = points
    }
}
