public import UnitProtocol

/// What a host asks of a link session on one unit.
public struct StreamPlan: Sendable, Equatable {
    /// Number that was never used before.
    public var session: UInt64
    /// Fixed for the session.
    public var purpose: SessionPurpose
    /// Options.
    public var options: StreamOptions
    /// Stride of stream frames, bytes.
    public var frameBytes: Int
    /// Symbols of a slot.
    public var symbolsPerFrame: UInt32
    /// Symbols per second.
    public var symbolRate: Double
    /// Bob: wanted fraction of vacuum slots.
    public var vacuumFraction: Double
    /// Alice: wanted fraction of training slots.
    public var trainingFraction: Double
    /// Bob: wanted fraction of dark slots.
    public var darkFraction: Double
    /// The session ends by itself after so many symbols; 0 for never.
    public var symbolLimit: UInt64

    /// Stride where nobody asked for another. Such a frame crosses every transport in one transfer and holds some 4,000
    /// symbols of both quadratures: a hundred vacuum slots a second at 10 % and 4 MHz, and a loss of as many in one piece.
    public static let defaultFrameBytes = 16_384

    /// The default stride for a session of these units, or what the lesser of them can do.
    public static func usualFrameBytes(_ units: UnitIdentity...) -> Int {
        units.map(\.maximumFrameBytes).reduce(defaultFrameBytes, min)
    }

    /// A plan without vacuum, training, dark slots and limit.
    public init(
        session: UInt64, purpose: SessionPurpose, options: StreamOptions = [], frameBytes: Int, symbolsPerFrame: UInt32,
        symbolRate: Double, vacuumFraction: Double = 0, trainingFraction: Double = 0, darkFraction: Double = 0,
        symbolLimit: UInt64 = 0
    ) {
        self.session = session
        self.purpose = purpose
        self.options = options
        self.frameBytes = frameBytes
        self.symbolsPerFrame = symbolsPerFrame
        self.symbolRate = symbolRate
        self.vacuumFraction = vacuumFraction
        self.trainingFraction = trainingFraction
        self.darkFraction = darkFraction
        self.symbolLimit = symbolLimit
    }

    /// Light that is on as long as such a session runs. In dark slots Bob's local oscillator is off.
    func light(of role: UnitRole) -> LightSet {
        role == .alice ? .signalLaser : darkFraction > 0 ? [] : .localOscillator
    }

    /// Symbols that fit a frame of `frameBytes` in a sample format, header and message taken off.
    public static func symbolsPerFrame(frameBytes: Int, format: SampleFormat) -> UInt32 {
        let room = frameBytes - Frame.headerBytes - MessageHeader.length - StreamFrame.blockLength
        switch format {
        case .x16: return UInt32(room / 2)
        case .x16Basis: return UInt32(room * 8 / 17)
        default: return UInt32(room / 4)
        }
    }
}
