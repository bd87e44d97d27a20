// The standard library has no power function.
internal import Glibc
internal import CalibrationRecords
internal import QuadratureAnalysis

/// What a series of V_on windows says about the time for which V_on holds. Pure.
///
/// The useful life ends where drift exceeds the statistical error of V_on [physics.md §2]. Two kinds of drift are looked
/// for: a straight one, by regression on time, and a wandering one, by Allan deviation above that of white noise. What
/// a series of minutes does not show is not proven to be absent: without visible drift the policy's longest life holds.
struct StabilityEvaluation: Sendable {
    /// Longest life that a record gets, s: a day. Temperatures and people come and go in that time.
    static let longestLife = 86_400.0
    /// Shortest, s. Below it a record would expire before it is used: the receiver fails instead.
    static let shortestLife = 600.0

    let windows: [MomentWindow]
    /// Relative standard uncertainty of the record's V_on.
    let relativeUncertainty: Double

    struct AllanPoint: Sendable, Hashable {
        /// Averaging time, s.
        var time: Double
        /// Relative Allan deviation.
        var deviation: Double
        /// Of white noise of the known size.
        var white: Double
        /// Differences that it rests on.
        var pairs: Int
        /// Its own standard uncertainty.
        var sigma: Double { deviation / (2 * Double(max(1, pairs))).squareRoot() }
    }

    private var middle: Double { windows.reduce(0) { $0 + $1.moments.variance.value.value } / Double(windows.count) }
    private var relative: [Double] { windows.map { $0.moments.variance.value.value / middle } }
    private var times: [Double] { windows.map { ($0.interval.lowerBound + $0.interval.upperBound) / 2 } }

    /// Overlapping Allan deviation at 1, 2, 4 … windows, as long as four independent differences are there.
    var allan: [AllanPoint] {
        guard windows.count >= 8, let first = times.first, let last = times.last else { return [] }
        let spacing = (last - first) / Double(windows.count - 1)
        let values = relative
        let white = windows[0].moments.variance
        let single = white.sigma.value / white.value.value
        var cumulative = [0.0]
        for value in values { cumulative.append((cumulative.last ?? 0) + value) }
        var points: [AllanPoint] = []
        var size = 1
        while values.count / (2 * size) >= 4 {
            let count = values.count - 2 * size + 1
            let sum = (0..<count).reduce(0.0) { sum, start in
                let before = cumulative[start + size] - cumulative[start]
                let after = cumulative[start + 2 * size] - cumulative[start + size]
                return sum + (after - before) * (after - before) / Double(size * size)
            }
            points.append(
                AllanPoint(
                    time: Double(size) * spacing, deviation: (sum / Double(2 * count)).squareRoot(),
                    white: single / Double(size).squareRoot(), pairs: values.count / (2 * size)))
            size *= 2
        }
        return points
    }

    /// Relative drift of V_on per second.
    var drift: (value: Double, sigma: Double)? {
        let start = times.first ?? 0
        let sigma = windows.map { $0.moments.variance.sigma.value / $0.moments.variance.value.value }
        guard windows.count >= 8,
            let fit = PolynomialFit(degree: 1, x: times.map { $0 - start }, y: relative, sigma: sigma)
        else { return nil }
        return (fit.coefficients[1], fit.sigma(1))
    }

    /// Where drift that was seen exceeds the uncertainty of V_on, s; nil if none was seen.
    var seenLife: Double? {
        var lives: [Double] = []
        if let drift, abs(drift.value) > 4 * drift.sigma { lives.append(relativeUncertainty / abs(drift.value)) }
        for point in allan where point.deviation > point.white * (1 + 5 / (2 * Double(point.pairs)).squareRoot()) {
            let excess = (point.deviation * point.deviation - point.white * point.white).squareRoot()
            // A random walk grows with the root of time.
            lives.append(point.time * pow(relativeUncertainty / excess, 2))
        }
        return lives.min()
    }

    /// How long the record holds, s, and why.
    var life: (seconds: Double, reason: String) {
        guard let seen = seenLife, seen < Self.longestLife else { return (Self.longestLife, "policy") }
        return (max(seen, Self.shortestLife), "allan")
    }

    func findings(_ limits: BobLimits) -> PhaseFindings {
        let points = allan
        var findings = PhaseFindings([
            Measurement(
                "vacuumDrift", value: drift.map { $0.value * 3600 }, sigma: drift.map { $0.sigma * 3600 }, unit: "1/h"),
            Measurement("allanDeviation", value: points.last?.deviation, sigma: points.last?.sigma, unit: "1"),
            Measurement(
                "usefulLife", value: seenLife.map { min($0, Self.longestLife) } ?? Self.longestLife, unit: "s",
                limits: limits.usefulLife),
        ])
        if seenLife == nil, let first = times.first, let last = times.last {
            findings.note = "no drift seen in \(Int((last - first).rounded())) s; the life is the policy's"
        }
        findings.curves = [
            CalibrationRecord.Curve(
                name: "allan", xLabel: "averaging time / s", yLabel: "relative Allan deviation of V_on",
                x: points.map(\.time), y: points.map(\.deviation), sigma: points.map(\.sigma)),
            CalibrationRecord.Curve(
                name: "allanWhite", xLabel: "averaging time / s", yLabel: "relative Allan deviation of V_on",
                x: points.map(\.time), y: points.map(\.white)),
        ]
        return findings
    }
}
