import Foundation
import NodeReports
import ReadableText

extension OTDRDocument {
    /// The table for people.
    var text: Page {
        func fixed(_ value: Double?, _ decimals: Int, _ unit: String) -> String {
            value.map { String(format: "%.*f", decimals, $0) + " " + unit } ?? "not stated"
        }
        var sheet = Sheet()
        sheet.add("fibre", [cable, fibre].filter { !$0.isEmpty }.joined(separator: ", fibre "))
        sheet.add("from, to", "\(locationA) – \(locationB)")
        sheet.add("measured", time.formatted(.iso8601) + " by \(instrument)")
        sheet.add("wavelength", fixed(wavelength * 1e9, 1, "nm"))
        sheet.add("pulse", pulseWidth.map { NumberText.stated($0, "s") })
        sheet.add("length", fixed(length.map { $0 / 1000 }, 4, "km"))
        sheet.add(
            "loss",
            fixed(totalLoss, 3, "dB") + (totalLoss == nil ? ", " : " as stated, ") + fixed(lossOfEvents, 3, "dB")
                + " by the events")
        sheet.add("return loss", fixed(returnLoss, 2, "dB"))
        sheet.add("proves", provesNothing.map { "NOTHING: \($0)" })
        sheet.add("checksum", checksum == "notVerifiable" ? "not verifiable: counted in its maker's own way" : checksum)
        for remark in remarks { sheet.add("remark", remark) }
        var table = Table([
            .init("EVENT", .right), .init("KM", .right), .init("DB/KM", .right), .init("LOSS DB", .right),
            .init("REFLECTANCE DB", .right, .useful), .init("KIND"), .init("COMMENT", wraps: true),
        ])
        for event in events {
            table.rows.append([
                "\(event.number)", fixed(event.position / 1000, 4, "").trimmed,
                fixed(event.slope * 1000, 3, "").trimmed,
                fixed(event.loss, 3, "").trimmed, event.reflectance.map { fixed($0, 1, "").trimmed } ?? "–",
                event.isEnd ? "end" : event.kind, event.comment,
            ])
        }
        return events.isEmpty ? sheet.text : sheet.text + "\n\n" + table.text
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
