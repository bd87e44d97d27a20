internal import QuadratureAnalysis

/// Exponentially weighted mean of window variances, on the cube-root scale on which they are normal.
struct SmoothedVariance: Sendable {
    let weight: Double
    private var mean: Double?
    /// Σ of squared weights times the windows' 2/(9ν): the relative variance of the mean.
    private var spread = 0.0
    private var samples: Int64 = 0

    init(weight: Double) { self.weight = weight }

    mutating func add(_ variance: RawVariance, freedom: Double) {
        let a = 2 / (9 * freedom)
        let value = CubeRoot.of(variance.value) / (1 - a)
        samples += Int64(freedom)
        guard let before = mean else {
            mean = value
            spread = a
            return
        }
        mean = before + weight * (value - before)
        spread = (1 - weight) * (1 - weight) * spread + weight * weight * a
    }

    /// Standard normal if the smoothed variance is the reference's.
    func score(against reference: ShotNoiseReference) -> Double? {
        guard let mean else { return nil }
        let b = 2 / (9 * reference.expected.freedom)
        let expected = CubeRoot.of(reference.expected.variance.value.value) / (1 - b)
        return (mean / expected - 1) / (spread + b).squareRoot()
    }

    var estimate: Estimate<RawVariance>? {
        guard let mean else { return nil }
        let value = mean * mean * mean
        return Estimate(RawVariance(value), sigma: RawVariance(3 * value * spread.squareRoot()), samples: samples)
    }

    func drift(against reference: ShotNoiseReference) -> Estimate<Ratio>? {
        guard let estimate else { return nil }
        let ratio = estimate.value.value / reference.expected.variance.value.value
        let relative = 9 * spread + 2 / reference.expected.freedom
        return Estimate(Ratio(ratio - 1), sigma: Ratio(ratio * relative.squareRoot()), samples: estimate.samples)
    }
}
