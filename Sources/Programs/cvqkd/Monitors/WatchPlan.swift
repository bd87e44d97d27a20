import QuadratureAnalysis
import UnitControl
import UnitProtocol

/// How a receiver is watched.
struct WatchPlan: Sendable {
    /// Number of the session, or of the record in 'link status' if the unit sums.
    let session = UInt64.random(in: 1...UInt64.max)
    let usesMoments: Bool
    let detection: QuadratureAnalysis.Detection
    let efficiency: Double
    let symbolRate: Double
    let limits: ClipLimits
    /// Vacuum samples per window, all channels.
    let windowSamples: Int64
    let secondsPerWindow: Double

    init(_ capabilities: Capabilities, symbolRate: Double, usesMoments: Bool, windowSamples: Double?) {
        self.usesMoments = usesMoments
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        efficiency = capabilities.detectorEfficiency
        limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        // A unit that sums does so at its own highest rate, whatever its line carries.
        let rate = usesMoments ? capabilities.maximumSymbolRate : symbolRate
        self.symbolRate = symbolRate
        let perSecond = rate * Double(detection.samplesPerSymbol)
        let most = Double(capabilities.maximumMomentSamples) * Double(detection.samplesPerSymbol)
        let wanted = max(1_000, windowSamples ?? perSecond)
        self.windowSamples = Int64(usesMoments ? min(wanted, most) : min(wanted, 1e15))
        secondsPerWindow = Double(self.windowSamples) / perSecond
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

/// Vacuum frames of a stream, summed until they make a window.
struct WatchSums {
    private(set) var moments: ReceiverMoments
    private var power = 0.0
    private var symbols = 0.0

    init(limits: ClipLimits) { moments = ReceiverMoments(limits: limits) }

    /// W, over the frames.
    var localOscillatorPower: Double { power / symbols }

    mutating func add(_ frame: StreamFrame, _ samples: RawSpan, _ detection: QuadratureAnalysis.Detection) {
        let values = Int(frame.count) * detection.samplesPerSymbol
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            moments.add(words.span, detection: detection)
        }
        power += frame.localOscillatorPower * Double(frame.count)
        symbols += Double(frame.count)
    }

    mutating func takeIfEnough(_ count: Int64) -> WatchSums? {
        guard moments.samples >= count else { return nil }
        defer { self = WatchSums(limits: moments.x.limits) }
        return self
    }
}
