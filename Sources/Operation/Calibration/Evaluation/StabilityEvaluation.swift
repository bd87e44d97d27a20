internal import CalibrationRecords
internal import QuadratureAnalysis

/// What a series of V_on windows means for a record: how long it holds, and why. Pure.
///
/// Without visible drift the policy's longest life holds, although minutes of measurement prove minutes only (`provenLife`
/// is in the record): temperature and power windows and the vacuum slots of every session watch the rest. Without a
/// fit there is no ground for a day, and the record gets the shortest life.
struct StabilityEvaluation: Sendable {
    /// Longest life that a record gets, s: a day. Temperatures and people come and go in that time.
    static let longestLife = 86_400.0
    /// Shortest, s. Below it a record would expire before it is used: the receiver fails instead.
    static let shortestLife = 600.0

    let stability: VacuumStability
    /// From the first window's beginning to the last one's end, s.
    private let span: Double

    /// - Parameter relativeUncertainty: that of the record's V_on.
    init(windows: [MomentWindow], relativeUncertainty: Double) {
        stability = VacuumStability(
            windows: windows.map { window in
                VacuumStability.Window(
                    time: (window.interval.lowerBound + window.interval.upperBound) / 2,
                    variance: window.moments.variance)
            }, relativeUncertainty: relativeUncertainty)
        span = (windows.last?.interval.upperBound ?? 0) - (windows.first?.interval.lowerBound ?? 0)
    }

    /// What decides how long the record holds.
    enum Reason: String, Sendable {
        /// Drift that was seen exceeds the statistical error of V_on then.
        case allan
        /// No drift was seen.
        case policy
        /// Whether V_on drifts could not be told.
        case unknownDrift
    }

    /// How long the record holds, s, and why.
    var life: (seconds: Double, reason: Reason) {
        guard stability.provenLife != nil else { return (Self.shortestLife, .unknownDrift) }
        guard let seen = stability.seenLife, seen < Self.longestLife else { return (Self.longestLife, .policy) }
        return (max(seen, Self.shortestLife), .allan)
    }

    func findings(_ limits: BobLimits) -> PhaseFindings {
        let (points, drift) = (stability.allan?.points ?? [], stability.drift)
        // The life that was found is judged, not the one that the record gets: below the shortest it fails.
        let found = life.reason == .allan ? stability.seenLife : life.seconds
        var findings = PhaseFindings([
            RecordedMeasurement(
                "vacuumDrift", value: drift.map { $0.value * 3600 }, sigma: drift.map { $0.sigma * 3600 }, unit: "1/h"),
            RecordedMeasurement("allanDeviation", value: points.last?.deviation, sigma: points.last?.sigma, unit: "1"),
            RecordedMeasurement(
                "usefulLife", value: found, unit: "s", source: life.reason == .allan ? .measured : .policy,
                limits: limits.usefulLife),
            RecordedMeasurement("provenLife", value: stability.provenLife, unit: "s"),
        ])
        switch life.reason {
        case .allan: break
        case .policy:
            findings.note =
                "no drift seen in \(Int(span.rounded())) s; the life is the policy's"
                + (stability.provenLife.map { ", these samples prove \(Int($0)) s" } ?? "")
        case .unknownDrift:
            findings.note =
                "no drift could be fitted (too few windows, or a clock that stands still): the shortest life"
        }
        findings.curves = [
            CalibrationRecord.Curve(
                name: "allan", xLabel: "averaging time / s", yLabel: "relative Allan deviation of V_on",
                x: points.map(\.time), y: points.map(\.deviation), sigma: points.map(\.sigma)),
            CalibrationRecord.Curve(
                name: "allanWhite", xLabel: "averaging time / s", yLabel: "relative Allan deviation of V_on",
                x: points.map(\.time), y: stability.white),
        ]
        return findings
    }
}
