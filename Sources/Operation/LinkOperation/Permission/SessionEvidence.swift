public import Calibration
public import CalibrationRecords

/// Everything of a store that a session rests on, and what has changed since the commissioning: for its report, so that a
/// reader can say who has signed what.
public struct SessionEvidence: Sendable {
    /// What a record is for in a session.
    public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
        /// Bob's calibration.
        case bob
        /// Alice's.
        case alice
        /// The pair's.
        case pair
        /// The maker's values.
        case factory
        /// The dossier, or the first calibration: what changes are found by.
        case commissioning
        /// A change that a person has explained.
        case explanation
        /// Damage of the store that a person has set aside.
        case setAside
    }

    /// The folder of the records.
    public private(set) var store: String
    /// Each record once.
    public private(set) var records: [(part: Part, record: StoredRecord)] = []
    /// Changes of the newest calibrations, explained or not.
    public private(set) var changes: [ChangeSinceCommissioning] = []

    /// Nothing of a store that cannot be read.
    init(store: String) { self.store = store }

    init(_ contents: StoreContents, _ permission: KeyPermission) {
        store = contents.store
        for need in permission.requirements {
            guard let part = Part(rawValue: need.procedure.rawValue), let stored = contents[need.record] else {
                continue
            }
            add(part, stored)
            for reference in contents.closure(of: stored.record.references).compactMap({ contents[$0] })
            where reference.record.procedure == .factory {
                add(.factory, reference)
            }
            for change in contents.changes(of: stored) {
                changes.append(change)
                if let statement = contents[change.explanation?.statement] { add(.explanation, statement) }
            }
            for reference in contents.references(for: stored.record, named: stored.name).prefix(1) {
                add(.commissioning, reference)
            }
        }
        for statement in Set(contents.findings.compactMap(\.setAside?.statement)).sorted() {
            if let stored = contents[statement] { add(.setAside, stored) }
        }
    }

    private mutating func add(_ part: Part, _ stored: StoredRecord) {
        if !records.contains(where: { $0.record.name == stored.name }) { records.append((part, stored)) }
    }

    /// Whether anything of it was made without optics.
    public var isEmulated: Bool { records.contains { $0.record.record.isEmulated } }
}

extension StoreContents {
    fileprivate subscript(name: String?) -> StoredRecord? { name.flatMap { name in records.first { $0.name == name } } }
}
