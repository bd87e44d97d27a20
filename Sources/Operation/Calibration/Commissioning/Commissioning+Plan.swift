internal import CalibrationRecords
internal import ExternalInstruments
internal import LinkControl
internal import UnitControl
internal import UnitProtocol

/// What a step of a commissioning would do.
public struct StepPlan: Sendable, Hashable {
    /// Which.
    public var step: CommissioningStep
    /// Its procedure's phases.
    public var phases: [PhasePlan]
    /// What whoever begins it should know.
    public var remarks: [String]

    /// Quadrature samples to be taken.
    public var samples: Int64 { phases.reduce(0) { $0 + $1.samples } }
    /// Expected duration without the people, s.
    public var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }
}

extension Commissioning {
    /// What is left to do. The units are asked what they can do, and nothing else; nobody is asked anything, no instrument is
    /// read, nothing is kept.
    ///
    /// Throws what makes a step impossible, so that it is known before the first.
    public func plans(_ checklist: CommissioningChecklist) async throws -> [StepPlan] {
        var plans: [StepPlan] = []
        for entry in checklist.entries where entry.state == .pending || entry.state == .begun {
            let prepared = try await prepare(entry.step, checklist)
            plans.append(StepPlan(step: entry.step, phases: prepared.plans, remarks: prepared.remarks))
        }
        return plans
    }

    /// Symbols of the session that would show a margin on the link as a record found it; nil if none would, or nothing was
    /// found.
    func symbolsForMargin(_ record: CalibrationRecord) async throws -> UInt64? {
        guard let loss = record.measurement("loss")?.value, let noise = record.measurement("excessNoise")?.value,
            let variance = record.measurement("modulationVariance")?.value
        else { return nil }
        var pair = PairPlan(symbolRate: 1)
        pair.factoryEfficiency = try archive.factoryEfficiency(of: bob.identity.serial)
        pair.modulation = try await archive.modulation(of: alice, beside: bob)
        let forecast = try PairForecast(pair, try await bob.capabilities(), modulationVariance: variance, loss: loss)
        return try forecast.leastSymbols(excessNoise: max(0, noise))
    }

    func prepareFibre() -> PreparedStep {
        PreparedStep(
            plans: [
                PhasePlan(
                    name: CommissioningStep.fibre.rawValue, title: "loss and return loss, both units disconnected",
                    seconds: 0)
            ], remarks: []
        ) { NamedFinding(record: try await measureFibre()) }
    }

    /// The fibre's loss as far as it is known: measured by the first step, else what the plan has; and where it comes from.
    func knownLoss(_ checklist: CommissioningChecklist) throws -> (value: Double, source: String)? {
        if let record = checklist[.fibre].record, let loss = record.measurement("fibreLoss"), let value = loss.value {
            return (value, FibreMeasurement.origin(of: record))
        }
        guard let known = plan.fibre.answer else { return nil }
        let fibre = try measurement(known, returnLoss: nil)
        return (fibre.loss, fibre.origin)
    }
}
