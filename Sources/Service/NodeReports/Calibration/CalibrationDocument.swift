public import Calibration
public import CalibrationRecords
internal import UnitControl

/// A finished calibration.
public struct CalibrationDocument: Codable, Sendable, Hashable {
    /// `pass`, `marginal`, `fail`, `incomplete`.
    public var outcome: String
    /// The whole record.
    public var record: CalibrationRecord
    /// The file that it was written to.
    public var output: String?
    /// Its name in the station's store: SHA-256 of its bytes; absent if it was not stored.
    public var name: String?
    /// With the dossier of the installation; absent without a dossier, or if it was not stored.
    public var comparison: DossierComparisonDocument?
    /// Calibrations of the same units that are due; absent if it was not stored.
    public var due: [RecalibrationReason]?

    /// The document of a record, and of what it means beside earlier ones if it was stored.
    public init(_ record: CalibrationRecord, _ stored: StoredRecord?, _ followUp: CalibrationFollowUp?, output: String?)
    {
        name = stored?.name
        comparison = followUp?.comparison
        due = followUp?.due
        outcome = record.outcome.rawValue
        self.record = record
        self.output = output
    }
}

/// What a calibration would do.
public struct CalibrationPlanDocument: Codable, Sendable, Hashable {
    /// One step.
    public struct Phase: Codable, Sendable, Hashable {
        /// Name, as records have it.
        public var name: String
        /// What it does.
        public var title: String
        /// Quadrature samples.
        public var samples: Int64
        /// s.
        public var seconds: Double
    }

    /// `bob`, `alice`, `pair`, …
    public var procedure: String
    /// Serial numbers; the first is the one whose chain the record joins.
    public var units: [String]
    /// In order.
    public var phases: [Phase]
    /// Quadrature samples in all.
    public var samples: Int64
    /// s in all.
    public var seconds: Double

    /// The document of a procedure.
    public init<Notes>(_ procedure: Procedure<Notes>) {
        self.init(
            procedure: procedure.kind, units: procedure.ends.map(\.identity.serial), plans: procedure.plans)
    }

    /// The same of its parts.
    public init(procedure: CalibrationRecord.Procedure, units: [String], plans: [PhasePlan]) {
        self.procedure = procedure.rawValue
        self.units = units
        phases = plans.map { Phase(name: $0.name, title: $0.title, samples: $0.samples, seconds: $0.seconds) }
        samples = plans.reduce(0) { $0 + $1.samples }
        seconds = plans.reduce(0) { $0 + $1.seconds }
    }
}

/// A record that is kept: a dossier, a note of maintenance.
public struct DossierDocument: Codable, Sendable, Hashable {
    /// What it says.
    public var record: CalibrationRecord
    /// Its name in the store.
    public var name: String

    /// The document of a stored record.
    public init(_ stored: StoredRecord) {
        record = stored.record
        name = stored.name
    }
}
