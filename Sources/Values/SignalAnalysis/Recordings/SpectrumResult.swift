public import QuadratureAnalysis
internal import SignalRecordings

/// Spectra of a receiver's noise: one recording, or electronic noise beside vacuum.
public struct SpectrumResult: Sendable {
    /// Samples per second of each channel; nil if no recording says, and then frequencies are parts of it.
    public var sampleRate: Double?
    /// How the receiver measures.
    public var detection: Detection
    /// Samples of a segment.
    public var length: Int
    /// V_off; nil where there is only one recording.
    public var off: PowerSpectrum?
    /// V_on, or the only one.
    public var on: PowerSpectrum
    /// What was measured, by name.
    public var names: [String]
    /// What a person should know before the numbers.
    public var remarks: [RecordingRemark]

    /// Lengths of a segment, powers of two. Below, a Hann window has hardly a bin of its own; above, a spectrum of more
    /// bins than anybody looks at, and few segments to average.
    public static let segmentLengths = 16...65_536
    /// Bins of 1/4096 of the sample rate show a filter's edge, and a million samples leave 0.2 dB of scatter in each.
    public static let segmentLength = 4096

    /// Spectra that are there already.
    public init(
        sampleRate: Double?, detection: Detection, length: Int, off: PowerSpectrum?, on: PowerSpectrum,
        names: [String], remarks: [RecordingRemark]
    ) {
        self.sampleRate = sampleRate
        self.detection = detection
        self.length = length
        self.off = off
        self.on = on
        self.names = names
        self.remarks = remarks
    }

    /// The spectrum of one recording of any kind.
    public init(
        recording path: String, length: Int, verify: Bool, watcher: AnalysisWatcher? = nil
    ) throws(SignalAnalysisFailure) {
        let recording = try RecordingInput.open(
            path, as: RecordingKind.allCases, layouts: [.oneQuadrature, .bothQuadratures],
            because: "a spectrum needs int16 samples", verify: verify)
        self.init(
            sampleRate: recording.metadata.symbolRate, detection: recording.metadata.detectionByLayout, length: length,
            off: nil, on: try Self.spectrum(recording, length: length, watcher: watcher),
            names: [recording.files.base], remarks: Self.remarks(recording))
    }

    /// Electronic noise beside vacuum, of one receiver at one rate.
    public init(
        off: String, on: String, length: Int, verify: Bool, watcher: AnalysisWatcher? = nil
    ) throws(SignalAnalysisFailure) {
        let dark = try RecordingInput.receiver(off, .electronicNoise, verify: verify)
        let vacuum = try RecordingInput.receiver(on, .vacuum, verify: verify)
        let parties = (
            RecordingAgreement.Party(dark.files.base, dark.metadata),
            RecordingAgreement.Party(vacuum.files.base, vacuum.metadata)
        )
        try reading { () throws(RecordingError) in
            try RecordingAgreement.requireSameBand(parties.0, parties.1)
        }
        self.init(
            sampleRate: dark.metadata.symbolRate ?? vacuum.metadata.symbolRate,
            detection: vacuum.metadata.detectionByLayout, length: length,
            off: try Self.spectrum(dark, length: length, watcher: watcher),
            on: try Self.spectrum(vacuum, length: length, watcher: watcher),
            names: [dark.files.base, vacuum.files.base], remarks: Self.remarks(dark) + Self.remarks(vacuum))
    }

    /// The spectrum of samples that follow each other without a break. Without a rate, frequencies are parts of it.
    public static func spectrum(
        _ samples: Span<Int16>, detection: Detection, sampleRate: Double?, length: Int
    ) throws(SignalAnalysisFailure) -> PowerSpectrum {
        var welch = WelchEstimator(length: length, detection: detection, sampleRate: sampleRate ?? 1)
        welch.add(samples)
        var sums = ReceiverMoments(limits: ClipLimits(low: .min, high: .max))
        sums.add(samples, detection: detection)
        do throws(Degeneracy) {
            let spectrum = try welch.spectrum()
            if let degeneracy = sums.degeneracy() { throw degeneracy }
            return spectrum
        } catch .tooFew {
            throw .tooFewForSegment(samples: samples.count, length: length)
        } catch {
            throw .degenerate(recording: "the capture", error)
        }
    }

    /// Reads a recording's spectrum, run by run.
    private static func spectrum(
        _ recording: borrowing SignalRecording, length: Int, watcher: AnalysisWatcher?
    ) throws(SignalAnalysisFailure) -> PowerSpectrum {
        let metadata = recording.metadata
        var welch = WelchEstimator(
            length: length, detection: metadata.detectionByLayout, sampleRate: metadata.symbolRate ?? 1)
        var sums = ReceiverMoments(limits: metadata.clipLimits)
        let starts = metadata.segments.isEmpty ? [0] : metadata.segments.map(\.start)
        let (all, name) = (recording.symbols, recording.files.base)
        do throws(RecordingError) {
            for (index, start) in starts.enumerated() {
                let end = index + 1 < starts.count ? starts[index + 1] : all
                try recording.forEachBlock(start..<end) { (first, block) throws(RecordingError) in
                    welch.add(block)
                    sums.add(block, detection: metadata.detectionByLayout)
                    watcher?(.reading(recording: name, symbols: first, of: all))
                }
                welch.endRun()
            }
        } catch {
            throw .recording(error)
        }
        do throws(Degeneracy) {
            let spectrum = try welch.spectrum()
            if let degeneracy = sums.degeneracy() { throw degeneracy }
            return spectrum
        } catch .tooFew {
            throw .noSegment(recording: name, length: length)
        } catch {
            throw .degenerate(recording: name, error)
        }
    }

    private static func remarks(_ recording: borrowing SignalRecording) -> [RecordingRemark] {
        recording.metadata.emulated == true ? [.emulated(name: recording.files.base)] : []
    }

    /// Frequencies over which densities are averaged.
    public struct Band: Sendable, Hashable {
        /// Hz, or parts of the sample rate.
        public var from: Double
        /// The other end.
        public var to: Double
        /// V_on, or the only one, LSB² per unit of frequency.
        public var on: Density
        /// V_off.
        public var off: Density?
        /// V_on − V_off.
        public var difference: Density?
        /// V_on/V_off, dB.
        public var clearanceDecibels: Density?
    }

    /// A mean over a band with its σ. Not a number, or infinite, where a density is 0.
    public struct Density: Sendable, Hashable {
        /// The mean.
        public var value: Double
        /// One standard deviation.
        public var sigma: Double
    }

    /// Bands of equal width, leaving out 0 Hz, where the mean was taken away.
    public func bands(_ count: Int) -> [Band] {
        let bins = on.density.count - 1
        let count = min(count, bins)
        return (0..<count).map { index in
            let range = (1 + index * bins / count)..<(1 + (index + 1) * bins / count)
            let vacuum = on.mean(range)
            // A bin stands for what lies half a bin around it.
            var band = Band(
                from: (Double(range.lowerBound) - 0.5) * on.binWidth,
                to: (Double(range.upperBound) - 0.5) * on.binWidth,
                on: Density(value: vacuum.value, sigma: vacuum.sigma))
            if let off {
                let dark = off.mean(range)
                let sigma = (vacuum.sigma * vacuum.sigma + dark.sigma * dark.sigma).squareRoot()
                band.off = Density(value: dark.value, sigma: dark.sigma)
                band.difference = Density(value: vacuum.value - dark.value, sigma: sigma)
                let (a, b) = (vacuum.sigma / vacuum.value, dark.sigma / dark.value)
                band.clearanceDecibels = Density(
                    value: Decibels(ratio: vacuum.value / dark.value).value,
                    sigma: Decibels(relativeSigma: (a * a + b * b).squareRoot()).value)
            }
            return band
        }
    }
}
