internal import Glibc
internal import UnitProtocol

/// A quantity that the unit measures.
struct MeasuredQuantity: Sendable {
    let quantity: TelemetryQuantity
    let operating: ClosedRange<Double>
    let absolute: ClosedRange<Double>

    init(
        _ quantity: TelemetryQuantity, _ operating: ClosedRange<Double>,
        _ absolute: ClosedRange<Double> = -.infinity ... .infinity
    ) {
        self.quantity = quantity
        self.operating = operating
        self.absolute = absolute
    }

    /// The value's status. A limit that was crossed outwards is crossed back 2 % of the operating range further in, so
    /// that a value at a limit makes one event and not a hundred.
    func status(of value: Double, before: RangeStatus) -> RangeStatus {
        guard !value.isNaN else { return .unavailable }
        let span = operating.upperBound - operating.lowerBound
        let margin = span.isFinite ? 0.02 * span : 0
        let inner = before == .outOfOperating || before == .outOfAbsolute ? margin : 0
        let outer = before == .outOfAbsolute ? margin : 0
        if value < absolute.lowerBound + outer || value > absolute.upperBound - outer { return .outOfAbsolute }
        if value < operating.lowerBound + inner || value > operating.upperBound - inner { return .outOfOperating }
        return .normal
    }
}

/// The unit's measured values, sampled ten times a second.
struct TelemetryBoard {
    /// A host should take a value older than this as stale, ms.
    static let maximumAge: UInt32 = 1_000
    static let interval: UInt64 = 100_000_000

    let quantities: [MeasuredQuantity]
    private(set) var values: [Double]
    private(set) var statuses: [RangeStatus]
    /// When the values were sampled, ns of the clock; 0 never.
    private(set) var sampled: UInt64 = 0
    private var noise: RandomNumbers

    init(_ unit: UnitConfiguration) {
        quantities = unit.role == .alice ? MeasuredQuantity.alice : MeasuredQuantity.bob(unit)
        values = Array(repeating: .nan, count: quantities.count)
        statuses = Array(repeating: .unavailable, count: quantities.count)
        noise = RandomNumbers(seed: unit.seed, stream: 2)
    }

    /// A crossing of a limit.
    struct Crossing {
        var quantity: TelemetryQuantity
        var before: RangeStatus
        var after: RangeStatus
        var value: Double
    }

    /// Takes all values and says which crossed a limit. The first sample crosses nothing.
    mutating func sample(now: UInt64, _ value: (TelemetryQuantity) -> Double) -> [Crossing] {
        let isFirst = sampled == 0
        sampled = now
        var crossings: [Crossing] = []
        for index in quantities.indices {
            let measured = quantities[index]
            let ideal = value(measured.quantity)
            let noisy = ideal * (1 + measured.noise * (noise.fraction() - 0.5))
            let before = statuses[index]
            let after = measured.status(of: noisy, before: before)
            values[index] = noisy
            statuses[index] = after
            if after != before && !isFirst {
                crossings.append(Crossing(quantity: measured.quantity, before: before, after: after, value: noisy))
            }
        }
        return crossings
    }
}

extension MeasuredQuantity {
    /// Relative noise, peak to peak: none of counters, states and set values, little of a frequency, and what a
    /// converter has of the rest.
    var noise: Double {
        switch quantity {
        case .modulatorBiasError, .polarisationLock, .attenuationSet, .shutterReadBack, .clockHoldover, .entropyHealth,
            .uptime, .bootCount, .tamper:
            0
        case .laserFrequency: 1e-9
        default: 2e-4
        }
    }

    private static let health = 0.5...1.0
    private static let counter = 0.0...Double.infinity

    private static let common = [
        MeasuredQuantity(.boardTemperature, 0...60, -20...85),
        MeasuredQuantity(.inputWatchdogPower, 0...1e-6, 0...1e-3),
        MeasuredQuantity(.syncReceivedPower, 1e-7...1e-3),
        MeasuredQuantity(.clockOffset, -1e-9...1e-9),
        MeasuredQuantity(.clockHoldover, 0...10),
        MeasuredQuantity(.entropyHealth, health),
        MeasuredQuantity(.rail3V3, 3.2...3.4, 3.0...3.6),
        MeasuredQuantity(.rail5V0, 4.85...5.15, 4.5...5.5),
        MeasuredQuantity(.uptime, counter), MeasuredQuantity(.bootCount, counter),
        MeasuredQuantity(.tamper, 0...0.5),
        MeasuredQuantity(.boardHumidity, 5...70, 0...95),
        MeasuredQuantity(.laserBiasCurrent, 0...0.25, 0...0.3),
        MeasuredQuantity(.laserFrequency, 193.39e12...193.41e12),
    ]

    static let alice =
        (common + [
            MeasuredQuantity(.laserTemperature, 20...30, 0...50),
            MeasuredQuantity(.laserTECCurrent, -1...1, -1.5...1.5),
            MeasuredQuantity(.modulatorTemperature, 25...45, 0...70),
            MeasuredQuantity(.laserPower, 0...0.02, 0...0.04),
            MeasuredQuantity(.modulatorBiasError, -0.01...0.01),
            MeasuredQuantity(.attenuationSet, 0...30), MeasuredQuantity(.attenuationReadBack, -0.5...30.5),
            MeasuredQuantity(.monitorPower, 0...1e-3),
            MeasuredQuantity(.modulatorTECCurrent, -1...1, -1.5...1.5),
        ]).sorted { $0.quantity.rawValue < $1.quantity.rawValue }

    static func bob(_ unit: UnitConfiguration) -> [MeasuredQuantity] {
        let nominal = unit.nominalLocalOscillatorPower
        return
            (common + [
                MeasuredQuantity(.detectorTemperature, 20...30, 0...50),
                MeasuredQuantity(.beatFrequency, -5e6...5e6),
                MeasuredQuantity(.localOscillatorPower, 0...1.2 * nominal, 0...2 * nominal),
                MeasuredQuantity(.polarisationLock, 0...1), MeasuredQuantity(.shutterReadBack, 0...1),
                MeasuredQuantity(.pilotSNR, 0...60), MeasuredQuantity(.residualPhaseVariance, 0...0.02),
                MeasuredQuantity(.detectorTECCurrent, -1...1, -1.5...1.5),
                MeasuredQuantity(.detectorPhotocurrent, 0...0.05, 0...0.1),
            ]).sorted { $0.quantity.rawValue < $1.quantity.rawValue }
    }
}
