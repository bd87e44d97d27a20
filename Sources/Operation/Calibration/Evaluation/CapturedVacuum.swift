internal import CalibrationRecords
internal import QuadratureAnalysis

/// What raw vacuum samples show beyond their variance: Gaussian or not, correlated or not. Pure.
struct CapturedVacuum: Sendable {
    let samples: [Int16]
    let plausibility: SamplePlausibility
    private let stride: Int

    init(_ samples: [Int16], isPair: Bool) {
        self.samples = samples
        stride = isPair ? 2 : 1
        plausibility =
            isPair ? SamplePlausibility(pairs: samples.span) : SamplePlausibility(single: samples.span)
    }

    /// Counts of x in 64 bins over ±5 standard deviations.
    private var histogram: CalibrationRecord.Curve? {
        let (mean, deviation) = (plausibility.x.moments.mean, plausibility.x.deviation)
        guard deviation > 0 else { return nil }
        let width = 10 * deviation / 64
        var counts = [Double](repeating: 0, count: 64)
        for index in Swift.stride(from: 0, to: samples.count, by: stride) {
            let bin = ((Double(samples[index]) - mean) / width + 32).rounded(.down)
            if bin >= 0, bin < 64 { counts[Int(bin)] += 1 }
        }
        return CalibrationRecord.Curve(
            name: "histogram", xLabel: "vacuum sample / LSB", yLabel: "samples per bin",
            x: (0..<64).map { mean + (Double($0) - 31.5) * width }, y: counts, sigma: counts.map { $0.squareRoot() })
    }

    func findings(_ limits: BobLimits) -> PhaseFindings {
        var findings = PhaseFindings(
            plausibility.shapes(kurtosis: limits.kurtosis(samples:), correlation: limits.correlation))
        if plausibility.p != nil {
            findings.measurements.append(
                RecordedMeasurement(
                    "quadratureCorrelation", plausibility.quadratureCorrelation, unit: "1", limits: limits.correlation))
        }
        if let histogram { findings.curves.append(histogram) }
        return findings
    }
}

extension SamplePlausibility {
    /// Kurtosis and correlation of neighbours, channel by channel.
    func shapes(kurtosis limits: (Int) -> AcceptanceLimits, correlation: AcceptanceLimits) -> [RecordedMeasurement] {
        [("X", x)].appending(p.map { ("P", $0) }).flatMap { name, channel in
            [
                RecordedMeasurement(
                    "kurtosis\(name)", channel.kurtosis, unit: "1",
                    limits: limits(Int(clamping: channel.moments.samples)), judging: .value),
                RecordedMeasurement("autocorrelation\(name)", channel.autocorrelation, unit: "1", limits: correlation),
            ]
        }
    }
}

extension Array {
    fileprivate func appending(_ element: Element?) -> [Element] { self + (element.map { [$0] } ?? []) }
}
