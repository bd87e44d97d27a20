internal import CalibrationRecords
internal import QuadratureAnalysis

/// What raw vacuum samples show beyond their variance: Gaussian or not, correlated or not. Pure.
struct CapturedVacuum: Sendable {
    let x: [Int16]
    /// Empty for a homodyne receiver.
    let p: [Int16]
    let sampleRate: Double

    init(_ samples: [Int16], isPair: Bool, sampleRate: Double) {
        x = isPair ? stride(from: 0, to: samples.count - 1, by: 2).map { samples[$0] } : samples
        p = isPair ? stride(from: 1, to: samples.count, by: 2).map { samples[$0] } : []
        self.sampleRate = sampleRate
    }

    /// Kurtosis of a channel, 3 for a Gaussian; σ = √(24/n).
    static func kurtosis(_ values: [Int16]) -> (value: Double, sigma: Double)? {
        guard values.count >= 100 else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0.0) { $0 + Double($1) } / count
        let (second, fourth) = values.reduce((0.0, 0.0)) { sums, value in
            let square = (Double(value) - mean) * (Double(value) - mean)
            return (sums.0 + square, sums.1 + square * square)
        }
        guard second > 0 else { return nil }
        return (count * fourth / (second * second), (24 / count).squareRoot())
    }

    /// Correlation of two equally long series, `lag` apart; σ = 1/√n.
    static func correlation(_ a: [Int16], _ b: [Int16], lag: Int = 0) -> (value: Double, sigma: Double)? {
        let count = min(a.count, b.count) - lag
        guard count >= 100 else { return nil }
        let (meanA, meanB) = (mean(a), mean(b))
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            let (u, v) = (Double(a[index]) - meanA, Double(b[index + lag]) - meanB)
            ab += u * v
            aa += u * u
            bb += v * v
        }
        guard aa > 0, bb > 0 else { return nil }
        return (ab / (aa * bb).squareRoot(), 1 / Double(count).squareRoot())
    }

    private static func mean(_ values: [Int16]) -> Double {
        values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
    }

    /// Standard deviation about the mean, LSB.
    static func deviation(_ values: [Int16]) -> Double {
        let mean = mean(values)
        return (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(1, values.count)))
            .squareRoot()
    }

    /// Counts in 64 bins over ±5 standard deviations.
    private var histogram: CalibrationRecord.Curve? {
        let mean = Self.mean(x)
        let deviation = Self.deviation(x)
        guard deviation > 0 else { return nil }
        let width = 10 * deviation / 64
        var counts = [Double](repeating: 0, count: 64)
        for value in x {
            let bin = ((Double(value) - mean) / width + 32).rounded(.down)
            if bin >= 0, bin < 64 { counts[Int(bin)] += 1 }
        }
        return CalibrationRecord.Curve(
            name: "histogram", xLabel: "vacuum sample / LSB", yLabel: "samples per bin",
            x: (0..<64).map { mean + (Double($0) - 31.5) * width }, y: counts, sigma: counts.map { $0.squareRoot() })
    }

    func findings(_ limits: BobLimits) -> PhaseFindings {
        var findings = PhaseFindings()
        let channels = [("X", x), ("P", p)].filter { !$0.1.isEmpty }
        for (name, values) in channels {
            let found = Self.kurtosis(values)
            findings.measurements.append(
                Measurement(
                    "kurtosis\(name)", value: found?.value, sigma: found?.sigma, unit: "1",
                    samples: Int64(values.count),
                    limits: limits.kurtosis(samples: values.count)))
            let next = Self.correlation(values, values, lag: 1)
            findings.measurements.append(
                Measurement(
                    "autocorrelation\(name)", value: next?.value, sigma: next?.sigma, unit: "1",
                    samples: Int64(values.count), limits: limits.correlation))
        }
        if !p.isEmpty {
            let found = Self.correlation(x, p)
            findings.measurements.append(
                Measurement(
                    "quadratureCorrelation", value: found?.value, sigma: found?.sigma, unit: "1",
                    samples: Int64(x.count), limits: limits.correlation))
        }
        if let histogram { findings.curves.append(histogram) }
        return findings
    }
}
