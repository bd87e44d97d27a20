import Calibration
import CalibrationRecords
import Foundation

/// What a stored calibration means beside earlier records: changes since the dossier, and what else is due.
struct CalibrationFollowUp: Encodable {
    /// Against the newest dossier of the same units; nil if there is none.
    let comparison: DossierComparisonDocument?
    /// Calibrations of the same units that are due now.
    let due: [RecalibrationReason]

    /// Conditions are those of the calibration's end, under light: afterwards the units are dark.
    init(_ stored: StoredRecord, _ contents: StoreContents, now: Date) {
        comparison = RecordKeeper.dossier(for: stored, contents).map {
            DossierComparisonDocument(dossier: $0, later: stored)
        }
        let present = stored.record.units.map { unit in
            let readings = stored.record.conditions.filter { $0.unit == unit.serial }
            return PresentUnit(
                unit,
                telemetry: Dictionary(readings.compactMap { reading in reading.atEnd.map { (reading.name, $0) } }) {
                    first, _ in first
                })
        }
        due = RecalibrationTriggers.reasons(contents, present: present, now: now)
    }

    /// For a person; nil if there is nothing to say.
    var text: String? {
        var lines: [String] = []
        if let comparison, !comparison.differences.isEmpty { lines.append("since the dossier: " + comparison.text) }
        lines += due.map { "due  \($0.procedure.rawValue) of \($0.unit): \($0.cause.rawValue), \($0.evidence)" }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
