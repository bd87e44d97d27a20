public import Calibration
public import CalibrationRecords
public import Foundation

/// What has changed since the installation.
public struct DossierComparisonDocument: Codable, Sendable, Hashable {
    /// Name of the record that is compared with.
    public var dossier: String
    /// Name of the later one.
    public var later: String
    /// The worst of all; `incomplete` if they have no quantity in common.
    public var outcome: Outcome
    /// By quantity.
    public var differences: [DossierDifference]

    /// Compares two records.
    public init(dossier: StoredRecord, later: StoredRecord) {
        self.dossier = dossier.name
        self.later = later.name
        differences = DossierComparison.differences(dossier: dossier.record, later: later.record)
        outcome = differences.map(\.outcome).max() ?? .incomplete
    }

    /// Quantities outside their limits.
    public var failed: [String] { differences.filter { $0.outcome == .fail }.map(\.quantity) }
}

/// What a stored calibration means beside earlier records: changes since the dossier, and what else is due.
public struct CalibrationFollowUp: Sendable, Hashable {
    /// With the newest dossier of the same units; nil if there is none.
    public var comparison: DossierComparisonDocument?
    /// Calibrations of the same units that are due now.
    public var due: [RecalibrationReason]

    /// Conditions are those of the calibration's end, under light: afterwards the units are dark. One that was broken off ended
    /// in the dark, and what belongs to the light is not judged by it.
    public init(_ stored: StoredRecord, _ contents: StoreContents, now: Date) {
        comparison = contents.dossier(for: stored).map {
            DossierComparisonDocument(dossier: $0, later: stored)
        }
        let present = stored.record.units.map { unit in
            let readings = stored.record.conditions.filter { $0.unit == unit.serial }
            return PresentUnit(
                unit,
                telemetry: Dictionary(readings.compactMap { reading in reading.atEnd.map { (reading.name, $0) } }) {
                    first, _ in first
                }, isDark: stored.record.outcome == .incomplete)
        }
        due = RecalibrationTriggers.reasons(contents, present: present, now: now)
    }
}
