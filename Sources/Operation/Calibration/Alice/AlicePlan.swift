internal import UnitControl
internal import UnitProtocol

/// How much a calibration of a transmitter takes.
public struct AlicePlan: Sendable, Hashable {
    /// V_A of the regression, SNU; nil for 5, or the unit's maximum if that is less.
    public var modulationVariance: Double?
    /// Attenuations of the regression above the unit's lowest, dB; those out of range are left out.
    public var attenuations: [Double] = [0, 2, 4, 6, 8, 10]
    /// Readings of the telemetry for each mean, at least 3.
    public var readings = 12
    /// Words captured for the plausibility of Alice's random numbers, x and p together.
    public var words: UInt32 = 131_072
    /// Longest warm-up, s; nil for twice what the unit states, plus 10 s.
    public var warmUpLimit: Double?

    /// The defaults.
    public init() {}

    /// Readings of a mean, at most: 20 minutes.
    public static let mostReadings = 10_000
    /// Seconds between two readings: a unit samples its telemetry ten times a second.
    static let interval = 0.12
    /// A unit that shows nothing new for so long has no more readings.
    static let longestSilence: Duration = .seconds(5)
    /// Seconds that one mean takes.
    var meanSeconds: Double { Double(readings) * Self.interval }

    func check(_ capabilities: Capabilities) throws(CalibrationFailure) {
        guard readings >= 3 else { throw .badPlan("\(readings) readings have no scatter: 3 are the least") }
        guard readings <= Self.mostReadings else {
            throw .badPlan("\(readings) readings are too many: \(Self.mostReadings) are the most")
        }
        guard words >= 1_000 else { throw .badPlan("\(words) words are too few: 1000 are the least") }
        guard set(capabilities).count >= 3 else {
            throw .badPlan("a regression over the attenuation needs three settings that the unit can do")
        }
        let variance = variance(capabilities)
        guard variance > 0, variance <= capabilities.maximumModulationVariance else {
            throw .badPlan(
                "the modulation variance \(variance) SNU is outside Alice's range up to \(capabilities.maximumModulationVariance) SNU"
            )
        }
    }

    func variance(_ capabilities: Capabilities) -> Double {
        modulationVariance ?? min(LightSetting.defaultModulationVariance, capabilities.maximumModulationVariance)
    }

    /// Settings of the attenuator, dB.
    func set(_ capabilities: Capabilities) -> [Double] {
        attenuations.map { $0 + capabilities.minimumAttenuation }.filter {
            $0 >= capabilities.minimumAttenuation && $0 <= capabilities.maximumAttenuation
        }
    }
}
