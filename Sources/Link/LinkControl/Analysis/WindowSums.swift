internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitProtocol

/// What the monitors need of one window of Bob's stream: sums only, no sample is kept.
///
/// Of frames with the shutter open one in eight is summed, which is enough for means and kurtosis and costs little.
struct WindowSums {
    private static let share: UInt64 = 8

    private(set) var vacuum: ReceiverMoments
    private(set) var dark: ReceiverMoments
    private(set) var signal: ReceiverMoments
    private(set) var vacuumShape = SampleShape()
    private(set) var signalShape = SampleShape()
    private(set) var basis = BasisCount(x: 0, p: 0)
    private var power = 0.0
    private var powerSymbols = 0.0
    private var frames: UInt64 = 0
    /// Symbols of frames with the shutter open, and of those with it closed: vacuum and dark.
    private var openSymbols: UInt64 = 0
    private var closedSymbols: UInt64 = 0
    private let detection: QuadratureAnalysis.Detection
    /// The channel whose shape this window looks at: they take turns, because each has its own mean.
    let channel: Int

    init(limits: ClipLimits, detection: QuadratureAnalysis.Detection, channel: Int) {
        vacuum = ReceiverMoments(limits: limits)
        dark = ReceiverMoments(limits: limits)
        signal = ReceiverMoments(limits: limits)
        self.detection = detection
        self.channel = detection == .heterodyne ? channel : 0
    }

    /// Mean power of the local oscillator over the frames with light, W; nil without any.
    var localOscillatorPower: Double? { powerSymbols > 0 ? power / powerSymbols : nil }

    /// The part of all symbols in which the shutter was closed and at rest; nil without symbols.
    var closedShare: Double? {
        let all = openSymbols + closedSymbols
        return all > 0 ? Double(closedSymbols) / Double(all) : nil
    }

    mutating func add(vacuum frame: StreamFrame, _ sums: ReceiverMoments, _ words: Span<Int16>) {
        note(frame)
        closedSymbols += UInt64(frame.count)
        vacuum.merge(sums)
        vacuumShape.add(words, start: channel, stride: detection.samplesPerSymbol)
    }

    /// Dark frames. The power of the local oscillator is not counted: it is off in them.
    mutating func add(dark frame: StreamFrame, _ sums: ReceiverMoments) {
        dark.merge(sums)
        closedSymbols += UInt64(frame.count)
    }

    /// Guard symbols: the shutter is not at rest, and does not read back closed.
    mutating func add(guard frame: StreamFrame) { openSymbols += UInt64(frame.count) }

    mutating func add(open frame: StreamFrame, _ words: Span<Int16>, basis bits: Span<UInt8>) {
        openSymbols += UInt64(frame.count)
        frames &+= 1
        guard frames % Self.share == 1 else { return }
        note(frame)
        signal.add(words, detection: detection)
        signalShape.add(words, start: channel, stride: detection.samplesPerSymbol)
        guard frame.format == .x16Basis else { return }
        basis.merge(BasisCount(bits, symbols: Int(frame.count)))
    }

    private mutating func note(_ frame: StreamFrame) {
        power += frame.localOscillatorPower * Double(frame.count)
        powerSymbols += Double(frame.count)
    }

    /// Whether samples with the shutter open scatter more than vacuum, beyond chance (1e-9): somebody's light arrives.
    var hasLight: Bool {
        guard vacuum.samples > 100, signal.samples > 100 else { return true }
        return VarianceComparison(signal, against: vacuum).score > 6
    }

    var evidence: BlockEvidence {
        var evidence = BlockEvidence()
        evidence.vacuum = vacuum
        evidence.dark = dark
        evidence.signal = signal
        evidence.vacuumShape = vacuumShape
        evidence.signalShape = signalShape
        evidence.localOscillatorPower = localOscillatorPower
        if basis.x + basis.p > 0 { evidence.basis = basis }
        return evidence
    }
}
