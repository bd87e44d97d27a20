extension TelemetryQuantity {
    /// What a value of this quantity can be at all, in any unit that anybody can build. Far wider than what is good for a
    /// unit, which its own ranges say: beyond it is a sensor that lies or a firmware that writes something else.
    public var possible: ClosedRange<Double> {
        switch self {
        case .polarisationLock, .shutterReadBack, .entropyHealth, .tamper: 0...1
        case .bootCount: 0...0x1p32
        case .uptime, .clockHoldover: 0...1e11
        case .modulatorBiasError: -1e3...1e3
        case .beatFrequency: -1e15...1e15
        default: Self.possible(unit: unit)
        }
    }

    /// The same of a maker's own quantity, of which only the unit is known.
    public static func possible(unit: String) -> ClosedRange<Double> {
        switch unit {
        case "degC": -273.15...2_000
        // Below 0 as far as the offset of a photodiode in the dark goes.
        case "W": -1e-3...100
        case "A": -1e3...1e3
        case "V": -1e5...1e5
        case "Hz": 0...1e16
        case "dB": -400...400
        case "rad^2": 0...1e3
        // A hygrometer in fog shows a little more than there can be.
        case "%": -5...110
        default: -1e12...1e12
        }
    }
}
