public import CalibrationRecords

/// An earlier step that may be the reason for what a later one found.
public struct SuspectedStep: Sendable, Hashable, CustomStringConvertible {
    /// The step that may be wrong.
    public var step: CommissioningStep
    /// What the later step was compared with, or planned by, and where that came from.
    public var basis: String
    /// Loss that the later step found, dB; nil if it found none.
    public var found: Double?
    /// What was accepted in that step, though something spoke against it.
    public var accepted: [String]

    /// One or two sentences for a person.
    public var description: String {
        "It rests on step \(step.rawValue): \(basis)"
            + (found.map { "; the link showed \(FibreMeasurement.text($0)) dB" } ?? "")
            + (accepted.isEmpty ? "" : " (\(accepted.joined(separator: "; ")))")
    }
}

extension CommissioningChecklist {
    /// The step that what a later one found, or could not find, speaks against: the fibre, if the pair shows another loss, or
    /// shows nothing on a loss that was doubted. Nil if nothing points there.
    public func suspect(for step: CommissioningStep, _ record: CalibrationRecord?) -> SuspectedStep? {
        guard step.needsFibre, let fibre = self[.fibre].record else { return nil }
        let accepted = fibre.remarks.filter { $0.hasPrefix("accepted by ") }
        let change = record?.measurement("lossChange")
        let isAnotherLoss = change?.outcome == .fail || change?.outcome == .marginal
        // A step that ended without a record, or without an estimate, has shown no loss at all.
        let showsNothing = record.map { step == .pair && $0.measurement("transmittance") == nil } ?? true
        guard isAnotherLoss || showsNothing else { return nil }
        return SuspectedStep(
            step: .fibre, basis: FibreMeasurement.origin(of: fibre), found: record?.measurement("loss")?.value,
            accepted: accepted)
    }
}
