import Foundation
import QuadratureAnalysis
import SignalRecordings

/// What one recording of a receiver's samples says: sums over all of it, and over a part of it what costs more.
struct ReceiverReading: Sendable {
    let name: String
    let metadata: RecordingMetadata
    let symbols: Int64
    private(set) var moments: ReceiverMoments
    private(set) var statistics: [SampleStatistics] = []
    /// Least and greatest sample of each channel; empty where the file says where its converter ends.
    private(set) var extremes: [ClosedRange<Int16>] = []

    /// Samples of a channel from which shape and correlation are read: kurtosis to 0.01, correlations to 0.002.
    static let statisticsSamples: Int64 = 1 << 18

    var detection: Detection { metadata.detectionByLayout }
    var channels: [QuadratureMoments] { detection == .homodyne ? [moments.x] : [moments.x, moments.p] }

    /// Reads a recording once, and a part of it again.
    init(_ recording: borrowing SignalRecording, live: LiveLine? = nil) throws {
        name = recording.files.base
        metadata = recording.metadata
        symbols = recording.symbols
        let width = metadata.layout.valuesPerSymbol
        let detection = metadata.detectionByLayout
        var sums = ReceiverMoments(limits: metadata.clipLimits)
        // Only files that do not say where their converter ends have to show it by their samples.
        let looksForEnds = metadata.clipLow == nil || metadata.clipHigh == nil
        var ends = SampleExtremes()
        let (all, file) = (recording.symbols, name)
        var told = ContinuousClock.now
        try recording.forEachBlock { (first, block) throws(RecordingError) in
            sums.add(block, detection: detection)
            if looksForEnds { ends.add(block, detection: detection) }
            guard let live, told.duration(to: .now) > .milliseconds(500) else { return }
            told = .now
            live.show("\(file): \(100 * first / all) % of \(NumberText.count(all)) symbols")
        }
        moments = sums
        extremes = [ends.rangeX, ends.rangeP].compactMap(\.self)
        try readStatistics(recording, width)
    }

    private mutating func readStatistics(_ recording: borrowing SignalRecording, _ width: Int) throws(RecordingError) {
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
    /// correlation (4 σ, once in 16,000 lags) is taken as none: noise squared and summed would pass for correlation.
    var correlation: Autocorrelation {
        let lags = SampleStatistics.lags
        let count = statistics.reduce(0) { $0 + $1.samples }
        var pooled = [Double](repeating: 0, count: lags)
        for channel in statistics {
            for (lag, value) in channel.correlations.enumerated() { pooled[lag] += value / Double(statistics.count) }
        }
        let limit = 4 / Double(max(count, 1)).squareRoot()
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
                // e^(−30) is what a correct program fails with.
                if expected > 30 { return (end, expected) }
            }
        }
        return nil
    }

    /// What a person should know before the numbers.
    var remarks: [String] {
        var remarks: [String] = []
        if metadata.emulated == true { remarks.append("\(name): EMULATED, no optics behind it") }
        if metadata.missingSymbols > 0 {
            remarks.append("\(name): \(NumberText.count(metadata.missingSymbols)) symbols were lost while recording")
        }
        for (channel, statistics) in zip(["x", "p"], statistics) {
            let (skew, kurtosis) = (statistics.skewness, statistics.kurtosis)
            if abs(skew.deviation(from: Ratio(0))) > 5 {
                remarks.append(
                    "\(name): \(channel) is skewed, \(NumberText.estimate(skew.value.value, sigma: skew.sigma.value))")
            }
            if abs(kurtosis.deviation(from: Ratio(3))) > 5 {
                remarks.append(
                    "\(name): \(channel) is not Gaussian, kurtosis \(NumberText.estimate(kurtosis.value.value, sigma: kurtosis.sigma.value)) instead of 3"
                )
            }
        }
        let inflation = correlation.inflation
        if inflation > 1.01 {
            remarks.append(
                "\(name): neighbouring samples are correlated (ρ₁ = \(NumberText.significant(correlation.coefficients[0], digits: 2))); σ counts \(NumberText.significant(inflation, digits: 3)) of them as one"
            )
        }
        return remarks
    }
}
