internal import CalibrationRecords
internal import Foundation
internal import ReadableText

/// Which unit, by whom, when, and what came of it.
struct HeaderSection {
    let stored: StoredRecord
    let title: String
    let written: Date

    func write(_ page: inout HTMLText) {
        let record = stored.record
        page.raw("<header>\n")
        page.element("h1", title)
        if record.isEmulated {
            page.element(
                "div", "EMULATED: no optics were behind this. It says nothing about hardware.", class: "banner")
        }
        page.raw("</header>\n")
        // A child of the page and not of its head: on a phone it stays in view wherever one reads.
        page.raw("<p class=\"verdict\">")
        page.element("span", Self.outcome(record.outcome), class: "outcome \(record.outcome.rawValue)")
        page.raw("</p>\n<section>\n")
        page.sheet(
            record.units.map { ($0.role.prefix(1).uppercased() + $0.role.dropFirst(), Self.text($0)) }
                + [
                    ("Operator", record.operatorName), ("Station", record.station),
                    ("Began", ReportWords.time(record.started)),
                    (
                        "Ended",
                        "\(ReportWords.time(record.ended)), after "
                            + ReportWords.duration(record.ended.timeIntervalSince(record.started))
                    ),
                    ("Shot noise", record.shotNoiseMethod.map { "\($0) evaluation" }), ("Program", record.program),
                    ("Record", stored.name),
                ] + record.instruments.map(Self.row))
        if !record.remarks.isEmpty {
            page.raw("<ul>\n")
            for remark in record.remarks { page.element("li", remark) }
            page.raw("</ul>\n")
        }
        page.raw("</section>\n")
    }

    private static func row(_ instrument: CalibrationRecord.InstrumentDescription) -> (name: String, value: String?) {
        let name = QuantityName.words(instrument.kind)
        let due = instrument.calibrationDue.map { ", its calibration is due \(ReportWords.time($0))" } ?? ""
        return (name.prefix(1).uppercased() + name.dropFirst(), instrument.identification + due)
    }

    private static func outcome(_ outcome: Outcome) -> String {
        switch outcome {
        case .pass: "PASS"
        case .marginal: "MARGINAL: within limits, close to one"
        case .fail: "FAIL: outside limits"
        case .incomplete: "INCOMPLETE: nothing is proven"
        }
    }

    private static func text(_ unit: CalibrationRecord.UnitDescription) -> String {
        "\(unit.serial), \(unit.model), firmware \(unit.firmware), protocol \(unit.schemaFingerprint)"
            + (unit.emulated ? ", EMULATED" : "")
    }
}
