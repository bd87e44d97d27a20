public import CalibrationRecords
public import LinkMonitors

/// What a phase intends: shown before it starts.
public struct PhasePlan: Sendable, Hashable {
    /// Name in the record, lowerCamelCase: `electronicNoise`.
    public var name: String
    /// What it does, for a person: `V_off: local oscillator off, shutter closed`.
    public var title: String
    /// Quadrature samples that it takes; 0 if it takes none.
    public var samples: Int64
    /// How long it is expected to take, s.
    public var seconds: Double

    /// A plan.
    public init(name: String, title: String, samples: Int64 = 0, seconds: Double) {
        self.name = name
        self.title = title
        self.samples = samples
        self.seconds = seconds
    }
}

/// What a phase found: all of it goes into the record.
public struct PhaseFindings: Sendable {
    /// Numbers, judged.
    public var measurements: [RecordedMeasurement] = []
    /// Sums behind them.
    public var rawSums: [CalibrationRecord.RawSums] = []
    /// Curves.
    public var curves: [CalibrationRecord.Curve] = []
    /// Uncertainty by cause.
    public var budget: [CalibrationRecord.BudgetLine] = []
    /// Instruments that were read.
    public var instruments: [CalibrationRecord.InstrumentDescription] = []
    /// Names of records that the numbers rest on.
    public var references: [String] = []
    /// What the operator should know of this phase.
    public var note: String?
    /// What a reader of the whole record should know.
    public var remarks: [String] = []
    /// The cause that a session's monitors point to; nil if they raised nothing, or there was no session.
    public var diagnosis: LinkDiagnosis?
    /// Why the rest makes no sense, if so: the procedure ends here, with its outcome.
    public var end: String?

    /// Findings, at first these numbers only.
    public init(_ measurements: [RecordedMeasurement] = []) { self.measurements = measurements }
}

/// One step of a procedure. It leaves what later steps need in `Notes`; lights are left as the next step wants them, and
/// `CalibrationRun` puts everything back, whatever happens.
public struct CalibrationPhase<Notes: Sendable>: Sendable {
    /// What it intends.
    public let plan: PhasePlan
    /// Carries it out; tells how far it is, 0 … 1.
    let perform: @Sendable (inout Notes, PhaseProgress) async throws(CalibrationFailure) -> PhaseFindings

    init(
        _ plan: PhasePlan,
        perform: @escaping @Sendable (inout Notes, PhaseProgress) async throws(CalibrationFailure) -> PhaseFindings
    ) {
        self.plan = plan
        self.perform = perform
    }
}

/// Tells how far a phase is.
struct PhaseProgress: Sendable {
    let report: @Sendable (_ fraction: Double, _ detail: String) -> Void

    func callAsFunction(_ fraction: Double, _ detail: String = "") { report(min(1, max(0, fraction)), detail) }
}
