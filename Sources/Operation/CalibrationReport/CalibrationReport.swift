public import CalibrationRecords
public import Foundation

/// A record as one HTML page: no script, nothing from elsewhere, black on white, legible without colour. What it says
/// about signature, chain and validity is what was so when it was written.
public struct CalibrationReport {
    private let stored: StoredRecord
    private let contents: StoreContents
    private let written: Date

    /// The report of a record of a store that has just been read.
    public init(_ stored: StoredRecord, _ contents: StoreContents, written: Date) {
        self.stored = stored
        self.contents = contents
        self.written = written
    }

    /// The page.
    public var html: String {
        let record = stored.record
        var page = HTMLText()
        let title = "\(Self.title(record.procedure)): \(record.units.map(\.serial).joined(separator: " and "))"
        page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        page.element("title", title)
        page.raw("<style>\n\(ReportStyle.css)</style>\n</head>\n<body>\n")
        HeaderSection(stored: stored, title: title, written: written).write(&page)
        ResultSection(record: record).write(&page)
        CurveSection(record: record).write(&page)
        BudgetSection(record: record).write(&page)
        EvidenceSection(record: record).write(&page)
        ValiditySection(record: record, written: written).write(&page)
        SignatureSection(stored: stored, contents: contents, written: written).write(&page)
        page.raw("</body>\n</html>\n")
        return page.text
    }

    private static func title(_ procedure: CalibrationRecord.Procedure) -> String {
        switch procedure {
        case .bob: "Calibration of the receiver"
        case .alice: "Calibration of the transmitter"
        case .pair: "Calibration of the pair"
        case .commissioning: "Commissioning dossier"
        case .factory: "Values of the maker"
        case .maintenance: "Maintenance"
        case .setAside: "Damage set aside"
        case .explanation: "Change explained"
        }
    }
}
