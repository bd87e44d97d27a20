/// What a series of V_on windows says about the time for which V_on holds.
///
/// The useful life ends where drift exceeds the statistical error of V_on (physics.md §2, after [8]). Two kinds of drift are
/// looked for: a straight one, by regression on time, and a wandering one, by Allan deviation above that of white noise.
/// What a series does not show is not proven to be absent: `provenLife` says how far it reaches.
public struct VacuumStability: Sendable {
    /// V_on of one window.
    public struct Window: Sendable, Hashable {
        /// Its middle, s of any clock.
        public var time: Double
        /// V_on.
        public var variance: Estimate<RawVariance>

        /// A window.
        public init(time: Double, variance: Estimate<RawVariance>) {
            self.time = time
            self.variance = variance
        }
    }

    /// In the order of time, evenly spaced.
    public let windows: [Window]
    /// Relative standard uncertainty of the V_on whose life is asked for.
    public let relativeUncertainty: Double
    /// Relative Allan deviation of V_on; nil for fewer than 8 windows, a clock that stands still, or
    /// variances that are all equal.
    public let allan: AllanDeviation?
    /// Relative drift of V_on, 1/s, with its σ; nil if no line can be fitted: few windows, a clock that stands still, a
    /// variance that is 0 or not a number, or all of them equal.
    public let drift: (value: Double, sigma: Double)?

    /// A straight drift counts as seen beyond this many σ: 6e-5 of quiet series show one.
    public static let driftThreshold = 4.0
    /// A wandering drift counts as seen where an Allan deviation exceeds that of white noise by this many of its own σ.
    public static let wanderThreshold = 5.0

    /// Of windows that were measured one after the other.
    public init(windows: [Window], relativeUncertainty: Double) {
        self.windows = windows
        self.relativeUncertainty = relativeUncertainty
        let times = windows.map(\.time)
        let middle = windows.reduce(0) { $0 + $1.variance.value.value } / Double(windows.count)
        let relative = windows.map { $0.variance.value.value / middle }
        guard windows.count >= AllanDeviation.leastValues, let first = times.first, let last = times.last, last > first,
            relative.allSatisfy(\.isFinite)
        else {
            (allan, drift) = (nil, nil)
            return
        }
        allan = try? AllanDeviation(relative, spacing: (last - first) / Double(windows.count - 1))
        // Equal to the last digit: nobody measured that, and it must not prove a long life.
        guard allan != nil else {
            drift = nil
            return
        }
        drift =
            (try? PolynomialFit(
                degree: 1, x: times.map { $0 - first }, y: relative, sigma: windows.map(\.variance.relativeSigma)
            )).map { ($0.coefficients[1], $0.sigma(1)) }
    }

    /// Allan deviation of white noise as large as the windows' own statistical error, point by point.
    public var white: [Double] {
        guard let allan, let single = windows.first?.variance.relativeSigma else { return [] }
        return allan.points.map { $0.white(single: single) }
    }

    /// Where drift that was seen exceeds the uncertainty of V_on, s; nil if none was seen.
    public var seenLife: Double? {
        var lives: [Double] = []
        if let drift, abs(drift.value) > Self.driftThreshold * drift.sigma {
            lives.append(relativeUncertainty / abs(drift.value))
        }
        for (point, white) in zip(allan?.points ?? [], white)
        where point.deviation > white * (1 + Self.wanderThreshold / (2 * Double(point.differences)).squareRoot()) {
            let excess = point.deviation * point.deviation - white * white
            // A random walk grows with the root of time.
            lives.append(point.time * relativeUncertainty * relativeUncertainty / excess)
        }
        return lives.min()
    }

    /// For how long the series excludes, at 3 σ, that a straight drift exceeds the uncertainty of V_on, s:
    /// u/(|D̂| + 3σ_D). About as long as the series itself took, for windows that add up to V_on's own samples; nil if no
    /// line could be fitted, which proves nothing.
    public var provenLife: Double? {
        drift.flatMap { drift in
            let life = relativeUncertainty / (abs(drift.value) + 3 * drift.sigma)
            return life.isFinite ? life : nil
        }
    }
}
