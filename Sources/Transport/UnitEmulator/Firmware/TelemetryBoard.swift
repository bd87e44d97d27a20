internal import Glibc
internal import UnitProtocol

/// A quantity that the unit measures.
struct Quantity: Sendable {
    let id: UInt16
    let name: String
    let unit: String
    let operating: ClosedRange<Double>
    let absolute: ClosedRange<Double>

    init(
        _ id: UInt16, _ name: String, _ unit: String, _ operating: ClosedRange<Double>,
        _ absolute: ClosedRange<Double> = -.infinity ... .infinity
    ) {
        self.id = id
        self.name = name
        self.unit = unit
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

    let quantities: [Quantity]
    private(set) var values: [Double]
    private(set) var statuses: [RangeStatus]
    /// When the values were sampled, ns of the clock; 0 never.
    private(set) var sampled: UInt64 = 0
    private var noise: RandomNumbers

    init(_ unit: UnitConfiguration) {
        quantities = unit.role == .alice ? Quantity.alice : Quantity.bob(unit)
        values = Array(repeating: .nan, count: quantities.count)
        statuses = Array(repeating: .unavailable, count: quantities.count)
        noise = RandomNumbers(seed: unit.seed, stream: 2)
    }

    /// A crossing of a limit.
    struct Crossing {
        var id: UInt16
        var before: RangeStatus
        var after: RangeStatus
        var value: Double
    }

    /// Takes all values and says which crossed a limit. The first sample crosses nothing.
    mutating func sample(now: UInt64, _ value: (UInt16) -> Double) -> [Crossing] {
        let isFirst = sampled == 0
        sampled = now
        var crossings: [Crossing] = []
        for index in quantities.indices {
            let quantity = quantities[index]
            let ideal = value(quantity.id)
            let noisy = ideal * (1 + quantity.noise * (noise.fraction() - 0.5))
            let before = statuses[index]
            let after = quantity.status(of: noisy, before: before)
            values[index] = noisy
            statuses[index] = after
            if after != before && !isFirst {
                crossings.append(Crossing(id: quantity.id, before: before, after: after, value: noisy))
            }
        }
        return crossings
    }
}

extension Quantity {
    /// Relative noise, peak to peak: none of counters, states and set values, little of a frequency, and what a
    /// converter has of the rest.
    var noise: Double {
        if [11, 12, 13, 15, 22, 23, 26, 27, 28].contains(id) { return 0 }
        return id == 8 ? 1e-9 : 2e-4
    }

    private static let health = 0.5...1.0
    private static let counter = 0.0...Double.infinity

    private static let common = [
        Quantity(5, "board_temperature", "degC", 0...60, -20...85),
        Quantity(17, "input_watchdog_power", "W", 0...1e-6, 0...1e-3),
        Quantity(20, "sync_received_power", "W", 1e-7...1e-3),
        Quantity(21, "clock_offset", "s", -1e-9...1e-9),
        Quantity(22, "clock_holdover", "s", 0...10),
        Quantity(23, "entropy_health", "1", health),
        Quantity(24, "rail_3v3", "V", 3.2...3.4, 3.0...3.6),
        Quantity(25, "rail_5v0", "V", 4.85...5.15, 4.5...5.5),
        Quantity(26, "uptime", "s", counter), Quantity(27, "boot_count", "1", counter),
        Quantity(28, "tamper", "1", 0...0.5),
        Quantity(31, "board_humidity", "%", 5...70, 0...95),
        Quantity(6, "laser_bias_current", "A", 0...0.25, 0...0.3),
        Quantity(8, "laser_frequency", "Hz", 193.39e12...193.41e12),
    ]

    static let alice =
        (common + [
            Quantity(1, "laser_temperature", "degC", 20...30, 0...50),
            Quantity(2, "laser_tec_current", "A", -1...1, -1.5...1.5),
            Quantity(3, "modulator_temperature", "degC", 25...45, 0...70),
            Quantity(7, "laser_power", "W", 0...0.02, 0...0.04),
            Quantity(11, "modulator_bias_error", "1", -0.01...0.01),
            Quantity(13, "attenuation_set", "dB", 0...30), Quantity(14, "attenuation_read_back", "dB", -0.5...30.5),
            Quantity(16, "monitor_power", "W", 0...1e-3),
            Quantity(29, "modulator_tec_current", "A", -1...1, -1.5...1.5),
        ]).sorted { $0.id < $1.id }

    static func bob(_ unit: UnitConfiguration) -> [Quantity] {
        let nominal = unit.nominalLocalOscillatorPower
        return
            (common + [
                Quantity(4, "detector_temperature", "degC", 20...30, 0...50),
                Quantity(9, "beat_frequency", "Hz", -5e6...5e6),
                Quantity(10, "local_oscillator_power", "W", 0...1.2 * nominal, 0...2 * nominal),
                Quantity(12, "polarisation_lock", "1", 0...1), Quantity(15, "shutter_read_back", "1", 0...1),
                Quantity(18, "pilot_snr", "dB", 0...60), Quantity(19, "residual_phase_variance", "rad^2", 0...0.02),
                Quantity(30, "detector_tec_current", "A", -1...1, -1.5...1.5),
                Quantity(32, "detector_photocurrent", "A", 0...0.05, 0...0.1),
            ]).sorted { $0.id < $1.id }
    }
}
