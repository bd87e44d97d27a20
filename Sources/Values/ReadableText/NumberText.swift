internal import Foundation

/// Numbers for people: as many digits as they are worth, with their unit. The same in sentences, tables and reports.
public enum NumberText {
    /// A number with so many significant digits, exponents only where zeros would be counted.
    public static func significant(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        if exponent < -4 || exponent > 8 { return String(format: "%.*e", digits - 1, value) }
        return String(format: "%.*f", max(0, digits - 1 - exponent), value)
    }

    /// The same with a true minus sign.
    public static func signed(_ value: Double, digits: Int = 4) -> String {
        let text = significant(value, digits: digits)
        return text.first == "-" ? "−" + text.dropFirst() : text
    }

    /// A number that somebody stated, such as a limit: no digits that mean nothing. For one that was computed, `digits`
    /// says how many there may be.
    public static func stated(_ value: Double, digits: Int = 7) -> String {
        let text = significant(value, digits: digits)
        guard text.contains(".") else { return text }
        let exponent = text.firstIndex(of: "e") ?? text.endIndex
        let kept = text[..<exponent].reversed().drop { $0 == "0" }
        return String(kept.drop { $0 == "." }.reversed()) + text[exponent...]
    }

    /// A number of which it is not known whether it was measured: a whole one was counted or stated.
    public static func figure(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? count(Int64(value)) : significant(value)
    }

    /// A value with its standard deviation: σ with two digits, the value with as many decimals, as
    /// `0.31620 ± 0.00031`.
    public static func estimate(_ value: Double, sigma: Double, unit: String = "") -> String {
        let suffix = unit.isEmpty ? "" : " \(unit)"
        guard value.isFinite else { return "–" }
        guard sigma.isFinite, sigma > 0 else { return significant(value) + suffix + " (σ unknown)" }
        let decimals = decimals(of: sigma)
        if decimals > 8 {
            let scale = Int(log10(max(abs(value), sigma)).rounded(.down))
            let factor = pow(10, Double(-scale))
            let places = max(0, decimals + scale)
            return "(\(fixed(value * factor, places)) ± \(fixed(sigma * factor, places)))e\(scale)\(suffix)"
        }
        return "\(rounded(value, decimals)) ± \(rounded(sigma, decimals))\(suffix)"
    }

    /// The value and its standard deviation as two texts, for two columns, with the same decimals.
    public static func pair(_ value: Double?, _ sigma: Double?) -> (value: String, sigma: String) {
        guard let value else { return ("–", "–") }
        guard let sigma, sigma > 0, sigma.isFinite, value.isFinite else {
            return (figure(value), sigma == 0 ? "0" : "–")
        }
        let decimals = decimals(of: sigma)
        guard decimals <= 8 else { return (significant(value, digits: 7), significant(sigma, digits: 2)) }
        return (rounded(value, decimals), rounded(sigma, decimals))
    }

    /// Of two digits of σ. A σ that rounds up to the next power of ten would get a third digit.
    private static func decimals(of sigma: Double) -> Int {
        let exponent = Int(log10(sigma).rounded(.down))
        return 1 - (sigma / pow(10, Double(exponent)) >= 9.95 ? exponent + 1 : exponent)
    }

    private static func rounded(_ value: Double, _ decimals: Int) -> String {
        guard decimals < 0 else { return fixed(value, decimals) }
        let step = pow(10, Double(-decimals))
        return fixed((value / step).rounded() * step, 0)
    }

    /// So many decimals; never a negative zero.
    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        let text = String(format: "%.*f", decimals, value)
        return text.contains { ("1"..."9").contains($0) } || !text.hasPrefix("-") ? text : String(text.dropFirst())
    }

    /// A value with an SI prefix, as `8.120 mW`.
    public static func engineering(_ value: Double, _ unit: String, digits: Int = 4) -> String {
        engineering(value, unit) { significant($0, digits: digits) }
    }

    /// An estimate with an SI prefix, as `193.41450 ± 0.00012 THz`: the value says which.
    public static func engineeringEstimate(_ value: Double, sigma: Double, _ unit: String) -> String {
        guard value.isFinite, value != 0, sigma.isFinite, sigma > 0 else { return engineering(value, unit) }
        let prefix = prefix(of: value)
        return estimate(value / prefix.factor, sigma: sigma / prefix.factor, unit: prefix.name + unit)
    }

    /// A stated value with an SI prefix, as `12 mW`.
    public static func stated(_ value: Double, _ unit: String) -> String { engineering(value, unit) { stated($0) } }

    private static func engineering(_ value: Double, _ unit: String, _ text: (Double) -> String) -> String {
        guard value.isFinite, value != 0 else { return "\(text(value)) \(unit)" }
        let prefix = prefix(of: value)
        return "\(text(value / prefix.factor)) \(prefix.name)\(unit)"
    }

    private static func prefix(of value: Double) -> (factor: Double, name: String) {
        let prefixes = [
            (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"),
            (1e-12, "p"),
        ]
        // Rounding must not lead to 1000 of a smaller unit.
        return prefixes.first { abs(value) / $0.0 >= 0.9995 } ?? (1e-12, "p")
    }

    /// A power in dBm, which meters show, and in W: `-20 dBm (10 µW)`.
    public static func decibelMilliwatts(_ watts: Double) -> String {
        guard watts > 0, watts.isFinite else { return engineering(watts, "W", digits: 3) }
        let hundredths = (1000 * log10(watts / 1e-3)).rounded() / 100
        return "\(stated(hundredths)) dBm (\(engineering(watts, "W") { stated($0, digits: 3) }))"
    }

    /// A count in groups of three.
    public static func count(_ value: some BinaryInteger) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0 && index % 3 == 0 && digit != "-" { text.append(",") }
            text.append(digit == "-" ? "−" : digit)
        }
        return String(text.reversed())
    }

    /// A count with what is counted: `1 symbol`, `2 symbols`. `many` is for words that do not take an s.
    public static func count(_ value: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(count(value)) \(value == 1 ? one : many ?? one + "s")"
    }

    /// Whole seconds as `1:02:03` or `02:03`.
    public static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        let total = Int(min(max(0, seconds), 1e15))
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%02d:%02d", minutes, rest)
    }

    /// Units of measure as people write them; records and telemetry spell them in ASCII.
    public static func unit(_ unit: String) -> String {
        switch unit {
        case "1", "": ""
        case "degC": "°C"
        case "SNU^0.5": "√SNU"
        default: unit.replacing("^2", with: "²")
        }
    }
}
