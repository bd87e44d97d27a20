public import CalibrationRecords
internal import Foundation

/// A calibration before it is carried out: ordered phases on named units. A value: it can be shown, compared, and tried on
/// other units.
public struct Procedure<Notes: Sendable>: Sendable {
    /// What the record will call it.
    public let kind: CalibrationRecord.Procedure
    /// The units; the first is the one whose chain the record joins (of a pair: Bob).
    public let ends: [any CalibratedEnd]
    /// The steps in order.
    public let phases: [CalibrationPhase<Notes>]
    /// What is known before the first step.
    let notes: Notes
    /// Method of the shot-noise evaluation, if any.
    let shotNoiseMethod: String?
    /// What whoever begins it should know: how the plan differs from what was asked.
    public var remarks: [String] = []
    /// What holds of the whole record, once every phase is done.
    let conclude: @Sendable (Notes, ConcludedPhases) -> Conclusion

    /// Expected duration, s.
    public var seconds: Double { phases.reduce(0) { $0 + $1.plan.seconds } }
    /// Quadrature samples to be taken.
    public var samples: Int64 { phases.reduce(0) { $0 + $1.plan.samples } }
    /// What each step intends.
    public var plans: [PhasePlan] { phases.map(\.plan) }
}

/// What a procedure ends with, for its conclusion.
struct ConcludedPhases: Sendable {
    var phases: [CalibrationRecord.Phase]
    var conditions: [CalibrationRecord.Condition]
    var units: [CalibrationRecord.UnitDescription]
    var ended: Date
}

/// What follows from all phases together.
struct Conclusion: Sendable {
    var validity: Validity?
    var remarks: [String] = []
}
