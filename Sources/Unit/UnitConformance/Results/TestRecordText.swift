/// A run as JSON in the shape of OpenHTF's test record, which the factories' tools read: `dut_id`, `station_id`, times in
/// ms, `outcome`, and `phases` with their `measurements` by name, each with value, validators, outcome and marginal.
public enum TestRecordText {
    /// The text, ended by a new line.
    public static func of(_ record: ConformanceRecord) -> String { document(record).written() + "\n" }

    private static func document(_ record: ConformanceRecord) -> JSONText {
        .object([
            ("dut_id", .text(record.units.map(\.serial).joined(separator: "+"))),
            ("station_id", .text(record.station)),
            ("start_time_millis", .integer(record.startMillis)), ("end_time_millis", .integer(record.endMillis)),
            ("outcome", .text(record.outcome)),
            (
                "outcome_details",
                .list(record.phases.filter { $0.outcome == .fail || $0.outcome == .error }.map(detail))
            ),
            ("metadata", metadata(record)), ("phases", .list(record.phases.map(phase))), ("log_records", .list([])),
        ])
    }

    private static func detail(_ phase: PhaseRecord) -> JSONText {
        .object([("code", .text(phase.name)), ("description", .text(phase.seen.joined(separator: "; ")))])
    }

    private static func metadata(_ record: ConformanceRecord) -> JSONText {
        .object([
            ("test_name", .text("cvqkd conformance")), ("protocol_document", .text("firmware-schemas/README.md")),
            ("symbol_rate_hz", .number(record.symbolRate)),
            ("passed", .integer(Int64(record.count(.pass)))), ("failed", .integer(Int64(record.count(.fail)))),
            ("errors", .integer(Int64(record.count(.error)))), ("skipped", .integer(Int64(record.count(.skip)))),
            ("units", .list(record.units.map(unit))),
        ])
    }

    private static func unit(_ unit: TestedIdentity) -> JSONText {
        .object([
            ("role", .text(unit.role)), ("serial", .text(unit.serial)), ("model", .text(unit.model)),
            ("firmware", .text(unit.firmware)), ("emulated", .flag(unit.isEmulated)), ("path", .text(unit.path)),
        ])
    }

    private static func phase(_ phase: PhaseRecord) -> JSONText {
        .object([
            ("name", .text(phase.name)),
            ("codeinfo", .object([("name", .text(phase.check)), ("docstring", .text(phase.title))])),
            ("section", .text(phase.section)), ("rule", .text(phase.rule)),
            ("start_time_millis", .integer(phase.startMillis)),
            ("end_time_millis", .integer(phase.endMillis)), ("outcome", .text(phase.outcome.rawValue)),
            ("marginal", .flag(phase.isMarginal)), ("seen", .list(phase.seen.map(JSONText.text))),
            ("measurements", .object(phase.measurements.map { ($0.name, measurement($0)) })),
            ("attachments", .object([])),
        ])
    }

    private static func measurement(_ measurement: ConformanceMeasurement) -> JSONText {
        .object([
            ("name", .text(measurement.name)), ("units", .text(measurement.unit)),
            ("measured_value", .number(measurement.value)),
            ("validators", .list(measurement.limits.map { [.text(validator($0))] } ?? [])),
            ("limits", limits(measurement.limits)),
            ("outcome", .text(measurement.passes ? "PASS" : "FAIL")), ("marginal", .flag(measurement.isMarginal)),
        ])
    }

    private static func limits(_ limits: ConformanceLimits?) -> JSONText {
        guard let limits else { return .null }
        func bound(_ value: Double?) -> JSONText { value.map(JSONText.number) ?? .null }
        return .object([
            ("low", bound(limits.low)), ("high", bound(limits.high)), ("marginal_low", bound(limits.marginalLow)),
            ("marginal_high", bound(limits.marginalHigh)),
        ])
    }

    /// As a person writes it.
    static func validator(_ limits: ConformanceLimits) -> String {
        switch (limits.low, limits.high) {
        case (let low?, let high?): low == high ? "x == \(low)" : "\(low) <= x <= \(high)"
        case (let low?, nil): "x >= \(low)"
        case (nil, let high?): "x <= \(high)"
        case (nil, nil): "any"
        }
    }
}
