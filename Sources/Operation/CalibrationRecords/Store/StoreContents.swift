internal import Foundation

/// A store as it was read at one moment: the records that can be used, and what is wrong with the others or with chains.
public struct StoreContents: Sendable {
    /// Records whose bytes and signatures are right, by chain and then by number.
    public var records: [StoredRecord] = []
    /// Signed imports, by name.
    public var imports: [String: Envelope] = [:]
    /// What is wrong.
    public var findings: [StoreFinding] = []
    /// Whose signatures are believed.
    public var trusted: TrustedKeys
    /// The folder that it was read from.
    public var store = ""
    /// What the store has ever taken.
    var log = StoreLog()

    init(trusted: TrustedKeys) { self.trusted = trusted }

    /// Damage, without warnings and without what a person has set aside.
    public var damage: [StoreFinding] { findings.filter { !$0.damage.isWarning && $0.setAside == nil } }

    /// The log as the next writer will have it: with what is there and is not named yet.
    var effectiveLog: StoreLog {
        var log = log
        log.adopt(records, trusted)
        return log
    }

    /// Serial numbers of all units that have a chain.
    public var chains: [String] { Array(Set(records.map(\.chain))).sorted() }

    /// Records that concern a unit, oldest first.
    public func records(of serial: String) -> [StoredRecord] {
        records.filter { $0.concerns(serial) }.sorted { ($0.record.ended, $0.name) < ($1.record.ended, $1.name) }
    }

    /// The chain of a unit, from its first record.
    public func chain(of serial: String) -> [StoredRecord] { records.filter { $0.chain == serial } }

    /// The record that a name, or its beginning, means.
    ///
    /// - Throws: `.noRecord`, `.ambiguous`.
    public func record(named name: String) throws(RecordError) -> StoredRecord {
        let found = name.isEmpty ? [] : records.filter { $0.name.hasPrefix(name.lowercased()) }
        guard let first = found.first else { throw .noRecord(name: name) }
        guard found.count == 1 else { throw .ambiguous(name: name, candidates: found.map(\.shortName)) }
        return first
    }

    /// The newest record of a procedure on exactly these units that proves something: a cancelled one takes the place of
    /// an older one only if something had failed in it already. Nil if there is none.
    public func latest(_ procedure: CalibrationRecord.Procedure, of serials: [String]) -> StoredRecord? {
        let found = records.filter { stored in
            stored.record.procedure == procedure && Set(serials) == Set(stored.record.units.map(\.serial))
        }.sorted { $1.isNewer(than: $0) }
        return found.last { $0.record.outcome != .incomplete || $0.record.hasFailure } ?? found.last
    }

    /// The newest dossier that all units of a record belong to; nil if there is none.
    public func dossier(for later: StoredRecord) -> StoredRecord? {
        let serials = Set(later.record.units.map(\.serial))
        return records.filter {
            $0.record.procedure == .commissioning && $0.signer.isTrustedStation
                && serials.isSubset(of: $0.record.units.map(\.serial))
                && $0.name != later.name
        }.max { $0.record.ended < $1.record.ended }
    }

    /// The two lines of a record or of a signed import.
    public func envelope(named name: String) -> Envelope? {
        records.first { $0.name == name }?.envelope ?? imports[name]
    }

    /// Records and all that they rest on, each once.
    public func closure(of names: [String]) -> [String] {
        var all: [String] = []
        var open = names
        while let name = open.popLast() {
            guard !all.contains(name), envelope(named: name) != nil else { continue }
            all.append(name)
            open += records.first { $0.name == name }?.record.references ?? []
        }
        return all
    }

    /// Values of the maker's for a unit: those of `factoryRecord(of:)`.
    public func factoryValues(of serial: String) -> [RecordedMeasurement] {
        factoryRecord(of: serial)?.record.phases.flatMap(\.measurements) ?? []
    }

    /// The newest import of a maker's values whose key is still trusted as a factory's.
    public func factoryRecord(of serial: String) -> StoredRecord? {
        records.last { stored in
            guard stored.record.procedure == .factory, stored.chain == serial, stored.signer.isTrustedStation else {
                return false
            }
            return stored.record.references.contains { name in
                guard let envelope = imports[name] else { return false }
                if case .factory = trusted.signer(envelope.signature.publicKey) { return true }
                return false
            }
        }
    }
}

extension CalibrationRecord {
    /// Whether a phase failed, even if the record as a whole is incomplete.
    public var hasFailure: Bool {
        phases.contains { $0.outcome == .fail || $0.measurements.contains { $0.outcome == .fail } }
    }
}
