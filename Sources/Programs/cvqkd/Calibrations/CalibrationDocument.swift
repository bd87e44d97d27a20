import Calibration
import CalibrationRecords
import LinkControl
import UnitControl

/// A finished calibration for scripts.
struct CalibrationDocument: Encodable {
    /// `pass`, `marginal`, `fail`, `incomplete`.
    let outcome: String
    /// The whole record.
    let record: CalibrationRecord
    /// The file that it was written to.
    let output: String?

    /// Its name in the station's store: SHA-256 of its bytes; null if it was not stored.
    let name: String?

    /// Against the dossier of the installation; null without a dossier, or if it was not stored.
    let comparison: DossierComparisonDocument?

    /// Calibrations of the same units that are due; null if it was not stored.
    let due: [RecalibrationReason]?

    init(_ record: CalibrationRecord, _ stored: StoredRecord?, _ followUp: CalibrationFollowUp?, output: String?) {
        name = stored?.name
        comparison = followUp?.comparison
        due = followUp?.due
        outcome = record.outcome.rawValue
        self.record = record
        self.output = output
    }
}

/// A plan for scripts.
struct CalibrationPlanDocument: Encodable {
    struct Phase: Encodable {
        let name: String
        let title: String
        let samples: Int64
        let seconds: Double
    }

    let procedure: String
    let units: [String]
    let phases: [Phase]
    let samples: Int64
    let seconds: Double

    init<Notes>(_ procedure: Procedure<Notes>) {
        self.procedure = procedure.kind.rawValue
        units = procedure.ends.map(\.identity.serial)
        phases = procedure.plans.map { Phase(name: $0.name, title: $0.title, samples: $0.samples, seconds: $0.seconds) }
        samples = procedure.samples
        seconds = procedure.seconds
    }
}
