internal import CalibrationRecords
internal import Foundation

/// Numbers of the report: as many digits as the uncertainty is worth.
enum ReportNumber {
    static func significant(_ value: Double, digits: Int = 4) -> String {
        guard value.isFinite else { return "–" }
        // A whole number was counted or stated.
        if value == value.rounded(), abs(value) < 1e9 { return count(Int64(value)) }
        let exponent = Int(log10(abs(value)).rounded(.down))
        return exponent < -4 || exponent > 6
            ? String(format: "%.*e", digits - 1, value) : String(format: "%.*f", max(0, digits - 1 - exponent), value)
    }

    /// A limit as somebody stated it: no digits that mean nothing.
    static func stated(_ value: Double) -> String {
        value == value.rounded() ? String(format: "%.7g", value) : String(format: "%.4g", value)
    }

    /// The value and its standard uncertainty, as two texts with the same decimals.
    static func pair(_ value: Double?, _ sigma: Double?) -> (value: String, sigma: String) {
        guard let value else { return ("–", "–") }
        guard let sigma, sigma > 0, sigma.isFinite, value.isFinite else {
            return (significant(value), sigma == 0 ? "0" : "–")
        }
        let decimals = 1 - Int(log10(sigma).rounded(.down))
        if (-8..<0).contains(decimals) { return (String(format: "%.0f", value), String(format: "%.0f", sigma)) }
        guard decimals >= 0, decimals <= 8 else {
            return (significant(value, digits: 7), significant(sigma, digits: 2))
        }
        return (String(format: "%.*f", decimals, value), String(format: "%.*f", decimals, sigma))
    }

    static func unit(_ unit: String) -> String {
        switch unit {
        case "1": ""
        case "degC": "°C"
        case "SNU^0.5": "√SNU"
        default: unit.replacing("^2", with: "²")
        }
    }

    static func count(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "−" + text : text
    }

    static func time(_ date: Date) -> String {
        date.formatted(.iso8601).replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        if seconds < 60 { return String(format: "%.1f s", seconds) }
        guard seconds < 1e15 else { return String(format: "%.3g s", seconds) }
        let total = Int(seconds.rounded())
        return total < 3600
            ? "\(total / 60) min \(total % 60) s" : "\(total / 3600) h \(total / 60 % 60) min"
    }

    /// `noiseRatio` as `noise ratio`, `keyRate1000000` as `key rate, block of 1,000,000`.
    static func words(_ name: String) -> String {
        var text = ""
        let digits = String(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
        let number = digits.count > 3 ? Int64(digits) : nil
        for character in name.dropLast(number == nil ? 0 : digits.count) {
            if character.isUppercase, text.last?.isLowercase == true { text += " " }
            text += text.last == " " ? character.lowercased() : String(character)
        }
        return text + (number.map { ", block of \(count($0))" } ?? "")
    }

    static func source(_ source: RecordedMeasurement.Source) -> String {
        switch source {
        case .measured: "measured here"
        case .verifiedRatio: "ratio verified here"
        case .factory: "maker, signed"
        case .stated: "stated by the unit"
        case .entered: "typed in"
        case .instrument: "other instrument"
        }
    }
}
