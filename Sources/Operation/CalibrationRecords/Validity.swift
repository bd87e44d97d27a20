public import Foundation

/// How long, and under what conditions, a record holds.
public struct Validity: Codable, Sendable, Hashable {
    /// Longest life of any calibration, s: a year. What states more has not been measured.
    public static let longestLife = 366 * 86_400.0

    /// Not valid from then on.
    public var expires: Date
    /// What decided `expires`: `allan` (drift exceeds the statistical error), `policy` (no drift was seen, or
    /// none is looked for), `unknownDrift` (whether there is drift could not be told: the shortest life).
    public var reason: String
    /// Windows that telemetry must stay in.
    public var windows: [Window]
    /// Firmware that the record holds for, by serial number.
    public var firmware: [String: String]

    /// A validity.
    public init(expires: Date, reason: String, windows: [Window], firmware: [String: String]) {
        self.expires = expires
        self.reason = reason
        self.windows = windows
        self.firmware = firmware
    }

    /// A range of one telemetry quantity of one unit.
    public struct Window: Codable, Sendable, Hashable {
        /// Serial number.
        public var unit: String
        /// Name from the catalogue: `detector_temperature`, `local_oscillator_power`.
        public var quantity: String
        /// SI unit.
        public var unitOfMeasure: String
        /// Lowest value, inclusive.
        public var minimum: Double
        /// Highest value, inclusive.
        public var maximum: Double

        /// A window.
        public init(unit: String, quantity: String, unitOfMeasure: String, minimum: Double, maximum: Double) {
            self.unit = unit
            self.quantity = quantity
            self.unitOfMeasure = unitOfMeasure
            self.minimum = minimum
            self.maximum = maximum
        }
    }
}
