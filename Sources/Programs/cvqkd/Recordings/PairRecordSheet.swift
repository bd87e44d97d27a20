import Foundation
import LinkControl
import LinkOperation
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol

extension PairRecordDocument {
    /// The command line that estimates the channel from these files.
    static func estimate(_ folder: String, _ settings: LinkSettings) -> String {
        let place = "'" + folder.replacingOccurrences(of: "'", with: "'\\''") + "'"
        let detection = settings.receiver.detection == .homodyne ? "homodyne" : "heterodyne"
        var line =
            "cvqkd estimate --modulation \(place)/modulation --signal \(place)/signal --off \(place)/electronic_noise"
            + " --on \(place)/vacuum --detection \(detection) --efficiency \(settings.receiver.detectorEfficiency)"
        if settings.receiver.detectorEfficiencySigma.isFinite, settings.receiver.detectorEfficiencySigma > 0 {
            line += " --efficiency-sigma \(settings.receiver.detectorEfficiencySigma)"
        }
        return line
    }

    /// For people.
    var text: Page {
        var sheet = Sheet()
        sheet.add("recordings", folder)
        sheet.add("units", "\(alice), \(bob)" + (emulated ? ", EMULATED" : ""))
        sheet.add("session", "\(session), \(purpose), ended by \(endedBy)")
        sheet.add(
            "symbols",
            "\(NumberText.count(symbols)) training, \(NumberText.count(vacuumSymbols)) vacuum, \(NumberText.count(Int64(clamping: lostSymbols))) lost"
        )
        return sheet.text + "\n\n\(estimate)"
    }
}
