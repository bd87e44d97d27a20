extension Capabilities {
    /// The fastest symbol rate that is believed, Hz.
    private static let highestRate = 1e12

    /// The longest settling of a shutter that is believed, s. Hosts and checks wait for it, again and again.
    private static let longestSettling = 60.0
    /// The longest warm-up that is believed, s.
    static let longestWarmUp = 86_400.0

    /// What of this no unit can be, whoever says so; nil if all can. Durations, sample counts and calibrations are computed
    /// from these figures: a rate of 0 makes a plan of days.
    public func contradiction(role: UnitRole, capabilities: CapabilitySet) -> String? {
        guard minimumSymbolRate >= 0, maximumSymbolRate >= max(1, minimumSymbolRate),
            maximumSymbolRate <= Self.highestRate
        else { return "symbol rates of \(minimumSymbolRate) to \(maximumSymbolRate) Hz, which no session can have" }
        guard warmUpTime >= 0, warmUpTime <= Self.longestWarmUp else { return "a warm-up of \(warmUpTime) s" }
        // Samples are int16.
        guard (role == .bob ? 1 : 0)...16 ~= adcBits else { return "a converter of \(adcBits) bits" }
        guard role == .bob else { return nil }
        guard detectorEfficiency > 0, detectorEfficiency <= 1 else {
            return "a detector efficiency of \(detectorEfficiency)"
        }
        guard detectorEfficiencySigma >= 0, detectorEfficiencySigma <= 1 else {
            return "a standard uncertainty of the detector efficiency of \(detectorEfficiencySigma)"
        }
        guard clipLow < clipHigh else { return "samples from \(clipLow) to \(clipHigh) LSB" }
        guard shutterSettling >= 0, shutterSettling <= Self.longestSettling else {
            return "a shutter that settles in \(shutterSettling) s"
        }
        guard maximumMomentSamples > 0 || !capabilities.contains(.moments) else {
            return "sums of no samples at all"
        }
        return nil
    }
}
