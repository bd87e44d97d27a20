import CalibrationRecords
import Foundation

/// A record of a pair with everything that a report can show, with realistic numbers. Seed 7.
enum FullRecord {
    static func make(serial: String = "NOVA-B-0001", emulated: Bool = true) -> CalibrationRecord {
        var random = Gaussian(state: 7)
        var record = Samples.pair(emulated: emulated)
        record.units[0].serial = serial
        record.shotNoiseMethod = "two-time"
        record.instruments = [.init(kind: "powerMeter", identification: "THORLABS,PM101A,M00123456,2.1.0")]
        record.remarks = ["η as stated by the unit; the ratio to the power meter was verified"]
        record.phases = phases()
        record.outcome = .marginal
        record.conditions = [
            .init(unit: serial, name: "detector_temperature", unitOfMeasure: "degC", atStart: 25.02, atEnd: 25.07),
            .init(unit: serial, name: "local_oscillator_power", unitOfMeasure: "W", atStart: 0.01203, atEnd: 0.01201),
            .init(unit: "A-1", name: "laser_temperature", unitOfMeasure: "degC", atStart: 24.98, atEnd: nil),
        ]
        record.rawSums = ["dark", "vacuum"].flatMap { kind in
            ["x", "p"].map { quadrature in
                .init(
                    kind: kind, quadrature: quadrature, samples: 20_000_000, sum: kind == "dark" ? 61_223 : -128_934,
                    sumOfSquares: kind == "dark" ? 842_114_223_119 : 9_268_335_117_420, clipped: 0,
                    localOscillatorPower: kind == "dark" ? 0 : 0.01202)
            }
        }
        record.budget = [
            .init(result: "excessNoise", cause: "signal samples", sigma: 0.00182, evaluation: "A"),
            .init(result: "excessNoise", cause: "vacuum samples", sigma: 0.00241, evaluation: "A"),
            .init(result: "excessNoise", cause: "electronic noise", sigma: 0.00007, evaluation: "A"),
            .init(result: "excessNoise", cause: "detector efficiency", sigma: 0.00019, evaluation: "B"),
        ]
        record.curves = curves(&random)
        record.validity?.windows[0].unit = serial
        record.validity?.firmware = [serial: "0.1.0", "A-1": "0.1.0"]
        return record
    }

    private static func phases() -> [CalibrationRecord.Phase] {
        [
            .init(
                name: "shotNoise", started: Bench.now - 600, duration: 201,
                measurements: [
                    RecordedMeasurement(
                        "electronicNoiseVariance", value: 42_105.71, sigma: 13.3, unit: "LSB^2", samples: 20_000_000),
                    RecordedMeasurement(
                        "shotNoiseVariance", value: 421_311.05, sigma: 146.5, unit: "LSB^2", samples: 20_000_000),
                    RecordedMeasurement(
                        "clearance", value: 10.414, sigma: 0.0024, unit: "dB",
                        limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10)),
                    RecordedMeasurement(
                        "quadratureBalance", value: 1.0121, sigma: 0.0005, unit: "1",
                        limits: AcceptanceLimits(
                            minimum: 0.97, maximum: 1.03, marginalMinimum: 0.99, marginalMaximum: 1.01)),
                    RecordedMeasurement("detectorEfficiency", value: 0.6, sigma: 0.012, unit: "1", source: .stated),
                ]),
            .init(
                name: "trainingEstimate", started: Bench.now - 300, duration: 300,
                measurements: [
                    RecordedMeasurement(
                        "transmittance", value: 0.31587, sigma: 0.00017, unit: "1", samples: 38_474_056),
                    RecordedMeasurement(
                        "excessNoise", value: 0.0123, sigma: 0.0037, unit: "SNU", plane: "input", samples: 38_474_056,
                        limits: AcceptanceLimits(maximum: 0.08, marginalMaximum: 0.04)),
                    RecordedMeasurement("keyRate", value: 0.0621, unit: "bit/symbol"),
                ], note: "link health, not a security estimate"),
        ]
    }

    private static func curves(_ random: inout Gaussian) -> [CalibrationRecord.Curve] {
        let powers = (1...12).map { Double($0) }
        let frequencies = (0..<257).map { Double($0) * 50 / 256 }
        let averaging = (0..<14).map { pow(2, Double($0)) * 0.05 }
        let bins = (-30...30).map { Double($0) * 100 }
        let minutes = (0..<60).map { Double($0) * 5 }
        let allan = averaging.map { (0.0021 / $0 + 4e-8 * $0).squareRoot() }
        return [
            .init(
                name: "linearity", xLabel: "LO power (mW)", yLabel: "Variance (LSB²)", x: powers,
                y: powers.map { 42_000 + 35_000 * $0 - 60 * $0 * $0 + 900 * random.next() },
                sigma: powers.map { _ in 900 }),
            .init(
                name: "spectrumOff", xLabel: "Frequency (MHz)", yLabel: "Power density (dB)", x: frequencies,
                y: frequencies.map { 20 + 0.02 * $0 + 0.15 * random.next() }),
            .init(
                name: "spectrumOn", xLabel: "Frequency (MHz)", yLabel: "Power density (dB)", x: frequencies,
                y: frequencies.map { 30.4 - 0.0008 * $0 * $0 + 0.15 * random.next() }),
            .init(
                name: "allan", xLabel: "Averaging time (s)", yLabel: "Relative deviation of V_on", x: averaging,
                y: allan),
            .init(
                name: "histogram", xLabel: "x (LSB)", yLabel: "Samples", x: bins,
                y: bins.map { 1e6 * exp(-$0 * $0 / (2 * 680 * 680)) * (1 + 0.01 * random.next()) }),
            .init(
                name: "excessNoise", xLabel: "Time (s)", yLabel: "Excess noise at the input (SNU)", x: minutes,
                y: minutes.map { _ in 0.0123 + 0.02 * random.next() }, sigma: minutes.map { _ in 0.02 }),
        ]
    }

    /// Twelve uniform numbers of a small generator: near enough for a picture.
    struct Gaussian {
        var state: UInt64
        mutating func next() -> Double {
            (0..<12).reduce(-6.0) { sum, _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return sum + Double(state >> 11) / Double(1 << 53)
            }
        }
    }
}
