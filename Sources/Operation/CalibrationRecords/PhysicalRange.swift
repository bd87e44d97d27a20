/// What a number that somebody states can be at all. A statement beyond it is a mistake or a lie, whoever signed it.
public struct PhysicalRange: Sendable, Hashable {
    /// Lowest, inclusive.
    public var minimum: Double
    /// Highest, inclusive.
    public var maximum: Double
    /// Whether the lowest itself is excluded.
    public var isOpenBelow = false

    /// Whether a number lies in it; what is not a number does not.
    public func contains(_ value: Double) -> Bool {
        (isOpenBelow ? value > minimum : value >= minimum) && value <= maximum
    }

    /// Parts of the light that a detector turns into current.
    public static let efficiency = PhysicalRange(minimum: 0, maximum: 1, isOpenBelow: true)
    /// Any number of an instrument: what is larger is none.
    private static let any = PhysicalRange(minimum: -1e12, maximum: 1e12)
    private static let positive = PhysicalRange(minimum: 0, maximum: 1e12, isOpenBelow: true)
    private static let notNegative = PhysicalRange(minimum: 0, maximum: 1e12)

    /// The range of a quantity by its name, else by its unit.
    public static func of(_ name: String, unit: String) -> PhysicalRange {
        let text = name.lowercased()
        if text.contains("efficiency") || text.contains("overlap") || text.contains("transmittance") {
            return efficiency
        }
        if text == "excessnoise" { return PhysicalRange(minimum: -1e6, maximum: 1e6) }
        if text.contains("noise") || text.contains("variance") || text.contains("extinction") || text.contains("ratio")
        {
            return unit == "dB" ? PhysicalRange(minimum: -300, maximum: 300) : notNegative
        }
        return switch unit {
        case "dB": PhysicalRange(minimum: -300, maximum: 300)
        // 1 A/W is η = 0.8 at 1550 nm; a photodiode without gain stays below 2.
        case "A/W": PhysicalRange(minimum: 0, maximum: 2, isOpenBelow: true)
        case "W": PhysicalRange(minimum: 0, maximum: 100)
        case "W/SNU", "SNU/W": positive
        case "LSB^2", "LSB^2/W", "SNU", "V^2", "s", "Hz", "A", "K": notNegative
        case "degC": PhysicalRange(minimum: -273.15, maximum: 2000)
        default: any
        }
    }
}

extension RecordedMeasurement {
    /// Why the number cannot be; nil if it can.
    public var impossibility: String? {
        let range = PhysicalRange.of(name, unit: unit)
        if let value, !range.contains(value) {
            return
                "\(name) is \(value) \(unit), which no such quantity can be (\(range.isOpenBelow ? "above" : "from") "
                + "\(range.minimum) to \(range.maximum))"
        }
        if let sigma, !(sigma >= 0 && sigma <= 1e12) {
            return "the uncertainty of \(name) is \(sigma) \(unit), which no uncertainty can be"
        }
        return nil
    }
}

extension CalibrationRecord {
    /// What a maker states and cannot be; nil if there is nothing. What a procedure measured is judged by its limits.
    var impossibleStatement: String? {
        guard procedure == .factory else { return nil }
        return phases.lazy.flatMap(\.measurements).compactMap(\.impossibility).first
    }
}
