import ExternalInstruments
import Foundation

/// An OTDR's file as a table and as JSON: m, dB, s; null for what the file does not state.
struct OTDRDocument: Encodable {
    struct Event: Encodable {
        var number: Int
        var position: Double
        var slope: Double
        var loss: Double
        var reflectance: Double?
        var kind: String
        var isEnd: Bool
        var comment: String
    }

    struct Trace: Encodable {
        var spacing: Double
        var levels: [Double]
    }

    var formatVersion: Double
    var checksum: String
    var time: Date
    var instrument: String
    var cable: String
    var fibre: String
    var locationA: String
    var locationB: String
    var wavelength: Double
    var groupIndex: Double
    var pulseWidth: Double?
    var averages: Int
    var length: Double?
    var totalLoss: Double?
    var lossOfEvents: Double?
    var returnLoss: Double?
    var events: [Event]
    var trace: Trace?
    var remarks: [String]

    init(_ file: OTDRFile, trace: Bool) {
        formatVersion = file.formatVersion
        checksum =
            switch file.checksum {
            case .matches: "matches"
            case .differs: "differs"
            case .absent: "absent"
            }
        time = file.acquisition.time
        instrument = file.instrument.identification
        cable = file.general.cable
        fibre = file.general.fibre
        locationA = file.general.locationA
        locationB = file.general.locationB
        wavelength = file.acquisition.wavelength
        groupIndex = file.acquisition.groupIndex
        pulseWidth = file.acquisition.pulseWidths.first
        averages = file.acquisition.averages
        length = file.length
        totalLoss = file.totalLoss
        lossOfEvents = file.lossOfEvents
        returnLoss = file.returnLoss
        events = file.events.map {
            Event(
                number: $0.number, position: $0.position, slope: $0.slope, loss: $0.loss, reflectance: $0.reflectance,
                kind: $0.kind.rawValue, isEnd: $0.isEnd, comment: $0.comment)
        }
        if trace, let found = file.trace {
            self.trace = Trace(spacing: found.spacing, levels: found.levels.map { Double($0) * found.step })
        }
        remarks = file.remarks
    }

    /// The table for people.
    var text: String {
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
        sheet.add("loss", fixed(totalLoss, 3, "dB") + " as stated, " + fixed(lossOfEvents, 3, "dB") + " by the events")
        sheet.add("return loss", fixed(returnLoss, 2, "dB"))
        sheet.add("checksum", checksum == "differs" ? "WRONG: changed, or counted in its maker's own way" : checksum)
        for remark in remarks { sheet.add("remark", remark) }
        var table = Table([
            .init("EVENT", .right), .init("KM", .right), .init("DB/KM", .right), .init("LOSS DB", .right),
            .init("REFLECTANCE DB", .right), .init("KIND"), .init("COMMENT"),
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
