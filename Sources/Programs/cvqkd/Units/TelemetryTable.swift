import NodeReports
import ReadableText
import UnitProtocol

/// The readings as a table.
enum TelemetryTable {
    static func text(_ report: TelemetryReport) -> Page {
        var table = Table([
            Table.Column("ID", .right, .detail), Table.Column("QUANTITY"), Table.Column("VALUE", .right),
            Table.Column("OPERATING RANGE", .right, .useful), Table.Column("AGE", .right, .useful),
            Table.Column("STATUS", wraps: true),
        ])
        table.rows = report.readings.map { reading in
            [
                "\(reading.id)", reading.name, value(reading.value, reading.unit), range(reading),
                reading.value == nil ? "–" : "\(NumberText.significant(reading.age, digits: 2)) s", status(reading),
            ]
        }
        return "\(report.serial), \(report.role)\(report.emulated ? ", EMULATED" : "")\n\(table.text)"
    }

    private static func status(_ reading: TelemetryReport.Reading) -> String {
        let words =
            switch reading.status {
            case RangeStatus.normal.description: "ok"
            case RangeStatus.outOfOperating.description: "OUT OF RANGE"
            case RangeStatus.outOfAbsolute.description: "BEYOND ABSOLUTE LIMIT"
            case RangeStatus.unavailable.description: "unavailable"
            default: reading.status
            }
        return reading.stale ? "STALE (\(words) then)" : words
    }

    /// With its unit, or its prefix.
    static func value(_ value: Double?, _ unit: String) -> String {
        guard let value else { return "–" }
        switch unit {
        case "s" where abs(value) >= 1: return "\(NumberText.significant(value)) s"
        case "W", "A", "Hz", "V", "s": return NumberText.engineering(value, unit, digits: unit == "Hz" ? 7 : 4)
        // Flags and counts are whole, and four digits of them would look measured.
        case "1" where value == value.rounded(): return NumberText.stated(value)
        default: return NumberText.significant(value) + suffix(unit)
        }
    }

    private static func suffix(_ unit: String) -> String {
        switch unit {
        case "1", "": ""
        case "degC": " °C"
        case "rad^2": " rad²"
        default: " \(unit)"
        }
    }

    private static func range(_ reading: TelemetryReport.Reading) -> String {
        switch (reading.operatingMinimum, reading.operatingMaximum) {
        case (nil, nil): "any"
        case (let low?, nil): "≥ \(limit(low, reading.unit))"
        case (nil, let high?): "≤ \(limit(high, reading.unit))"
        case (let low?, let high?): "\(limit(low, reading.unit)) … \(limit(high, reading.unit))"
        }
    }

    private static func limit(_ value: Double, _ unit: String) -> String {
        ["W", "A", "Hz", "V"].contains(unit) || (unit == "s" && abs(value) < 1)
            ? NumberText.stated(value, unit) : NumberText.stated(value) + suffix(unit)
    }
}
