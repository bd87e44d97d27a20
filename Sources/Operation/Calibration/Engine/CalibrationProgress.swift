/// How far a calibration is.
public struct CalibrationProgress: Sendable {
    /// Number of the phase, from 1.
    public var phase: Int
    /// Phases in all.
    public var phases: Int
    /// The phase's title.
    public var title: String
    /// How far the phase is, 0 … 1.
    public var fraction: Double
    /// What it is doing just now; empty if there is nothing to add.
    public var detail: String
    /// Expected time to the end of the procedure, s.
    public var remainingSeconds: Double
}

/// Where the remaining time comes from: what the rest was planned to take, and what this phase has shown so far.
struct RemainingTime: Sendable {
    let plans: [PhasePlan]

    /// Seconds to the end, `elapsed` s into phase `index` with `fraction` of it done. Past a tenth of a phase its own pace
    /// is better knowledge than the plan.
    func seconds(phase index: Int, fraction: Double, elapsed: Double) -> Double {
        let later = plans.dropFirst(index + 1).reduce(0) { $0 + $1.seconds }
        let planned = plans[index].seconds * (1 - fraction)
        return later + (fraction > 0.1 ? elapsed * (1 - fraction) / fraction : planned)
    }
}
