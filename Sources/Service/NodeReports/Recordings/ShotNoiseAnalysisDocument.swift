internal import QuadratureAnalysis
internal import SignalRecordings
public import SignalAnalysis

/// Shot noise from recordings of electronic noise and vacuum. Variances in LSB², electronic noise in SNU.
public struct ShotNoiseAnalysisDocument: Codable, Sendable, Hashable {
    /// A recording, and what its samples look like.
    public struct Recording: Codable, Sendable, Hashable {
        /// Its files, without what follows the name.
        public var file: String
        /// What it says that it holds.
        public var kind: String?
        /// The unit that it comes from.
        public var unitSerial: String?
        /// Symbols in it.
        public var symbols: Int64
        /// Symbols that are declared lost.
        public var missingSymbols: Int64
        /// W.
        public var localOscillatorPower: Double?
        /// Its quadratures, or its only channel.
        public var channels: [Channel]
        /// So many of its samples count as one.
        public var correlationInflation: Double

        init(_ reading: ReceiverReading) {
            file = reading.name
            kind = reading.metadata.kind?.rawValue
            unitSerial = reading.metadata.unitSerial
            symbols = reading.symbols
            missingSymbols = reading.metadata.missingSymbols
            localOscillatorPower = reading.metadata.localOscillatorPower
            channels = zip(["x", "p"], zip(reading.channels, reading.statistics)).map {
                Channel(name: $0, moments: $1.0, statistics: $1.1)
            }
            correlationInflation = reading.correlation.inflation
        }
    }

    /// A quadrature, or the only channel.
    public struct Channel: Codable, Sendable, Hashable {
        /// `x` or `p`.
        public var name: String
        /// LSB.
        public var mean: EstimateValue
        /// About the mean, LSB².
        public var variance: EstimateValue
        /// 0 for Gaussian samples.
        public var skewness: EstimateValue
        /// 3 for Gaussian samples.
        public var kurtosis: EstimateValue
        /// ρ_1, ρ_2, …
        public var correlations: [Double?]
        /// At or beyond the ends of the converter.
        public var clippedSamples: Int64

        init(name: String, moments: QuadratureMoments, statistics: SampleStatistics) {
            self.name = name
            let variance = moments.variance.value
            mean = EstimateValue(
                Estimate(
                    Ratio(moments.mean), sigma: Ratio((variance / Double(moments.samples)).squareRoot()),
                    samples: moments.samples))
            mean.unit = "LSB"
            self.variance = EstimateValue(
                Estimate(
                    moments.variance, sigma: RawVariance(variance * (2 / Double(moments.samples - 1)).squareRoot()),
                    samples: moments.samples))
            skewness = EstimateValue(statistics.skewness)
            kurtosis = EstimateValue(statistics.kurtosis)
            correlations = statistics.correlations.map(\.finite)
            clippedSamples = moments.clipped
        }
    }

    /// `two-time` or `one-time`.
    public var method: String
    /// V_off; null for a one-time evaluation without it, like the two that follow from it.
    @ExplicitNull public var electronicVariance: EstimateValue?
    /// V_on.
    public var vacuumVariance: EstimateValue
    /// N0.
    public var shotNoiseVariance: EstimateValue
    /// v_el.
    @ExplicitNull public var electronicNoise: EstimateValue?
    /// V_on/V_off.
    @ExplicitNull public var clearanceDecibels: EstimateValue?
    /// 1/(1 + v_el), by which a one-time evaluation lowers η.
    public var electronicEfficiency: EstimateValue?
    /// Absent if neither recording says.
    public var emulated: Bool?
    /// Electronic noise.
    public var off: Recording
    /// Vacuum.
    public var on: Recording
    /// What a person should know before the numbers.
    public var warnings: [String]

    /// The document of a receiver's recordings.
    public init(_ pair: ReceiverPair) {
        let result = pair.shotNoise
        method = result.method.rawValue
        electronicVariance = result.electronicVariance.map(EstimateValue.init)
        vacuumVariance = EstimateValue(result.vacuumVariance)
        shotNoiseVariance = EstimateValue(result.shotNoiseVariance)
        electronicNoise = result.electronicNoise.map(EstimateValue.init)
        clearanceDecibels = result.clearance.map(EstimateValue.init)
        if result.method == .oneTime { electronicEfficiency = result.electronicEfficiency.map(EstimateValue.init) }
        emulated = pair.isEmulated
        off = Recording(pair.off)
        on = Recording(pair.on)
        warnings = pair.remarks.map(\.description)
    }
}
