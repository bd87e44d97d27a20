public import Foundation

/// What a calibration found: one procedure, on one unit or one pair, by one operator.
///
/// A record is a value; how it is signed, chained and stored is the business of `CalibrationStore`. Its name there is
/// the SHA-256 of its bytes as stored.
public struct CalibrationRecord: Codable, Sendable, Hashable {
    /// Version of this layout. A reader refuses a version that it does not know.
    public var version = 1
    /// What was done.
    public var procedure: Procedure
    /// Number of the record in its chain, from 0.
    public var sequence: Int
    /// Name (SHA-256) of the record before it in the chain; nil for the first.
    public var previous: String?
    /// When the procedure began.
    public var started: Date
    /// When it ended.
    public var ended: Date
    /// Who did it, as the station's configuration or the command line says.
    public var operatorName: String
    /// The station's name; its key is in the signature.
    public var station: String
    /// Version of the program.
    public var program: String
    /// The units concerned: the first is the one whose chain this is (of a pair: Bob).
    public var units: [UnitDescription]
    /// Instruments beside the units.
    public var instruments: [InstrumentDescription] = []
    /// How shot noise was evaluated: `two-time` or `one-time`; nil where none was.
    public var shotNoiseMethod: String?
    /// The steps in order.
    public var phases: [Phase]
    /// Temperatures, powers, supply rails when it began and when it ended.
    public var conditions: [Condition] = []
    /// Sums from which a stranger can recompute the variances.
    public var rawSums: [RawSums] = []
    /// Share of each cause in the uncertainty of a result.
    public var budget: [BudgetLine] = []
    /// Curves for the report.
    public var curves: [Curve] = []
    /// How long the record holds, and under which conditions.
    public var validity: Validity?
    /// The worst of the phases.
    public var outcome: Outcome
    /// What a reader should know: "emulated", "η as stated by the unit".
    public var remarks: [String] = []
    /// Names of the records and signed imports that this one rests on: of a pair, Bob's record; of a factory's values,
    /// the signed import; of a dossier, all its steps.
    public var references: [String] = []
    /// Names of damaged files that a person has set aside; nil in all other procedures.
    public var setsAside: [String]?
    /// Changes that a person has explained; nil in all other procedures.
    public var explains: [ExplainedChange]?

    /// A record; `sequence` and `previous` are given by the store when it is added.
    public init(
        procedure: Procedure, started: Date, ended: Date, operatorName: String, station: String, program: String,
        units: [UnitDescription], phases: [Phase]
    ) {
        self.procedure = procedure
        sequence = 0
        self.started = started
        self.ended = ended
        self.operatorName = operatorName
        self.station = station
        self.program = program
        self.units = units
        self.phases = phases
        outcome = phases.map(\.outcome).max() ?? .incomplete
    }

    /// A note that somebody worked on a unit: what was measured before may not hold from then on.
    public init(
        maintenance note: String, of unit: UnitDescription, by operatorName: String, at station: String,
        program: String, now: Date
    ) {
        self.init(
            procedure: .maintenance, started: now, ended: now, operatorName: operatorName, station: station,
            program: program, units: [unit], phases: [])
        outcome = .pass
        remarks = [note]
    }

    /// Whether any of the units is emulated, by its own word or by its name: such a record says nothing about hardware.
    public var isEmulated: Bool { units.contains { $0.emulated || $0.model.lowercased().contains("emulat") } }

    /// The first measurement of a name, in the order of the phases.
    public func measurement(_ name: String) -> RecordedMeasurement? {
        for phase in phases {
            if let found = phase.measurements.first(where: { $0.name == name }) { return found }
        }
        return nil
    }
}

extension CalibrationRecord {
    /// What was done.
    public enum Procedure: String, Codable, Sendable, Hashable, CaseIterable {
        /// A receiver: electronic noise, shot noise, linearity, …
        case bob
        /// A transmitter: bias, extinction, modulation variance, …
        case alice
        /// A pair on its fibre: delay, transmittance, excess noise.
        case pair
        /// A whole installation: the dossier.
        case commissioning
        /// Values measured by the maker, signed by the maker.
        case factory
        /// Somebody worked on a unit: nothing was measured, and what was measured before may not hold.
        case maintenance
        /// A person has looked at damage of the store and set it aside.
        case setAside
        /// A person has said what changed something since the commissioning.
        case explanation
    }

    /// A unit as it was.
    public struct UnitDescription: Codable, Sendable, Hashable {
        /// `alice` or `bob`.
        public var role: String
        /// Serial number.
        public var serial: String
        /// Model name.
        public var model: String
        /// Firmware version.
        public var firmware: String
        /// Whether no optics are behind it.
        public var emulated: Bool
        /// Fingerprint of all messages that the unit knows, hexadecimal.
        public var schemaFingerprint: String

        /// A unit.
        public init(
            role: String, serial: String, model: String, firmware: String, emulated: Bool, schemaFingerprint: String
        ) {
            self.role = role
            self.serial = serial
            self.model = model
            self.firmware = firmware
            self.emulated = emulated
            self.schemaFingerprint = schemaFingerprint
        }
    }

    /// An instrument beside the units, as it names itself.
    public struct InstrumentDescription: Codable, Sendable, Hashable {
        /// `powerMeter`, `otdr`.
        public var kind: String
        /// What it answered to `*IDN?`, or what the operator typed.
        public var identification: String
        /// When its own calibration ends, if known.
        public var calibrationDue: Date?

        /// An instrument.
        public init(kind: String, identification: String, calibrationDue: Date? = nil) {
            self.kind = kind
            self.identification = identification
            self.calibrationDue = calibrationDue
        }
    }

    /// One step of a procedure.
    public struct Phase: Codable, Sendable, Hashable {
        /// Name in lowerCamelCase: `electronicNoise`.
        public var name: String
        /// When it began.
        public var started: Date
        /// How long it took, s.
        public var duration: Double
        /// What it found.
        public var measurements: [RecordedMeasurement]
        /// The worst of the measurements, or `incomplete`.
        public var outcome: Outcome
        /// Why it is incomplete, or what the operator should do.
        public var note: String?

        /// A step; its outcome is the worst of its measurements', `pass` if none has limits.
        public init(
            name: String, started: Date, duration: Double, measurements: [RecordedMeasurement], note: String? = nil,
            isComplete: Bool = true
        ) {
            self.name = name
            self.started = started
            self.duration = duration
            self.measurements = measurements
            self.note = note
            outcome = isComplete ? measurements.compactMap(\.outcome).max() ?? .pass : .incomplete
        }
    }

    /// A telemetry value around the procedure.
    public struct Condition: Codable, Sendable, Hashable {
        /// Serial number of the unit that measured it.
        public var unit: String
        /// Name from the unit's catalogue.
        public var name: String
        /// SI unit.
        public var unitOfMeasure: String
        /// At the start; nil if it was unavailable or stale.
        public var atStart: Double?
        /// At the end.
        public var atEnd: Double?

        /// A condition.
        public init(unit: String, name: String, unitOfMeasure: String, atStart: Double?, atEnd: Double?) {
            self.unit = unit
            self.name = name
            self.unitOfMeasure = unitOfMeasure
            self.atStart = atStart
            self.atEnd = atEnd
        }
    }

    /// Exact sums of one quadrature under one condition, LSB.
    public struct RawSums: Codable, Sendable, Hashable {
        /// `dark`, `vacuum`, or a name of the procedure's.
        public var kind: String
        /// `x` or `p`.
        public var quadrature: String
        /// Samples.
        public var samples: Int64
        /// Σ, LSB.
        public var sum: Int64
        /// Σ², LSB².
        public var sumOfSquares: Int64
        /// Samples at or beyond a clip limit.
        public var clipped: Int64
        /// Power of the local oscillator meanwhile, W; nil if unknown.
        public var localOscillatorPower: Double?

        /// Sums.
        public init(
            kind: String, quadrature: String, samples: Int64, sum: Int64, sumOfSquares: Int64, clipped: Int64,
            localOscillatorPower: Double? = nil
        ) {
            self.kind = kind
            self.quadrature = quadrature
            self.samples = samples
            self.sum = sum
            self.sumOfSquares = sumOfSquares
            self.clipped = clipped
            self.localOscillatorPower = localOscillatorPower
        }
    }

    /// One cause in the uncertainty of a result, as in a GUM budget.
    public struct BudgetLine: Codable, Sendable, Hashable {
        /// The measurement concerned: `excessNoise`.
        public var result: String
        /// The cause: `vacuum samples`, `efficiency`.
        public var cause: String
        /// Its contribution to the result's standard uncertainty, in the result's unit.
        public var sigma: Double
        /// `A` (statistics) or `B` (other knowledge).
        public var evaluation: String

        /// A line of the budget.
        public init(result: String, cause: String, sigma: Double, evaluation: String) {
            self.result = result
            self.cause = cause
            self.sigma = sigma
            self.evaluation = evaluation
        }
    }

    /// A curve of the report.
    public struct Curve: Codable, Sendable, Hashable {
        /// `linearity`, `spectrumOff`, `spectrumOn`, `allan`, `histogram`, `excessNoise`.
        public var name: String
        /// What x is, with unit.
        public var xLabel: String
        /// What y is, with unit.
        public var yLabel: String
        /// Abscissae.
        public var x: [Double]
        /// Ordinates, as many.
        public var y: [Double]
        /// Standard uncertainties of the ordinates; empty if none are known.
        public var sigma: [Double]

        /// A curve.
        public init(name: String, xLabel: String, yLabel: String, x: [Double], y: [Double], sigma: [Double] = []) {
            self.name = name
            self.xLabel = xLabel
            self.yLabel = yLabel
            self.x = x
            self.y = y
            self.sigma = sigma
        }
    }
}
