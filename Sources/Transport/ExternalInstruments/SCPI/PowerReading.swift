internal import Glibc

/// An optical power with both kinds of uncertainty (GUM: A from scatter, B from what the maker states).
public struct PowerReading: Sendable, Hashable {
    /// Mean, W.
    public let power: Double
    /// Standard uncertainty of the mean from the scatter of the readings, W (evaluation A).
    public let sigmaOfScatter: Double
    /// Standard uncertainty from the meter's stated limit of error, W: limit / √3, a uniform distribution (evaluation B).
    public let sigmaOfMeter: Double
    /// Readings.
    public let readings: Int
    /// Wavelength that the meter corrected for, m.
    public let wavelength: Double
    /// What the meter answered to `*IDN?`.
    public let identification: String

    /// Both together, W.
    public var sigma: Double { (sigmaOfScatter * sigmaOfScatter + sigmaOfMeter * sigmaOfMeter).squareRoot() }

    /// Power in dBm; nil for a power that has no logarithm.
    public var decibelMilliwatts: Double? { power > 0 ? 10 * log10(power / 1e-3) : nil }

    init(values: [Double], accuracy: Double, meter: PowerMeter) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        power = mean
        sigmaOfScatter = (squares / (count - 1) / count).squareRoot()
        sigmaOfMeter = abs(mean) * accuracy / 3.0.squareRoot()
        readings = values.count
        wavelength = meter.wavelength
        identification = meter.identification
    }
}
