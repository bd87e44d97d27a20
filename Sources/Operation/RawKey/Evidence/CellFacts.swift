public import QuadratureAnalysis

/// What is public of a block that this end holds.
public struct CellFacts: Sendable, Hashable {
    /// Its place in the session's grid.
    public var cell: UInt64
    /// SHA-256 over header and tag.
    public var digest: [UInt8]
    /// Kinds of all its symbols, in order.
    public var kinds: KindTable
    /// Vacuum and dark runs, in order.
    public var unlit: [UnlitRun]
    /// Clipped samples that the unit stated for its frames.
    public var clippedSamples: UInt64
    /// Frames with an unlocked clock or a reported overflow.
    public var doubtfulFrames: UInt64

    /// What is public of a block.
    public init(
        cell: UInt64, digest: [UInt8], kinds: KindTable, unlit: [UnlitRun], clippedSamples: UInt64 = 0,
        doubtfulFrames: UInt64 = 0
    ) {
        self.cell = cell
        self.digest = digest
        self.kinds = kinds
        self.unlit = unlit
        self.clippedSamples = clippedSamples
        self.doubtfulFrames = doubtfulFrames
    }
}

/// A value and its standard deviation, both in the same unit.
public struct ReferenceValue: Sendable, Hashable, Codable {
    /// The value.
    public var value: Double
    /// Its standard deviation; 0 if it is exact.
    public var sigma: Double

    /// A value.
    public init(_ value: Double, sigma: Double) {
        self.value = value
        self.sigma = sigma
    }
}

/// What Bob's vacuum is compared with: fixed before the session.
public struct ReceiverReference: Sendable, Hashable, Codable {
    /// What one channel of the receiver was measured to be.
    public struct Channel: Sendable, Hashable, Codable {
        /// V_on, LSB².
        public var vacuum: ReferenceValue
        /// V_off, LSB².
        public var electronic: ReferenceValue
        /// Mean of the vacuum, LSB.
        public var mean: Double

        /// A channel.
        public init(vacuum: ReferenceValue, electronic: ReferenceValue, mean: Double = 0) {
            self.vacuum = vacuum
            self.electronic = electronic
            self.mean = mean
        }
    }

    /// The x channel, or the only one.
    public var x: Channel
    /// The p channel of a heterodyne receiver.
    public var p: Channel?
    /// Samples that V_off rests on.
    public var electronicSamples: UInt64
    /// Power of the local oscillator as calibrated, W.
    public var localOscillatorPower: Double
    /// η.
    public var detectorEfficiency: Double
    /// T of the channel: the lower of commissioning and training.
    public var transmittance: Double

    /// A receiver and its channel.
    public init(
        x: Channel, p: Channel?, electronicSamples: UInt64, localOscillatorPower: Double, detectorEfficiency: Double,
        transmittance: Double
    ) {
        self.x = x
        self.p = p
        self.electronicSamples = electronicSamples
        self.localOscillatorPower = localOscillatorPower
        self.detectorEfficiency = detectorEfficiency
        self.transmittance = transmittance
    }

    /// How it measures.
    public var detection: Detection { p == nil ? .homodyne : .heterodyne }
}

/// What Alice's light is compared with: fixed before the session.
public struct TransmitterReference: Sendable, Hashable, Codable {
    /// Power at her monitor as calibrated, W.
    public var monitorPower: ReferenceValue
    /// V_A per quadrature at this power, SNU.
    public var modulationVariance: ReferenceValue
    /// Variance of training words as it should be, LSB²; nil if nobody knows.
    public var trainingVariance: Double?

    /// A transmitter.
    public init(monitorPower: ReferenceValue, modulationVariance: ReferenceValue, trainingVariance: Double? = nil) {
        self.monitorPower = monitorPower
        self.modulationVariance = modulationVariance
        self.trainingVariance = trainingVariance
    }
}

/// The training words of Alice's blocks in a window: they are disclosed, so that their moments may be.
public struct TrainingMoments: Sendable, Hashable {
    /// Samples, both quadratures counted together.
    public var samples: UInt64
    /// Variance, LSB².
    public var variance: Double

    /// Moments of training words.
    public init(samples: UInt64, variance: Double) {
        self.samples = samples
        self.variance = variance
    }
}
