internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitProtocol

/// What Bob's stream says about the link: vacuum and dark moments, and training against its disclosure, and sums
/// for the monitors. Fed frame by frame by the task that reads the stream; no signal sample is kept.
struct BobAnalysis {
    private(set) var vacuum: ReceiverMoments
    private(set) var dark: ReceiverMoments
    private(set) var training: TrainingPairs
    /// Follows V_on once V_off is known.
    var tracker: ShotNoiseTracker?
    private var leak: ShutterLeakPairs
    private var lasting: LastingEvidence
    private var window: WindowSums
    private var windows = 0
    private let limits: ClipLimits
    private let detection: QuadratureAnalysis.Detection

    init(_ capabilities: Capabilities) {
        limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        vacuum = ReceiverMoments(limits: limits)
        dark = ReceiverMoments(limits: limits)
        training = TrainingPairs(detection: detection, maximumDelay: Int(capabilities.maximumDelay))
        leak = ShutterLeakPairs(detection: detection)
        lasting = LastingEvidence(detection: detection)
        window = WindowSums(limits: limits, detection: detection, channel: 0)
    }

    mutating func add(_ frame: StreamFrame, _ samples: RawSpan) {
        switch (frame.kind, frame.content) {
        case (.vacuum, _): add(vacuum: frame, samples)
        case (.dark, _): add(dark: frame, samples)
        case (.training, .measured):
            training.add(measured: frame, samples: samples)
            add(open: frame, samples)
        case (.training, _):
            if !leak.add(disclosed: frame, samples: samples, delay: training.delay) {
                training.add(disclosed: frame, samples: samples)
            }
        case (.signal, .measured): add(open: frame, samples)
        case (.guard, _): window.add(guard: frame)
        default: break
        }
    }

    /// Ends the present window if it has enough vacuum samples; 0 ends it as it is.
    mutating func closeWindow(leastVacuum: Int64) -> BobWindow? {
        guard window.vacuum.samples >= leastVacuum else { return nil }
        windows += 1
        defer { window = WindowSums(limits: limits, detection: detection, channel: windows % 2) }
        let noLight = !window.hasLight
        let lost = training.takeSlip(noLight: noLight)
        return BobWindow(
            sums: window, training: training.closeWindow(noLight: noLight), lostSync: lost.isLost, slip: lost.slip,
            leak: leak.closeWindow())
    }

    /// Adds to a window's evidence what takes more than one window to show.
    mutating func complete(_ evidence: inout BlockEvidence, with window: BobWindow, limits: MonitorLimits) {
        lasting.complete(&evidence, with: window, limits: limits)
    }

    private mutating func add(vacuum frame: StreamFrame, _ samples: RawSpan) {
        leak.add(vacuum: frame, samples: samples)
        let values = Int(frame.count) * detection.samplesPerSymbol
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            var sums = ReceiverMoments(limits: limits)
            sums.add(words.span, detection: detection)
            vacuum.merge(sums)
            window.add(vacuum: frame, sums, words.span)
            _ = tracker?.add(vacuum: sums, localOscillatorPower: frame.localOscillatorPower)
        }
    }

    private mutating func add(dark frame: StreamFrame, _ samples: RawSpan) {
        let values = Int(frame.count) * detection.samplesPerSymbol
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            var sums = ReceiverMoments(limits: limits)
            sums.add(words.span, detection: detection)
            dark.merge(sums)
            window.add(dark: frame, sums)
            tracker?.add(dark: sums)
        }
    }

    private mutating func add(open frame: StreamFrame, _ samples: RawSpan) {
        let values = Int(frame.count) * detection.samplesPerSymbol
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that the samples of the stated format and count are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            let bits = UnsafeRawBufferPointer(rebasing: bytes[(2 * values)...]).bindMemory(to: UInt8.self)
            window.add(open: frame, words.span, basis: bits.span)
        }
    }
}

/// One window of Bob's stream.
struct BobWindow {
    var sums: WindowSums
    var training: TrainingRegression
    /// Whether the delay was lost in it, even if it was found again; nil if nobody can say.
    var lostSync: Bool?
    /// The other delay that was found in it.
    var slip: DelaySlip?
    /// Vacuum against the words that Alice disclosed for it.
    var leak: TrainingRegression
}
