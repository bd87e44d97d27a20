public import ExternalInstruments

/// An optical power with its uncertainty: W, m.
public struct PowerReadingDocument: Codable, Sendable, Hashable {
    /// Standard uncertainties, W.
    public struct Uncertainty: Codable, Sendable, Hashable {
        /// From the scatter of the readings.
        public var scatter: Double
        /// From the meter's limit of error; absent if nobody stated it.
        public var meter: Double?
        /// Both together; absent if nobody stated the meter's.
        public var sigma: Double?
    }

    /// Mean.
    public var power: Double
    /// dBm; absent for a power that has no logarithm.
    public var decibelMilliwatts: Double?
    /// Of the mean.
    public var uncertainty: Uncertainty
    /// How many.
    public var readings: Int
    /// That the meter corrected for.
    public var wavelength: Double
    /// What the meter says that it is.
    public var instrument: String

    /// The document of a reading; `isAccuracyKnown` is whether somebody stated the meter's limit of error.
    public init(_ reading: PowerReading, isAccuracyKnown: Bool) {
        power = reading.power
        decibelMilliwatts = reading.decibelMilliwatts
        uncertainty = Uncertainty(
            scatter: reading.sigmaOfScatter, meter: isAccuracyKnown ? reading.sigmaOfMeter : nil,
            sigma: isAccuracyKnown ? reading.sigma : nil)
        readings = reading.readings
        wavelength = reading.wavelength
        instrument = reading.identification
    }
}
