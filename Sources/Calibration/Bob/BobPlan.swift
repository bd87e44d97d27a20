internal import UnitProtocol

/// How much a calibration of a receiver takes. Defaults are for real units: V_on to 1e-4 at one sigma.
public struct BobPlan: Sendable, Hashable {
    /// Dark samples per quadrature for V_off.
    public var darkSamples: UInt64 = 20_000_000
    /// Vacuum samples per quadrature for V_on.
    public var vacuumSamples: UInt64 = 100_000_000
    /// Longest warm-up, s; nil for twice what the unit states, plus 10 s.
    public var warmUpLimit: Double?

    /// The defaults.
    public init() {}

    /// Throws `.badPlan` if the unit cannot carry it out.
    func check(_ capabilities: Capabilities) throws(CalibrationFailure) {
        for (name, samples) in [("dark", darkSamples), ("vacuum", vacuumSamples)] where samples < 1_000 {
            throw .badPlan("\(samples) \(name) samples are too few: 1000 are the least")
        }
    }
}
