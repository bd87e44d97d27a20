import QuadratureAnalysis
import SignalRecordings

/// The result of `cvqkd shot-noise analyze`. Variances in LSB², electronic noise in SNU.
struct ShotNoiseAnalysisDocument: Encodable, Sendable {
    /// A recording, and what its samples look like.
    struct Recording: Encodable, Sendable {
        var file: String
        var kind: String?
        var unitSerial: String?
        var symbols: Int64
        var missingSymbols: Int64
        var localOscillatorPower: Double?
        var channels: [Channel]
        var correlationInflation: Double
        init(_ reading: ReceiverReading) {
            file = reading.name
            kind = reading.metadata.kind?.rawValue
            unitSerial = reading.metadata.unitSerial
            symbols = reading.symbols
            missingSymbols = reading.metadata.missingSymbols
            localOscillatorPower = reading.metadata.localOscillatorPower
            channels = zip(["x", "p"], zip(reading.channels, reading.statistics)).map {
                Channel(name: $0, moments: $1.0, statistics: $1.1)
            }
            correlationInflation = reading.correlation.inflation
        }
    }

    /// A quadrature, or the only channel.
    struct Channel: Encodable, Sendable {
        var name: String
        var mean: EstimateValue
        var variance: EstimateValue
        var skewness: EstimateValue
        var kurtosis: EstimateValue
        var correlations: [Double?]
        var clippedSamples: Int64

        init(name: String, moments: QuadratureMoments, statistics: SampleStatistics) {
            self.name = name
            let variance = moments.variance.value
            mean = EstimateValue(
                Estimate(
                    Ratio(moments.mean), sigma: Ratio((variance / Double(moments.samples)).squareRoot()),
                    samples: moments.samples))
            mean.unit = "LSB"
            self.variance = EstimateValue(
                Estimate(
                    moments.variance, sigma: RawVariance(variance * (2 / Double(moments.samples - 1)).squareRoot()),
                    samples: moments.samples))
            skewness = EstimateValue(statistics.skewness)
            kurtosis = EstimateValue(statistics.kurtosis)
            correlations = statistics.correlations.map(\.finite)
            clippedSamples = moments.clipped
        }
    }

    var method: String
    @ExplicitNull var electronicVariance: EstimateValue?
    var vacuumVariance: EstimateValue
    var shotNoiseVariance: EstimateValue
    @ExplicitNull var electronicNoise: EstimateValue?
    @ExplicitNull var clearanceDecibels: EstimateValue?
    /// 1/(1 + v_el), by which a one-time evaluation lowers η.
    var electronicEfficiency: EstimateValue?
    var emulated: Bool?
    var off: Recording
    var on: Recording
    var warnings: [String]

    init(_ pair: ReceiverPair) {
        let result = pair.shotNoise
        method = result.method.rawValue
        electronicVariance = result.electronicVariance.map(EstimateValue.init)
        vacuumVariance = EstimateValue(result.vacuumVariance)
        shotNoiseVariance = EstimateValue(result.shotNoiseVariance)
        electronicNoise = result.electronicNoise.map(EstimateValue.init)
        clearanceDecibels = result.clearance.map(EstimateValue.init)
        if result.method == .oneTime { electronicEfficiency = result.electronicEfficiency.map(EstimateValue.init) }
        let stated = [pair.off.metadata.emulated, pair.on.metadata.emulated].compactMap(\.self)
        emulated = stated.isEmpty ? nil : stated.contains(true)
        off = Recording(pair.off)
        on = Recording(pair.on)
        warnings = pair.remarks
    }
}

extension ReceiverPair {
    /// For people.
    var text: String {
        var sheet = Sheet()
        let result = shotNoise
        sheet.add("evaluation", result.method == .twoTime ? "two-time: N0 = V_on − V_off" : "one-time: N0 = V_on")
        sheet.add("V_off", result.electronicVariance.map { "\(NumberText.estimate($0, "LSB²")), \(samples($0))" })
        sheet.add("V_on", "\(NumberText.estimate(result.vacuumVariance, "LSB²")), \(samples(result.vacuumVariance))")
        sheet.add("N0", NumberText.estimate(result.shotNoiseVariance, "LSB²"))
        sheet.add("electronic noise v_el", result.electronicNoise.map { NumberText.estimate($0, "SNU") })
        sheet.add("clearance", result.clearance.map { NumberText.estimate($0, "dB") })
        if result.method == .oneTime {
            sheet.add("lowers η by", result.electronicEfficiency.map { NumberText.estimate($0) })
        }
        for remark in remarks { sheet.add("remark", remark) }
        return sheet.text
    }

    private func samples(_ estimate: Estimate<some PhysicalQuantity>) -> String {
        "\(NumberText.count(estimate.samples)) samples"
    }
}
