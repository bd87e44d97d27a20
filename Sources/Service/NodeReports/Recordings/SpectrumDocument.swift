internal import QuadratureAnalysis
public import SignalAnalysis

/// Spectra of a receiver's noise. Densities in LSB²/Hz, one-sided.
public struct SpectrumDocument: Codable, Sendable, Hashable {
    /// Frequencies over which densities are averaged.
    public struct Band: Codable, Sendable, Hashable {
        /// Hz, or parts of the sample rate.
        public var from: Double
        /// The other end.
        public var to: Double
        /// V_on, or the only one.
        public var on: Density
        /// V_off.
        public var off: Density?
        /// V_on − V_off.
        public var difference: Density?
        /// V_on/V_off, dB.
        public var clearanceDecibels: Density?

        init(_ band: SpectrumResult.Band) {
            (from, to, on) = (band.from, band.to, Density(band.on))
            off = band.off.map(Density.init)
            difference = band.difference.map(Density.init)
            clearanceDecibels = band.clearanceDecibels.map(Density.init)
        }
    }

    /// A mean over a band with its σ.
    public struct Density: Codable, Sendable, Hashable {
        /// The mean; absent if it is not a number.
        public var value: Double?
        /// One standard deviation.
        public var sigma: Double?

        init(_ density: SpectrumResult.Density) { (value, sigma) = (density.value.finite, density.sigma.finite) }
    }

    /// What was measured, by name.
    public var files: [String]
    /// Hz; absent if no recording says, and then frequencies are parts of it.
    public var sampleRate: Double?
    /// Quadratures whose densities were averaged.
    public var quadratures: Int
    /// Window of the segments.
    public var window = "hann"
    /// Densities of one side, from 0 to half the sample rate.
    public var sides = 1
    /// Of the segments.
    public var overlap = 0.5
    /// Samples of a segment.
    public var segmentLength: Int
    /// Hz between frequencies.
    public var resolution: Double
    /// Segments that were averaged.
    public var segments: Int64
    /// The same of V_off.
    public var offSegments: Int64?
    /// The integral, LSB².
    public var power: Double?
    /// The same of V_off.
    public var offPower: Double?
    /// Means over bands.
    public var bands: [Band]
    /// Of each bin.
    public var frequencies: [Double]
    /// V_on, or the only one, of each bin.
    public var on: [Double?]
    /// V_off of each bin.
    public var off: [Double?]?
    /// What a person should know before the numbers.
    public var warnings: [String]

    /// The document of a spectrum, averaged over so many bands too.
    public init(_ result: SpectrumResult, bands count: Int) {
        files = result.names
        sampleRate = result.sampleRate
        quadratures = result.detection.samplesPerSymbol
        segmentLength = result.length
        resolution = result.on.binWidth
        segments = result.on.segments
        offSegments = result.off?.segments
        power = result.on.power.finite
        offPower = result.off?.power.finite
        bands = result.bands(count).map(Band.init)
        frequencies = result.on.density.indices.map(result.on.frequency)
        on = result.on.density.map(\.finite)
        off = result.off?.density.map(\.finite)
        warnings = result.remarks.map(\.description)
    }
}
