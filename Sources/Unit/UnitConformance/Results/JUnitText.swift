internal import MarkupEscaping

/// A run as JUnit XML: one suite for each unit and one for the pair, one case for each check.
public enum JUnitText {
    /// The text, ended by a new line.
    public static func of(_ record: ConformanceRecord) -> String {
        var subjects: [String] = []
        for phase in record.phases where !subjects.contains(phase.subject) { subjects.append(phase.subject) }
        let suites = subjects.map { subject in suite(subject, record.phases.filter { $0.subject == subject }, record) }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="cvqkd conformance" \(counts(record.phases)) time="\(seconds(record.seconds))">
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }

    private static func suite(_ subject: String, _ phases: [PhaseRecord], _ record: ConformanceRecord) -> String {
        let time = phases.reduce(0) { $0 + $1.seconds }
        let unit = record.units.first { $0.role == subject }
        let properties =
            unit.map { unit in
                [
                    ("serial", unit.serial), ("model", unit.model), ("firmware", unit.firmware),
                    ("emulated", "\(unit.isEmulated)"), ("path", unit.path),
                ]
            } ?? []
        let lines =
            ["<testsuite name=\"\(escaped(subject))\" \(counts(phases)) time=\"\(seconds(time))\">"]
            + (properties.isEmpty
                ? []
                : ["  <properties>"]
                    + properties.map { "    <property name=\"\($0.0)\" value=\"\(escaped($0.1))\"/>" }
                    + ["  </properties>"])
            + phases.flatMap(testCase) + ["</testsuite>"]
        return lines.joined(separator: "\n")
    }

    private static func testCase(_ phase: PhaseRecord) -> [String] {
        let head =
            "  <testcase classname=\"cvqkd.conformance.\(escaped(phase.subject))\" name=\"\(escaped(phase.check))\" "
            + "time=\"\(seconds(phase.seconds))\">"
        let seen = phase.seen.joined(separator: "\n")
        let first = escaped(phase.seen.first ?? "")
        let rule = "\(phase.title)\nThe document, \(phase.section): \(phase.rule)"
        let verdict: [String] =
            switch phase.outcome {
            case .pass: []
            case .fail:
                ["    <failure message=\"\(first)\" type=\"violation\">\(escaped("\(rule)\n\(seen)"))</failure>"]
            case .error:
                ["    <error message=\"\(first)\" type=\"not-carried-out\">\(escaped("\(rule)\n\(seen)"))</error>"]
            case .skip: ["    <skipped message=\"\(first)\"/>"]
            }
        let values = phase.measurements.map { measurement in
            "\(measurement.name) = \(measurement.value) \(measurement.unit)"
                + (measurement.limits.map { " (\(TestRecordText.validator($0)))" } ?? "")
                + (measurement.isMarginal ? " marginal" : "")
        }
        let output = ["    <system-out>\(escaped(([rule] + values).joined(separator: "\n")))</system-out>"]
        return [head] + verdict + output + ["  </testcase>"]
    }

    private static func counts(_ phases: [PhaseRecord]) -> String {
        func count(_ outcome: PhaseOutcome) -> Int { phases.count { $0.outcome == outcome } }
        return
            "tests=\"\(phases.count)\" failures=\"\(count(.fail))\" errors=\"\(count(.error))\" skipped=\"\(count(.skip))\""
    }

    /// To the millisecond.
    private static func seconds(_ value: Double) -> String { "\((value * 1_000).rounded() / 1_000)" }

    /// Findings have lines, and an attribute would lose them.
    private static func escaped(_ text: String) -> String { MarkupText.escaped(text, lineFeed: .reference) }
}
