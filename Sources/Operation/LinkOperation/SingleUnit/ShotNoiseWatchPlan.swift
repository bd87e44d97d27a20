internal import LocalUnits
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// How a receiver is watched.
public struct ShotNoiseWatchPlan: Sendable {
    /// Number of the session, or of its note if the unit sums.
    let session = UInt64.random(in: 1...UInt64.max)
    /// Whether the unit sums, in place of streaming samples.
    public let usesMoments: Bool
    let detection: QuadratureAnalysis.Detection
    let efficiency: Double
    let symbolRate: Double
    let limits: ClipLimits
    /// Vacuum samples per window, all channels.
    public let windowSamples: Int64
    let secondsPerWindow: Double

    /// Below this rate a line carries too few samples for a window a second; a unit that can sum does so then.
    static let leastStreamedRate = 1e6

    /// The plan for a unit. Throws `.cannotSum` if it is to sum and cannot.
    init(_ identity: UnitIdentity, _ capabilities: Capabilities, _ request: ShotNoiseWatch.Request)
        throws(UnitRunFailure)
    {
        let canSum = identity.capabilities.contains(.moments)
        guard canSum || !request.usesMoments else { throw .cannotSum(serial: identity.serial) }
        symbolRate = StreamBudget.symbolRate([(identity.endpoint, capabilities)], disclosedFraction: 0)
        usesMoments = canSum && (request.usesMoments || symbolRate < Self.leastStreamedRate)
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        efficiency = capabilities.detectorEfficiency
        limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        // A unit that sums does so at its own highest rate, whatever its line carries.
        let rate = usesMoments ? capabilities.maximumSymbolRate : symbolRate
        let perSecond = rate * Double(detection.samplesPerSymbol)
        let most = Double(capabilities.maximumMomentSamples) * Double(detection.samplesPerSymbol)
        let wanted = max(1_000, request.windowSamples ?? perSecond)
        windowSamples = Int64(min(wanted, usesMoments ? most : 1e15, 1e15))
        secondsPerWindow = Double(windowSamples) / perSecond
    }

    /// Samples of each channel that the unit is asked for.
    var samplesPerChannel: Int64 { max(500, windowSamples / Int64(detection.samplesPerSymbol)) }

    func stream(_ identity: UnitIdentity) -> StreamPlan {
        let frameBytes = StreamPlan.usualFrameBytes(identity)
        return StreamPlan(
            session: session, purpose: .test, options: .standalone, frameBytes: frameBytes,
            symbolsPerFrame: StreamPlan.symbolsPerFrame(frameBytes: frameBytes, format: .xp16) / 8 * 8,
            symbolRate: symbolRate, vacuumFraction: 1)
    }
}
