internal import Foundation

/// Numbers inside sentences: as many digits as they are worth.
package enum FigureText {
    /// A number with so many significant digits, exponents only where zeros would be counted.
    package static func significant(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        guard value != 0 else { return "0" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        if exponent < -4 || exponent > 8 { return String(format: "%.*e", digits - 1, value) }
        return String(format: "%.*f", max(0, digits - 1 - exponent), value)
    }

    /// The same with a true minus sign.
    package static func signed(_ value: Double, digits: Int = 4) -> String {
        let text = significant(value, digits: digits)
        return text.first == "-" ? "−" + text.dropFirst() : text
    }

    /// A value with its standard deviation: σ with two digits, the value with as many decimals, as
    /// `0.31620 ± 0.00031`.
    package static func estimate(_ value: Double, sigma: Double, unit: String = "") -> String {
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

    /// A count in groups of three.
    package static func count(_ value: some BinaryInteger) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0 && index % 3 == 0 && digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
