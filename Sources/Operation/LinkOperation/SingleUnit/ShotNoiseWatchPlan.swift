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
    /// Dark samples of each channel that the unit is asked for.
    let darkSamples: UInt64
    /// Samples of each channel that the unit sums in a second.
    let samplesPerSecond: Int64
    private let frameBytes: Int
    private let symbolsPerFrame: UInt32

    /// Below this rate a line carries too few samples for a window a second; a unit that can sum does so then.
    static let leastStreamedRate = 1e6

    /// Longest sum: more would not fit the accumulators.
    private static let mostSamples = 1e14

    /// The plan for a unit. Throws `.cannotSum` if it is to sum and cannot, `.unit` if it states rates that are none.
    init(_ identity: UnitIdentity, _ capabilities: Capabilities, _ request: ShotNoiseWatch.Request)
        throws(UnitRunFailure)
    {
        let canSum = identity.capabilities.contains(.moments)
        guard canSum || !request.usesMoments else { throw .cannotSum(serial: identity.serial) }
        do throws(UnitError) {
            symbolRate = try capabilities.plausibleRate(
                StreamBudget.symbolRate([(identity.endpoint, capabilities)], disclosedFraction: 0))
            _ = try capabilities.plausibleRate(capabilities.maximumSymbolRate)
            frameBytes = StreamPlan.usualFrameBytes(identity)
            symbolsPerFrame = try StreamPlan.wholeSymbols(frameBytes: frameBytes)
        } catch {
            throw .unit(error)
        }
        usesMoments = canSum && (request.usesMoments || symbolRate < Self.leastStreamedRate)
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        efficiency = capabilities.detectorEfficiency
        limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        // A unit that sums does so at its own highest rate, whatever its line carries.
        let rate = usesMoments ? capabilities.maximumSymbolRate : symbolRate
        let perSecond = rate * Double(detection.samplesPerSymbol)
        let most = Double(capabilities.maximumMomentSamples) * Double(detection.samplesPerSymbol)
        let wanted = max(1_000, request.windowSamples ?? perSecond)
        windowSamples = Int64(min(wanted, usesMoments ? most : Self.mostSamples, Self.mostSamples))
        secondsPerWindow = Double(windowSamples) / perSecond
        let reference = Double(request.referenceWindows) * secondsPerWindow
        if let duration = request.duration?.inSeconds, duration < reference {
            throw .noReference(seconds: reference, duration: duration)
        }
        samplesPerSecond = max(500, Int64(min(capabilities.maximumSymbolRate, Self.mostSamples)))
        let asked = request.darkSamples >= 1 ? min(request.darkSamples, Self.mostSamples) : 1
        darkSamples = min(UInt64(asked), capabilities.maximumMomentSamples)
    }

    /// Samples of each channel that the unit is asked for.
    var samplesPerChannel: Int64 { max(500, windowSamples / Int64(detection.samplesPerSymbol)) }

    /// A session of vacuum slots alone.
    var stream: StreamPlan {
        StreamPlan(
            session: session, purpose: .test, options: .standalone, frameBytes: frameBytes,
            symbolsPerFrame: symbolsPerFrame, symbolRate: symbolRate, vacuumFraction: 1)
    }

    /// Whether a stream's samples lie as this receiver's detection has them: what a sum takes from a frame rests on it.
    func fits(_ format: SampleFormat) -> Bool {
        detection == .heterodyne ? format == .xp16 : [.x16, .x16Basis].contains(format)
    }
}
