internal import Foundation
public import QuadratureAnalysis
public import SignalRecordings

/// What one recording of a receiver's samples says: sums over all of it, and over a part of it what costs more.
public struct ReceiverReading: Sendable {
    /// Its files, without what follows the name.
    public let name: String
    /// What is known of it.
    public let metadata: RecordingMetadata
    /// Symbols in it.
    public let symbols: Int64
    /// Sums over all samples.
    public private(set) var moments: ReceiverMoments
    /// Shape and correlation of each channel, from some of the samples.
    public private(set) var statistics: [SampleStatistics] = []
    /// Least and greatest sample of each channel; empty where the file says where its converter ends.
    private(set) var extremes: [ClosedRange<Int16>] = []

    /// Samples of a channel from which shape and correlation are read: kurtosis to 0.01, correlations to 0.002.
    static let statisticsSamples: Int64 = 1 << 18
    /// A measured correlation that stands out of its own noise by so many σ counts: once in 16,000 lags by chance. Noise
    /// squared and summed would pass for correlation.
    static let correlationDeviations = 4.0
    /// A skewness or kurtosis that is so many σ off is remarked: once in 1.7 million channels by chance.
    static let shapeDeviations = 5.0
    /// Correlation that makes σ wrong by less than half a percent is not worth a remark.
    static let remarkableInflation = 1.01
    /// Samples that have to be missing beyond the extremes: a receiver that is not clipped shows that with probability
    /// e^(−30).
    static let censoredSamples = 30.0

    /// How the samples lie.
    public var detection: Detection { metadata.detectionByLayout }
    /// Sums of each channel.
    public var channels: [QuadratureMoments] { detection == .homodyne ? [moments.x] : [moments.x, moments.p] }

    /// Reads a recording once, and a part of it again.
    init(_ recording: borrowing SignalRecording, watcher: AnalysisWatcher?) throws(SignalAnalysisFailure) {
        let file = recording.files.base
        name = file
        metadata = recording.metadata
        symbols = recording.symbols
        let detection = recording.metadata.detectionByLayout
        var sums = ReceiverMoments(limits: recording.metadata.clipLimits)
        // Only files that do not say where their converter ends have to show it by their samples.
        let looksForEnds = recording.metadata.clipLow == nil || recording.metadata.clipHigh == nil
        var ends = SampleExtremes()
        let all = recording.symbols
        do throws(RecordingError) {
            try recording.forEachBlock { (first, block) throws(RecordingError) in
                sums.add(block, detection: detection)
                if looksForEnds { ends.add(block, detection: detection) }
                watcher?(.reading(recording: file, symbols: first, of: all))
            }
            moments = sums
            extremes = [ends.rangeX, ends.rangeP].compactMap(\.self)
            try readStatistics(recording)
        } catch {
            throw .recording(error)
        }
    }

    private mutating func readStatistics(_ recording: borrowing SignalRecording) throws(RecordingError) {
        let width = metadata.layout.valuesPerSymbol
        var found = channels.map { SampleStatistics(mean: $0.mean) }
        let block = Int64(SignalRecording.blockValues / width)
        let blocks = (symbols + block - 1) / block
        let wanted = min(blocks, max(1, Self.statisticsSamples / block))
        // Spread over the whole recording: a drift is part of what is looked for.
        for index in 0..<wanted {
            let first = index * blocks / wanted * block
            try recording.forEachBlock(first..<min(first + block, symbols)) { (_, samples) throws(RecordingError) in
                for channel in 0..<width { found[channel].add(samples, offset: channel, stride: width) }
            }
        }
        statistics = found
    }

    /// Correlation of neighbours, pooled over the channels. What does not stand out of the noise of a measured
    /// correlation is taken as none.
    public var correlation: Autocorrelation {
        let lags = SampleStatistics.lags
        let count = statistics.reduce(0) { $0 + $1.samples }
        var pooled = [Double](repeating: 0, count: lags)
        for channel in statistics {
            for (lag, value) in channel.correlations.enumerated() { pooled[lag] += value / Double(statistics.count) }
        }
        let limit = Self.correlationDeviations / Double(max(count, 1)).squareRoot()
        return Autocorrelation(coefficients: pooled.map { abs($0) > limit ? $0 : 0 }, samples: count)
    }

    /// The one-sided tail beyond the extremes that a Gaussian of this size would have had, as a number of samples. Many
    /// expected and none seen: the converter's range ends there.
    var censored: (limit: Int16, expected: Double)? {
        for (channel, range) in zip(channels, extremes) {
            let deviation = channel.variance.value.squareRoot()
            for (end, distance) in [
                (range.upperBound, Double(range.upperBound) + 0.5 - channel.mean),
                (range.lowerBound, channel.mean - Double(range.lowerBound) + 0.5),
            ] where deviation > 0 {
                let expected = Double(channel.samples) * 0.5 * erfc(distance / deviation / 2.0.squareRoot())
                if expected > Self.censoredSamples { return (end, expected) }
            }
        }
        return nil
    }

    /// What a person should know before the numbers.
    public var remarks: [RecordingRemark] {
        var remarks: [RecordingRemark] = []
        if metadata.emulated == true { remarks.append(.emulated(name: name)) }
        if metadata.missingSymbols > 0 { remarks.append(.lost(name: name, symbols: metadata.missingSymbols)) }
        for (channel, statistics) in zip(["x", "p"], statistics) {
            let (skewness, kurtosis) = (statistics.skewness, statistics.kurtosis)
            if abs(skewness.deviation(from: Ratio(0))) > Self.shapeDeviations {
                remarks.append(.skewed(recording: name, channel: channel, skewness: skewness))
            }
            if abs(kurtosis.deviation(from: Ratio(3))) > Self.shapeDeviations {
                remarks.append(.notGaussian(recording: name, channel: channel, kurtosis: kurtosis))
            }
        }
        let correlation = correlation
        if correlation.inflation > Self.remarkableInflation {
            remarks.append(
                .correlated(
                    recording: name, coefficient: correlation.coefficients[0], inflation: correlation.inflation))
        }
        return remarks
    }
}
