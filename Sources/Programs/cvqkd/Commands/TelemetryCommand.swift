import ArgumentParser
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

struct TelemetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "telemetry",
        abstract: "Shows everything that a unit measures of itself: value, unit, range, status, age.",
        discussion: """
            Observes only. A value that is older than the unit allows is marked STALE: it says what was, not what is.

            EXAMPLES:
              cvqkd telemetry usb:B-0001 --watch
              cvqkd telemetry B-0001 --json | jq '.readings[] | select(.name == "detector_temperature").value'
            """)

    @OptionGroup var unit: UnitArgument

    @Flag(help: "Show it again every --interval until Ctrl-C; with --json one line per look.")
    var watch = false

    @Option(help: "Seconds between two looks.")
    var interval = 1.0

    @OptionGroup var output: OutputOptions

    func validate() throws { try Selectors.require(interval, positive: "interval") }

    func run() async throws {
        try await LocalUnitFinder(task: "telemetry").withUnit(unit.unit, access: .observe) { unit in
            repeat {
                let report = TelemetryReport(unit.identity, try await unit.telemetry())
                let text = output.json ? try Output.json(report, pretty: !watch) : TelemetryTable.text(report)
                try Output.line(text)
                if watch {
                    if !output.json { try Output.line("") }
                    try await Task.sleep(for: .seconds(interval))
                }
            } while watch
        }
    }
}

/// All readings of one look.
struct TelemetryReport: Encodable, Sendable {
    struct Reading: Encodable, Sendable {
        var id: UInt16
        var name: String
        var unit: String
        var value: Double?
        var status: String
        var stale: Bool
        var age: Double
        var maximumAge: Double
        var operatingMinimum: Double?
        var operatingMaximum: Double?
        var absoluteMinimum: Double?
        var absoluteMaximum: Double?
    }

    var serial: String
    var role: String
    var emulated: Bool
    var readings: [Reading]
}

extension TelemetryReport {
    init(_ identity: UnitIdentity, _ readings: [TelemetryReading]) {
        self.init(
            serial: identity.serial, role: identity.role.description, emulated: identity.isEmulated,
            readings: readings.map(Reading.init))
    }
}

extension TelemetryReport.Reading {
    init(_ reading: TelemetryReading) {
        self.init(
            id: reading.id, name: reading.name, unit: reading.unit, value: reading.value.finite,
            status: reading.status.description, stale: reading.isStale, age: NumberText.seconds(reading.age),
            maximumAge: NumberText.seconds(reading.maximumAge),
            operatingMinimum: reading.operating.lowerBound.finite,
            operatingMaximum: reading.operating.upperBound.finite,
            absoluteMinimum: reading.absolute.lowerBound.finite, absoluteMaximum: reading.absolute.upperBound.finite)
    }
}

/// The readings as a table.
enum TelemetryTable {
    static func text(_ report: TelemetryReport) -> String {
        var table = Table([
            Table.Column("ID", .right), Table.Column("QUANTITY"), Table.Column("VALUE", .right),
            Table.Column("OPERATING RANGE", .right), Table.Column("AGE", .right), Table.Column("STATUS"),
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

    private static func value(_ value: Double?, _ unit: String) -> String {
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
