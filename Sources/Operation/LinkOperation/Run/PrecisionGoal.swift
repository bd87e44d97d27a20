public import LinkControl
public import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// Standard deviations at which a session has shown enough; nil for one that does not matter.
public struct PrecisionGoal: Sendable, Hashable {
    /// Of ξ̂_in, SNU.
    public var excessNoise: Double?
    /// Of T̂, as a part of T̂.
    public var transmittance: Double?

    /// A goal; nil if neither matters.
    public init?(excessNoise: Double?, transmittance: Double?) {
        guard excessNoise != nil || transmittance != nil else { return nil }
        self.excessNoise = excessNoise
        self.transmittance = transmittance
    }

    /// Whether an estimate is as precise; one that does not exist is not.
    public func isReached(by health: LinkHealth?) -> Bool {
        guard let health else { return false }
        if let excessNoise, !(health.excessNoise.sigma.value <= excessNoise) { return false }
        let relative = health.transmittance.sigma.value / abs(health.transmittance.value.value)
        if let transmittance, !(relative <= transmittance) { return false }
        return true
    }
}

/// Why a session can never be as precise as was asked for.
public enum PrecisionObstacle: Sendable, Hashable, CustomStringConvertible {
    /// The plan has no vacuum slots: without N0 there is no estimate.
    case noVacuumPlanned
    /// The plan has no training slots.
    case noTrainingPlanned
    /// Vacuum was planned, and Bob's unit makes none.
    case noVacuum
    /// Training was planned, and none comes.
    case noTraining
    /// V_off is known to no better than this part of N0, and no dark slots improve it: σ(T)/T stays above.
    case electronicNoise(relative: Double, goal: Double)

    /// Why, in a sentence.
    public var description: String {
        switch self {
        case .noVacuumPlanned: "a session without vacuum slots has no estimate, and never becomes precise"
        case .noTrainingPlanned: "a session without training slots has no estimate, and never becomes precise"
        case .noVacuum: "Bob's unit makes no vacuum, so there is no estimate, and it never becomes precise"
        case .noTraining: "no training comes, so there is no estimate, and it never becomes precise"
        case .electronicNoise(let relative, let goal):
            "the electronic noise from before the session is known to \(Self.text(relative)) of the shot noise; σ(T)/T stays above that, and \(Self.text(goal)) is asked for"
        }
    }

    private static func text(_ value: Double) -> String {
        var scale = 1.0
        while abs(value) * scale < 10, scale < 1e12 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}

extension PrecisionGoal {
    /// What keeps a plan from ever being as precise; nil if nothing is known to.
    public func obstacle(_ plan: LinkPlan) -> PrecisionObstacle? {
        if !(plan.vacuumFraction > 0) { return .noVacuumPlanned }
        return plan.trainingFraction > 0 ? nil : .noTrainingPlanned
    }

    /// The same of a session that runs, as far as it shows.
    func obstacle(_ report: LinkReport, _ plan: LinkPlan) -> PrecisionObstacle? {
        let slots = Double(max(report.alice.nextSymbol, report.bob.nextSymbol)) / Double(max(1, plan.symbolsPerFrame))
        if report.vacuumSamples == 0, slots * plan.vacuumFraction >= KeyEvidence.dueWhileRunning { return .noVacuum }
        let anyTraining = report.bob.symbols(.training) > 0 && report.bob.disclosedSymbols > 0
        if !anyTraining, slots * plan.trainingFraction >= KeyEvidence.dueWhileRunning { return .noTraining }
        guard let transmittance, plan.darkFraction == 0, let health = report.health else { return nil }
        // T̂ goes with 1/N0, and of N0 = V_on − V_off only V_on becomes better known while there are no dark slots.
        let relative = health.darkVariance.sigma.value / health.shotNoise.value.value
        return relative > transmittance ? .electronicNoise(relative: relative, goal: transmittance) : nil
    }
}
