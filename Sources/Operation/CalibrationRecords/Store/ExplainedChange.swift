public import Foundation

/// A change since the commissioning that a person has explained: later records are compared with the value that was
/// explained, so that a next change is found again.
public struct ExplainedChange: Codable, Sendable, Hashable {
    /// `loss`, `vacuumPerPower`, …
    public var quantity: String
    /// Name of the record with the new value.
    public var record: String
    /// Name of the record that it was compared with.
    public var reference: String
    /// Value then.
    public var before: Double
    /// Value now.
    public var now: Double
    /// Standard uncertainty of `now`; nil if unknown.
    public var sigma: Double?
    /// SI unit of both.
    public var unit: String

    /// A change.
    public init(
        quantity: String, record: String, reference: String, before: Double, now: Double, sigma: Double?, unit: String
    ) {
        self.quantity = quantity
        self.record = record
        self.reference = reference
        self.before = before
        self.now = now
        self.sigma = sigma
        self.unit = unit
    }
}

extension CalibrationRecord {
    /// A statement of what changed something: a splice, a cleaned connector, another attenuator.
    public init(
        explaining changes: [ExplainedChange], of later: StoredRecord, because reason: String, by operatorName: String,
        at station: String, program: String, now: Date
    ) {
        self.init(
            procedure: .explanation, started: now, ended: now, operatorName: operatorName, station: station,
            program: program, units: later.record.units, phases: [])
        outcome = .pass
        remarks = [reason]
        references = [later.name]
        explains = changes
    }
}

extension StoreContents {
    /// What a record is compared with, to find what has changed: the newest dossier of its units, then the first calibration of
    /// the same kind and units that ended well, for what the dossier does not have. `name` is the record's own; nil before it
    /// is stored.
    public func references(for later: CalibrationRecord, named name: String?) -> [StoredRecord] {
        guard later.procedure.isCalibration else { return [] }
        let units = Set(later.units.map(\.serial))
        let mine = records.filter { $0.signer.isTrustedStation && $0.name != name }
        let dossier = mine.filter {
            $0.record.procedure == .commissioning && units.isSubset(of: $0.record.units.map(\.serial))
        }.max { $0.record.ended < $1.record.ended }
        let first = mine.filter { stored in
            stored.record.procedure == later.procedure && units == Set(stored.record.units.map(\.serial))
                && stored.record.outcome < .fail && !stored.record.hasFailure
                && (name == nil || stored.record.sequence < later.sequence)
        }.min { $1.isNewer(than: $0) }
        return [dossier, first].compactMap { $0 }
    }

    /// The newest explanation of a change of a quantity in records of the same units, up to this one, since a reference.
    public func explanation(
        of quantity: String, for later: CalibrationRecord, named name: String?, since reference: StoredRecord
    ) -> (statement: StoredRecord, change: ExplainedChange)? {
        let serials = Set(later.units.map(\.serial))
        let found = records.compactMap { stored -> (statement: StoredRecord, change: ExplainedChange)? in
            guard stored.record.procedure == .explanation, stored.signer.isTrustedStation,
                Set(stored.record.units.map(\.serial)) == serials,
                let change = stored.record.explains?.last(where: { $0.quantity == quantity }),
                change.reference == reference.name, let explained = records.first(where: { $0.name == change.record }),
                name == nil || explained.name == name || explained.record.sequence < later.sequence
            else { return nil }
            return (stored, change)
        }
        return found.max { $1.statement.isNewer(than: $0.statement) }
    }
}
