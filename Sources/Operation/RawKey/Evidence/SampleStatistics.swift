/// What sums say about their samples. Not a number where there are too few.
struct SampleStatistics: Sendable, Hashable {
    /// Samples.
    let samples: Double
    /// LSB.
    let mean: Double
    /// About the mean, unbiased, LSB².
    let variance: Double
    /// Fourth central moment over the square of the second.
    let kurtosis: Double
    /// ρ₁ of neighbours within runs.
    let correlation: Double

    /// Of sums over `runs` runs.
    init(_ sums: SampleSums, runs: UInt64) {
        let n = Double(sums.samples)
        samples = n
        mean = Double(sums.first) / n
        // Integers below 2^126: a variance that is small beside the mean's square loses no digit.
        let centred = Int128(sums.samples) * Int128(sums.second) - Int128(sums.first) * Int128(sums.first)
        variance = sums.samples < 2 ? .nan : Double(centred) / n / (n - 1)
        let population = Double(centred) / n / n
        let (m, m2) = (mean, mean * mean)
        let fourth =
            Double(sums.fourth) / n - 4 * m * Double(sums.third) / n + 6 * m2 * Double(sums.second) / n - 3 * m2 * m2
        kurtosis = fourth / (population * population)
        let products = n - Double(runs)
        correlation = products > 0 ? (Double(sums.lagProduct) / products - m2) / population : 0
    }

    /// 1 + 2ρ₁²: samples that count as one, for a variance.
    var correlationFactor: Double { 1 + 2 * correlation * correlation }

    /// σ of the variance over the variance.
    var relativeSigma: Double { (2 * correlationFactor / samples).squareRoot() }

    /// σ of the variance, LSB².
    var varianceSigma: Double { variance * relativeSigma }
}
