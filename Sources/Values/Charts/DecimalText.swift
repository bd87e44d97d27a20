// The standard library has no power function.
import Glibc

/// Numbers as text without Foundation, the same everywhere.
enum DecimalText {
    /// So many decimals; never a negative zero.
    static func fixed(_ value: Double, _ places: Int) -> String {
        let scaled = (value * pow(10, Double(places))).rounded()
        guard scaled.magnitude < 9e15 else { return "\(value)" }
        var digits = String(Int64(scaled.magnitude))
        if places > 0 {
            digits = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -places))
        }
        return (scaled < 0 ? "-" : "") + digits
    }

    /// A coordinate: two decimals, without zeros at the end.
    static func coordinate(_ value: Double) -> String {
        var text = fixed(value, 2)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// A tick's label: a true minus sign.
    static func label(_ value: Double, _ places: Int) -> String {
        let text = fixed(value, places)
        return text.first == "-" ? "−" + text.dropFirst() : text
    }

    /// 10 to a power.
    static func power(_ exponent: Int) -> String {
        let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        let raised = String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } }
        return "10" + (exponent < 0 ? "⁻" : "") + String(raised)
    }
}
