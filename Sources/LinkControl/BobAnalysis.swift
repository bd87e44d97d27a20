internal import QuadratureAnalysis
internal import UnitProtocol

/// What Bob's stream says about the link: vacuum and dark moments, and training against its disclosure. Fed frame by
/// frame by the task that reads the stream; signal samples are not looked at.
struct BobAnalysis {
    private(set) var vacuum: ReceiverMoments
    private(set) var dark: ReceiverMoments
    private(set) var training: TrainingPairs
    private let detection: QuadratureAnalysis.Detection

    init(_ capabilities: Capabilities) {
        let limits = ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh)
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        vacuum = ReceiverMoments(limits: limits)
        dark = ReceiverMoments(limits: limits)
        training = TrainingPairs(detection: detection, maximumDelay: Int(capabilities.maximumDelay))
    }

    mutating func take(_ frame: StreamFrame, _ samples: RawSpan) {
        switch (frame.kind, frame.content) {
        case (.vacuum, _): Self.add(frame, samples, to: &vacuum, detection)
        case (.dark, _): Self.add(frame, samples, to: &dark, detection)
        case (.training, .measured): training.take(measured: frame, samples: samples)
        case (.training, _): training.take(disclosed: frame, samples: samples)
        default: break
        }
    }

    private static func add(
        _ frame: StreamFrame, _ samples: RawSpan, to moments: inout ReceiverMoments,
        _ detection: QuadratureAnalysis.Detection
    ) {
        let values = Int(frame.count) * (frame.format == .xp16 ? 2 : 1)
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            moments.add(words.span, detection: detection)
        }
    }
}
