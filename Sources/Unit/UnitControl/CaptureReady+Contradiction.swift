internal import UnitProtocol

extension CaptureReady {
    /// Rates that are measured may differ from stated ones by this much.
    private static let rateTolerance = 1e-3

    /// Why this cannot be the answer to a request for so many samples of such a unit; nil if it can. `rate` is the symbol
    /// rate that samples are taken at now, if it is known.
    func contradiction(
        samples: UInt32, of capabilities: Capabilities, role: UnitRole, rate: Double?
    ) -> String? {
        guard sampleCount == samples else { return "\(sampleCount) samples, \(samples) were asked for" }
        let wanted: SampleFormat = role == .bob && capabilities.detection == .homodyne ? .x16 : .xp16
        guard format == wanted else { return "samples of format \(format), \(wanted) belongs to the unit" }
        let range = capabilities.minimumSymbolRate...capabilities.maximumSymbolRate
        guard sampleRate.isFinite, sampleRate > 0, sampleRate <= range.upperBound * (1 + Self.rateTolerance) else {
            return "a sample rate of \(sampleRate) Hz, the unit's highest is \(range.upperBound) Hz"
        }
        if let rate, abs(sampleRate - rate) > Self.rateTolerance * rate {
            return "a sample rate of \(sampleRate) Hz, symbols are taken at \(rate) Hz"
        }
        return nil
    }
}
