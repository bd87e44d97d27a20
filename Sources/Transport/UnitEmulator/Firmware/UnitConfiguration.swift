public import UnitProtocol

/// What one emulated unit is built of: everything that two units of the same firmware may differ in.
public struct UnitConfiguration: Sendable {
    /// Which end of the link.
    public var role: UnitRole
    /// Serial number, also the USB serial string.
    public var serial: String
    /// Model name.
    public var model = "NOVA LQ (emulated)"
    /// Firmware version.
    public var firmware = "0.1.0"
    /// Bob's kind of receiver; not applicable at Alice.
    public var detection: Detection
    /// Lowest symbol rate, Hz.
    public var minimumSymbolRate = 1_000.0
    /// Highest symbol rate, Hz.
    public var maximumSymbolRate = PairModel.usualSymbolRate
    /// Time after which the shutter is at its extinction, s. A micro-electromechanical switch, fast enough for slots of
    /// some hundred symbols.
    public var shutterSettling = 20e-6
    /// Attenuation of the closed shutter, dB.
    public var shutterExtinction = 70.0
    /// Detector efficiency as its maker states it, and its standard uncertainty.
    public var detectorEfficiency = 0.6
    /// Standard uncertainty of the efficiency.
    public var detectorEfficiencySigma = 0.006
    /// LO power of normal use, W.
    public var nominalLocalOscillatorPower = 5e-3
    /// Highest LO power, W.
    public var maximumLocalOscillatorPower = 10e-3
    /// Highest modulation variance per quadrature, SNU.
    public var maximumModulationVariance = 20.0
    /// Alice's quadrature of one sample step, √SNU.
    public var sampleScale = 1.0 / 1024
    /// The converter's resolution, bits.
    public var adcBits: UInt8 = 14
    /// Samples at or below are clipped.
    public var clipLow: Int16 = -8_192
    /// Samples at or above are clipped.
    public var clipHigh: Int16 = 8_191
    /// Largest residual offset between the two indices, symbols.
    public var maximumDelay: UInt32 = 1_024
    /// Most samples of a capture.
    public var maximumCaptureSamples: UInt32 = 1 << 20
    /// Most samples per quadrature of one MeasureMoments.
    public var maximumMomentSamples: UInt64 = 1 << 40
    /// VOA range, dB.
    public var minimumAttenuation = 0.0
    /// VOA range, dB.
    public var maximumAttenuation = 30.0
    /// Time from Dark to Ready, s.
    public var warmUpTime = 3.0
    /// Time in state Starting, s.
    public var bootTime = 0.05
    /// Time for which a restarting unit is away from its ports, s.
    public var reenumerationTime = 0.2
    /// Time that a self-test takes, s.
    public var selfTestTime = 0.5
    /// How often a host is to send Heartbeat, ms.
    public var heartbeatInterval = UInt32(UsualHeartbeat.interval / .milliseconds(1))
    /// Time after which the unit goes dark without one, ms.
    public var heartbeatTimeout = UInt32(UsualHeartbeat.timeout / .milliseconds(1))
    /// Longest control frame, bytes with header.
    public var maximumControlFrame: UInt32 = 4_096
    /// Largest stream frame, bytes.
    public var maximumFrameBytes: UInt32 = 65_536
    /// Number of the signal processing that sessions have; outside of them it is 1.
    public var sessionFilter: UInt16 = 1
    /// Depth of the stream FIFO, bytes.
    public var streamBufferBytes = 8 << 20
    /// Whether session records hold a digest of each frame's samples, for tests that compare content.
    public var keepsSampleDigests = false
    /// Rules that the unit breaks on purpose.
    public var defects: Set<FirmwareDefect> = []
    /// Seed of the unit's own random numbers (slot kinds, telemetry noise).
    public var seed: UInt64

    /// A unit with the defaults above.
    public init(role: UnitRole, serial: String, detection: Detection, seed: UInt64) {
        self.role = role
        self.serial = serial
        self.detection = role == .alice ? .notApplicable : detection
        self.seed = seed
        if role == .alice {
            // Alice's converter makes the modulation: 16 bits.
            adcBits = 16
            clipLow = -32_768
            clipHigh = 32_767
        }
    }

    /// What the unit can do.
    public var capabilities: CapabilitySet {
        let both: CapabilitySet = [.capture, .selfTest, .zeroise, .standalone]
        return role == .alice
            ? both.union([.signalLaser, .variableAttenuator, .modulatorBiasLock, .modulation])
            : both.union([.localOscillator, .shutter, .moments, .disclosure])
    }

    /// Format of the unit's own samples in a stream.
    public var sampleFormat: SampleFormat {
        if role == .alice { return .xp16 }
        return detection == .homodyne ? .x16Basis : .xp16
    }
}

extension SampleFormat {
    /// Bytes of `count` symbols.
    func bytes(for count: Int) -> Int {
        switch self {
        case .x16: count * 2
        case .xp16: count * 4
        case .x16Basis: count * 2 + (count + 7) / 8
        default: 0
        }
    }
}
