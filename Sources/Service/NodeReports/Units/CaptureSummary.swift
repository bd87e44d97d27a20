internal import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// What a capture says, without its samples.
public struct CaptureSummary: Codable, Sendable, Hashable {
    /// One quadrature, or the only channel.
    public struct Channel: Codable, Sendable, Hashable {
        /// `x` or `p`.
        public var name: String
        /// Samples of it.
        public var samples: Int64
        /// LSB.
        public var mean: Double?
        /// About the mean, LSB².
        public var variance: Double?
        /// One standard deviation, LSB².
        public var varianceSigma: Double?
        /// At or beyond the ends of the converter.
        public var clippedSamples: Int64

        init(_ name: String, _ moments: QuadratureMoments) {
            let variance = ReceiverMoments(moments).variance
            self.name = name
            samples = moments.samples
            mean = (Double(moments.sum) / Double(moments.samples)).finite
            self.variance = variance.value.value.finite
            varianceSigma = variance.sigma.value.finite
            clippedSamples = moments.clipped
        }
    }

    /// Serial number.
    public var serial: String
    /// `Alice` or `Bob`.
    public var role: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// Lights that were on.
    public var light: [String]
    /// W.
    public var localOscillatorPower: Double?
    /// Hz, of each quadrature.
    public var sampleRate: Double?
    /// Its quadratures, or its only channel.
    public var channels: [Channel]
    /// Of the samples.
    public var unit = "LSB"
    /// Where they were saved.
    public var file: String?

    /// The document of a capture; without `capabilities`, what is clipped cannot be told.
    public init(_ identity: UnitIdentity, _ capture: CapturedSamples, _ capabilities: Capabilities?, file: String?) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        light = capture.header.light.names
        localOscillatorPower = capture.header.localOscillatorPower.finite
        sampleRate = capture.header.sampleRate.finite
        self.file = file
        let limits =
            capabilities.map { ClipLimits(low: $0.clipLow, high: $0.clipHigh) } ?? ClipLimits(low: .min, high: .max)
        var moments = ReceiverMoments(limits: limits)
        if capture.header.format == .xp16 {
            moments.add(capture.samples.span, detection: .heterodyne)
            channels = [Channel("x", moments.x), Channel("p", moments.p)]
        } else {
            moments.add(capture.samples.span, detection: .homodyne)
            channels = [Channel("x", moments.x)]
        }
    }
}
