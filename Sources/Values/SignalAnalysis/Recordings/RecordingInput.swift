internal import QuadratureAnalysis
internal import SignalRecordings

/// Opens recordings for a use: the right kind, the right samples, and what was recorded if that is asked for.
enum RecordingInput {
    /// A recording of one of `kinds`. Files of other makers need not say what they are: then their user does.
    static func open(
        _ path: String, as kinds: [RecordingKind], layouts: [SampleLayout], because reason: String, verify: Bool
    ) throws(SignalAnalysisFailure) -> SignalRecording {
        try reading { () throws(RecordingError) -> SignalRecording in
            let recording = try SignalRecording(path)
            if let kind = recording.metadata.kind, !kinds.contains(kind) {
                throw .wrongKind(base: recording.files.base, found: kind, wanted: kinds)
            }
            guard layouts.contains(recording.metadata.layout) else {
                throw .wrongLayout(
                    base: recording.files.base, found: recording.metadata.layout, wanted: layouts, reason: reason)
            }
            if verify { try recording.verify() }
            return recording
        }
    }

    /// Samples of a receiver: one quadrature or both.
    static func receiver(
        _ path: String, _ kind: RecordingKind, verify: Bool
    ) throws(SignalAnalysisFailure) -> SignalRecording {
        try open(
            path, as: [kind, .capture], layouts: [.oneQuadrature, .bothQuadratures],
            because: "a receiver's samples are int16", verify: verify)
    }
}

extension RecordingMetadata {
    /// How samples of a receiver lie.
    var detectionByLayout: Detection { layout == .bothQuadratures ? .heterodyne : .homodyne }

    /// What counts as clipped; without a word about it, the ends of an int16.
    var clipLimits: ClipLimits { ClipLimits(low: clipLow ?? .min, high: clipHigh ?? .max) }
}
