/// Whether samples look like independent Gaussian ones: a receiver's vacuum, Alice's words. Plausibility only: what
/// somebody else can predict looks just as random. NIST SP 800-90B belongs to a generator's raw noise, inside of the unit.
public struct SamplePlausibility: Sendable {
    /// One quadrature.
    public struct Channel: Sendable {
        /// Count, mean, variance.
        public let moments: QuadratureMoments
        /// Samples that equal the one before.
        public let repeats: Int64
        private let statistics: SampleStatistics

        init(_ samples: Span<Int16>, offset: Int, stride: Int, limits: ClipLimits) {
            var moments = QuadratureMoments(limits: limits)
            var repeats: Int64 = 0
            var (sum, squares, clipped, count) = (Int64(0), Int64(0), Int64(0), Int64(0))
            var previous: Int16?
            for index in Swift.stride(from: offset, to: samples.count, by: stride) {
                let value = samples[index]
                sum &+= Int64(value)
                squares &+= Int64(value) &* Int64(value)
                clipped &+= value <= limits.low || value >= limits.high ? 1 : 0
                repeats &+= value == previous ? 1 : 0
                previous = value
                count &+= 1
            }
            moments.add(samples: count, sum: sum, sumOfSquares: squares, clipped: clipped)
            var statistics = SampleStatistics(mean: moments.mean)
            if count > 0 { statistics.add(samples, offset: offset, stride: stride) }
            (self.moments, self.repeats, self.statistics) = (moments, repeats, statistics)
        }

        /// Whether there is anything to look at.
        var isJudged: Bool {
            moments.samples >= SamplePlausibility.leastSamples && moments.sumOfSquaresAboutMean > 0
        }

        /// 3 for Gaussian samples; nil for too few, or constant ones.
        public var kurtosis: Estimate<Ratio>? { isJudged ? statistics.kurtosis : nil }

        /// Correlation of neighbours, ρ_1, with σ = 1/√n for independent samples; nil for too few, or constant ones.
        public var autocorrelation: Estimate<Ratio>? {
            guard isJudged else { return nil }
            let pairs = moments.samples - 1
            return Estimate(
                Ratio(statistics.correlations[0]), sigma: Ratio((1 / Double(pairs)).squareRoot()), samples: pairs)
        }

        /// Standard deviation, LSB.
        public var deviation: Double { moments.variance.value.squareRoot() }

        /// The share of samples that equal the one before, with the σ of a share.
        public var repetition: Estimate<Ratio>? {
            guard isJudged else { return nil }
            let pairs = Double(moments.samples - 1)
            let share = Double(repeats) / pairs
            // Of none seen, one would have been possible.
            let sigma = (max(share, 1 / pairs) / pairs).squareRoot()
            return Estimate(Ratio(share), sigma: Ratio(sigma), samples: moments.samples - 1)
        }

        /// The share that independent Gaussian samples of this deviation σ (well above 1 LSB) have: 1/(2σ√π).
        public var expectedRepetition: Double { 1 / (2 * deviation * Double.pi.squareRoot()) }
    }

    /// Samples of a channel below which nothing is said.
    public static let leastSamples: Int64 = 100
    /// The x channel, or the only one.
    public let x: Channel
    /// The p channel; nil for a single one.
    public let p: Channel?
    /// Correlation of x and p of the same symbol, with σ = 1/√n for independent ones; nil for one channel, for too few or
    /// constant samples.
    public let quadratureCorrelation: Estimate<Ratio>?

    /// Of one quadrature: y, y, y….
    public init(single samples: Span<Int16>, limits: ClipLimits = .converter(bits: 16)) {
        x = Channel(samples, offset: 0, stride: 1, limits: limits)
        p = nil
        quadratureCorrelation = nil
    }

    /// Of both quadratures: x, p, x, p…. A sample without its partner at the end is left out.
    public init(pairs samples: Span<Int16>, limits: ClipLimits = .converter(bits: 16)) {
        let whole = samples.extracting(0..<(samples.count / 2 * 2))
        let (x, p) = (
            Channel(whole, offset: 0, stride: 2, limits: limits), Channel(whole, offset: 1, stride: 2, limits: limits)
        )
        var product: Int64 = 0
        for symbol in 0..<(whole.count / 2) {
            product &+= Int64(whole[2 &* symbol]) &* Int64(whole[2 &* symbol &+ 1])
        }
        (self.x, self.p) = (x, p)
        guard x.isJudged, p.isJudged else {
            quadratureCorrelation = nil
            return
        }
        let count = Double(x.moments.samples)
        let covariance = Double(product) - count * x.moments.mean * p.moments.mean
        let scale = (x.moments.sumOfSquaresAboutMean * p.moments.sumOfSquaresAboutMean).squareRoot()
        quadratureCorrelation = Estimate(
            Ratio(covariance / scale), sigma: Ratio((1 / count).squareRoot()), samples: x.moments.samples)
    }

    /// σ_x/σ_p, known to 1/√n of it for independent Gaussian samples; nil for one channel, for too few or constant samples.
    public var quadratureBalance: Estimate<Ratio>? {
        guard let p, x.isJudged, p.isJudged else { return nil }
        let ratio = x.deviation / p.deviation
        return Estimate(
            Ratio(ratio), sigma: Ratio(ratio / Double(x.moments.samples).squareRoot()), samples: x.moments.samples)
    }
}
