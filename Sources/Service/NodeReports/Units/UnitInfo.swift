public import UnitControl
public import UnitProtocol
internal import UnitTransport

/// Identity and capabilities of a unit, in SI units. What it states of its optics is stated, not measured.
public struct UnitInfo: Codable, Sendable, Hashable {
    /// What a setting can be.
    public struct Range: Codable, Sendable, Hashable {
        /// Absent if the unit does not say.
        public var minimum: Double?
        /// Absent if the unit does not say.
        public var maximum: Double?
    }

    /// Serial number.
    public var serial: String
    /// `Alice` or `Bob`.
    public var role: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// Model name.
    public var model: String
    /// Firmware version.
    public var firmware: String
    /// How to name it.
    public var selector: String
    /// Node or place.
    public var path: String
    /// `usbHigh`, `usbSuper`, `usbFull`, `serial`.
    public var connection: String
    /// Starts since manufacture.
    public var bootCount: UInt32
    /// Why it last started.
    public var resetCause: String
    /// s between heartbeats.
    public var heartbeatInterval: Double
    /// s without one, after which it goes dark.
    public var heartbeatTimeout: Double
    /// What it can do, by name.
    public var capabilities: [String]
    /// Largest stream frame, bytes.
    public var maximumFrameBytes: Int
    /// Depth of its stream FIFO, bytes.
    @DecimalText public var streamBufferBytes: UInt64
    /// `Homodyne` or `Heterodyne`.
    public var detection: String
    /// Where the local oscillator comes from.
    public var localOscillator: String
    /// Formats of its samples.
    public var sampleFormats: [String]
    /// Of the converter.
    public var adcBits: UInt8
    /// Symbols per second.
    public var symbolRate: Range
    /// Symbols.
    public var maximumDelay: UInt32
    /// Samples of a capture.
    public var maximumCaptureSamples: UInt32
    /// Samples that it sums by itself.
    @DecimalText public var maximumMomentSamples: UInt64
    /// s, as the unit states it.
    public var warmUpTime: Double?
    /// η, as the unit states it.
    public var detectorEfficiency: Double?
    /// One standard deviation of η, as the unit states it.
    public var detectorEfficiencySigma: Double?
    /// W.
    public var nominalLocalOscillatorPower: Double?
    /// s.
    public var shutterSettling: Double?
    /// SNU.
    public var maximumModulationVariance: Double?
    /// dB.
    public var attenuation: Range

    /// The document of what a unit says.
    public init(_ identity: UnitIdentity, _ capabilities: Capabilities) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        model = identity.model
        firmware = identity.firmware
        selector = identity.endpoint.selector.description
        path = identity.endpoint.path
        connection = identity.endpoint.kind.rawValue
        bootCount = identity.bootCount
        resetCause = identity.resetCause.description
        heartbeatInterval = identity.heartbeatInterval.inSeconds
        heartbeatTimeout = identity.heartbeatTimeout.inSeconds
        self.capabilities = identity.capabilities.names
        maximumFrameBytes = identity.maximumFrameBytes
        streamBufferBytes = identity.streamBufferBytes
        detection = capabilities.detection.description
        localOscillator = capabilities.localOscillator.description
        sampleFormats = capabilities.sampleFormats.names
        adcBits = capabilities.adcBits
        symbolRate = Range(
            minimum: capabilities.minimumSymbolRate.finite, maximum: capabilities.maximumSymbolRate.finite)
        maximumDelay = capabilities.maximumDelay
        maximumCaptureSamples = capabilities.maximumCaptureSamples
        maximumMomentSamples = capabilities.maximumMomentSamples
        warmUpTime = capabilities.warmUpTime.finite
        detectorEfficiency = capabilities.detectorEfficiency.finite
        detectorEfficiencySigma = capabilities.detectorEfficiencySigma.finite
        nominalLocalOscillatorPower = capabilities.nominalLocalOscillatorPower.finite
        shutterSettling = capabilities.shutterSettling.finite
        maximumModulationVariance = capabilities.maximumModulationVariance.finite
        attenuation = Range(
            minimum: capabilities.minimumAttenuation.finite, maximum: capabilities.maximumAttenuation.finite)
    }
}
