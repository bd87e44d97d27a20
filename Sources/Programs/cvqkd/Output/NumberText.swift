import Foundation
import LinkOperation
import QuadratureAnalysis
import SignalAnalysis
import UnitTransport

/// Numbers for people: as many digits as they are worth, always with their unit.
enum NumberText {
    /// A number with so many significant digits, exponents only where zeros would be counted.
    static func significant(_ value: Double, digits: Int = 4) -> String {
        FigureText.significant(value, digits: digits)
    }

    /// The same with a true minus sign.
    static func signed(_ value: Double, digits: Int = 4) -> String { FigureText.signed(value, digits: digits) }

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
        FigureText.estimate(value, sigma: sigma, unit: unit)
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
    static func count(_ value: some BinaryInteger) -> String { FigureText.count(value) }

    /// Whole seconds as `1:02:03` or `02:03`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        let total = Int(min(max(0, seconds), 1e15))
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%02d:%02d", minutes, rest)
    }

    /// A duration in seconds.
    static func seconds(_ duration: Duration) -> Double {
        duration.inSeconds
    }

    /// Session numbers are 64 random bits: sixteen hexadecimal digits, in JSON too, where numbers have only 53.
    static func session(_ number: UInt64) -> String { RunningSession.name(of: number) }
}
