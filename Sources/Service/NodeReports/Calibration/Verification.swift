public import CalibrationRecords
public import Foundation

/// What a verification of bytes, signatures and chains found.
public struct Verification: Codable, Sendable, Hashable {
    /// A record with right bytes and signature.
    public struct Record: Codable, Sendable, Hashable {
        /// SHA-256 of its bytes.
        public var name: String
        /// `bob`, `alice`, `pair`, …
        public var procedure: String
        /// Serial numbers.
        public var units: [String]
        /// Its number in its chain.
        public var sequence: Int
        /// Who signed it.
        public var signer: String
        /// Whether that key is believed here.
        public var trusted: Bool
    }

    /// What follows from all of it.
    public enum Verdict: String, Codable, Sendable, Hashable {
        /// Nothing is damaged, and every key is believed.
        case valid
        /// Nothing is damaged, and a key is not believed.
        case untrusted
        /// Something is damaged.
        case damaged
    }

    /// The worst of all.
    public private(set) var verdict = Verdict.valid
    /// What can be read.
    public private(set) var records: [Record] = []
    /// What is wrong.
    public private(set) var findings: [FindingDocument] = []

    /// The store, or one of its records. With `pinned`, that key must have signed everything.
    public init(_ contents: StoreContents, only name: String?, pinned: PublicKey?) throws(RecordError) {
        var found = contents.findings
        var stored = contents.records
        if let name {
            let prefix = name.lowercased()
            found = found.filter { $0.name.hasPrefix(prefix) }
            // What is damaged cannot be found among the records, and that is the answer.
            stored =
                found.contains { $0.damage.concernsContent && $0.setAside == nil }
                ? [] : [try contents.record(named: name)]
        }
        records = stored.map { Self.record($0.name, $0.record, $0.envelope, $0.signer, pinned) }
        add(found)
    }

    /// An exported file: one envelope after the other.
    public init(file: String, _ data: Data, trusted: TrustedKeys, pinned: PublicKey?) throws(RecordError) {
        switch Envelope.read(data) {
        case .failure(let damaged): throw RecordError.damaged(file: file, damage: damaged.damage)
        case .success(let envelopes):
            for envelope in envelopes {
                switch envelope.record() {
                case .failure(let damaged): throw RecordError.damaged(file: file, damage: damaged.damage)
                case .success(let record):
                    let signer = trusted.signer(envelope.signature.publicKey)
                    records.append(Self.record(envelope.name, record, envelope, signer, pinned))
                }
            }
        }
        add([])
    }

    private static func record(
        _ name: String, _ record: CalibrationRecord, _ envelope: Envelope, _ signer: Signer, _ pinned: PublicKey?
    ) -> Record {
        let isFactory: Bool = if case .factory = signer { record.procedure == .factory } else { false }
        let isTrusted = pinned.map { $0 == envelope.signature.publicKey } ?? (signer.isTrustedStation || isFactory)
        return Record(
            name: name, procedure: record.procedure.rawValue, units: record.units.map(\.serial),
            sequence: record.sequence, signer: signer.description, trusted: isTrusted)
    }

    /// More that is wrong.
    public mutating func add(_ found: [StoreFinding]) {
        findings += found.map(FindingDocument.init)
        if findings.contains(where: \.isDamage) {
            verdict = .damaged
        } else if records.contains(where: { !$0.trusted }) {
            verdict = .untrusted
        }
    }
}
