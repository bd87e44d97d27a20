import Foundation
import QuadratureAnalysis

/// Numbers for people: as many digits as they are worth, always with their unit.
enum NumberText {
    /// A number with so many significant digits, exponents only where zeros would be counted.
    static func significant(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        if exponent < -4 || exponent > 8 { return String(format: "%.*e", digits - 1, value) }
        return String(format: "%.*f", max(0, digits - 1 - exponent), value)
    }

    /// A number that somebody stated, such as a limit: no digits that mean nothing.
    static func stated(_ value: Double) -> String { stated(value, digits: 7) }

    /// The same of a limit that was computed.
    static func stated(_ value: Double, digits: Int) -> String {
        let text = significant(value, digits: digits)
        guard text.contains(".") else { return text }
        let exponent = text.firstIndex(of: "e") ?? text.endIndex
        let kept = text[..<exponent].reversed().drop { $0 == "0" }
        return String(kept.drop { $0 == "." }.reversed()) + text[exponent...]
    }

    /// A value with its standard deviation: σ with two digits, the value with as many decimals, as
    /// `0.31620 ± 0.00031`.
    static func estimate(_ value: Double, sigma: Double, unit: String = "") -> String {
        let suffix = unit.isEmpty ? "" : " \(unit)"
        guard value.isFinite else { return "–" }
        guard sigma.isFinite, sigma > 0 else { return significant(value) + suffix + " (σ unknown)" }
        let exponent = Int(log10(sigma).rounded(.down))
        // A σ that rounds up to the next power of ten would get a third digit.
        let decimals = 1 - (sigma / pow(10, Double(exponent)) >= 9.95 ? exponent + 1 : exponent)
        if decimals > 8 {
            let scale = Int(log10(max(abs(value), sigma)).rounded(.down))
            let factor = pow(10, Double(-scale))
            let places = max(0, decimals + scale)
            return "(\(fixed(value * factor, places)) ± \(fixed(sigma * factor, places)))e\(scale)\(suffix)"
        }
        guard decimals < 0 else { return "\(fixed(value, decimals)) ± \(fixed(sigma, decimals))\(suffix)" }
        let step = pow(10, Double(-decimals))
        return "\(fixed((value / step).rounded() * step, 0)) ± \(fixed((sigma / step).rounded() * step, 0))\(suffix)"
    }

    /// So many decimals; never a negative zero.
    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        let text = String(format: "%.*f", decimals, value)
        return text.contains { ("1"..."9").contains($0) } || !text.hasPrefix("-") ? text : String(text.dropFirst())
    }

    /// The same for an estimate.
    static func estimate<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String = "") -> String {
        self.estimate(estimate.value.value, sigma: estimate.sigma.value, unit: unit)
    }

    /// A value with an SI prefix, as `8.120 mW`.
    static func engineering(_ value: Double, _ unit: String, digits: Int = 4) -> String {
        engineering(value, unit) { significant($0, digits: digits) }
    }

    /// A stated value with an SI prefix, as `12 mW`.
    static func stated(_ value: Double, _ unit: String) -> String { engineering(value, unit, stated) }

    private static func engineering(_ value: Double, _ unit: String, _ text: (Double) -> String) -> String {
        guard value.isFinite, value != 0 else { return "\(text(value)) \(unit)" }
        let prefixes = [
            (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"),
            (1e-12, "p"),
        ]
        // Rounding must not lead to 1000 of a smaller unit.
        let prefix = prefixes.first { abs(value) / $0.0 >= 0.9995 } ?? (1e-12, "p")
        return "\(text(value / prefix.0)) \(prefix.1)\(unit)"
    }

    /// A count in groups of three.
    static func count(_ value: some BinaryInteger) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0 && index % 3 == 0 && digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// Whole seconds as `1:02:03` or `02:03`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        let total = Int(max(0, seconds))
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%02d:%02d", minutes, rest)
    }

    /// A duration in seconds.
    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// Session numbers are 64 random bits: sixteen hexadecimal digits, in JSON too, where numbers have only 53.
    static func session(_ number: UInt64) -> String { String(format: "%016llx", number) }
}
