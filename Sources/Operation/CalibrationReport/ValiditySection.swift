internal import CalibrationRecords
internal import Foundation
internal import ReadableText

/// Until when, and under what conditions, the record holds.
struct ValiditySection {
    let record: CalibrationRecord
    let written: Date

    func write(_ page: inout HTMLText) {
        page.raw("<section>\n")
        page.element("h2", "Validity")
        guard let validity = record.validity else {
            page.element("p", "The record does not say how long it holds; no key is made with it.")
            page.raw("</section>\n")
            return
        }
        let isOver = written >= validity.expires
        page.sheet([
            (
                "Holds until",
                "\(ReportWords.time(validity.expires)) (\(validity.reason))\(isOver ? ", EXPIRED when this was written" : "")"
            ),
            (
                "Firmware",
                validity.firmware.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            ),
        ])
        if !validity.windows.isEmpty {
            page.table(
                ["Unit", "Only while", "Lowest", "Highest", ""], numbers: [2, 3],
                validity.windows.map {
                    (
                        style: "pass",
                        cells: [
                            $0.unit, $0.quantity.replacing("_", with: " "),
                            NumberText.significant($0.minimum, digits: 5),
                            NumberText.significant($0.maximum, digits: 5), NumberText.unit($0.unitOfMeasure),
                        ]
                    )
                })
        }
        page.raw("</section>\n")
    }
}
