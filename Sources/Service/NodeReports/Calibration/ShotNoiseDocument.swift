public import CalibrationRecords

/// Shot noise of a receiver as it was measured. Variances in LSB², electronic noise in SNU.
public struct ShotNoiseDocument: Codable, Sendable, Hashable {
    /// A number with its standard uncertainty.
    public struct Figure: Codable, Sendable, Hashable {
        /// Absent if it could not be had.
        public var value: Double?
        /// One standard deviation.
        public var sigma: Double?
        /// Samples that it rests on.
        public var samples: Int64?
        /// As calibration records spell it.
        public var unit: String

        init(_ found: RecordedMeasurement) {
            (value, sigma, samples, unit) = (found.value, found.sigma, found.samples, found.unit)
        }
    }

    /// Serial number.
    public var unit: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// `two-time` or `one-time`.
    public var method: String?
    /// `pass`, `marginal`, `fail`, `incomplete`.
    public var outcome: String
    /// V_off.
    public var electronicVariance: Figure?
    /// V_on.
    public var vacuumVariance: Figure?
    /// N0.
    public var shotNoiseVariance: Figure?
    /// v_el.
    public var electronicNoise: Figure?
    /// V_on/V_off.
    public var clearanceDecibels: Figure?

    /// The document of a record.
    public init(_ record: CalibrationRecord) {
        unit = record.units.first?.serial ?? ""
        emulated = record.isEmulated
        method = record.shotNoiseMethod
        outcome = record.outcome.rawValue
        electronicVariance = record.measurement("electronicVariance").map(Figure.init)
        vacuumVariance = record.measurement("vacuumVariance").map(Figure.init)
        shotNoiseVariance = record.measurement("shotNoiseVariance").map(Figure.init)
        electronicNoise = record.measurement("electronicNoise").map(Figure.init)
        clearanceDecibels = record.measurement("clearanceDecibels").map(Figure.init)
    }
}
