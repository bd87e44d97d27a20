import CalibrationRecords
import Foundation

/// What a verification found.
struct Verification: Encodable {
    struct Record: Encodable {
        let name: String
        let procedure: String
        let units: [String]
        let sequence: Int
        let signer: String
        let trusted: Bool
    }

    private(set) var verdict = "valid"
    private(set) var records: [Record] = []
    private(set) var findings: [FindingDocument] = []

    /// The store, or one of its records.
    init(_ contents: StoreContents, only name: String?, pinned: PublicKey?) throws {
        var found = contents.findings
        var stored = contents.records
        if let name {
            let prefix = name.lowercased()
            found = found.filter { $0.name.hasPrefix(prefix) }
            // What is damaged cannot be found among the records, and that is the answer.
            stored = found.contains { $0.damage.concernsContent } ? [] : [try contents.record(named: name)]
        }
        records = stored.map { Self.record($0.name, $0.record, $0.envelope, $0.signer, pinned) }
        add(found)
    }

    /// An exported file: one envelope after the other.
    init(file: String, _ data: Data, trusted: TrustedKeys, pinned: PublicKey?) throws {
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
    mutating func add(_ found: [StoreFinding]) {
        findings += found.map(FindingDocument.init)
        if findings.contains(where: { $0.severity == "damage" }) {
            verdict = "damaged"
        } else if records.contains(where: { !$0.trusted }) {
            verdict = "untrusted"
        }
    }

    var text: String {
        var table = Table([
            .init("RECORD"), .init("UNITS"), .init("PROCEDURE"), .init("NO", .right), .init("SIGNED BY"),
        ])
        table.rows = records.map { record in
            [
                String(record.name.prefix(12)), record.units.joined(separator: " + "), record.procedure,
                "\(record.sequence)", record.signer,
            ]
        }
        let lines = findings.map(\.line)
        let end = "\(records.count) records with right bytes and signatures; \(verdict)"
        return ([table.text] + lines + [end]).joined(separator: "\n")
    }

    var failure: CommandFailure? {
        switch verdict {
        case "damaged":
            let damaged = findings.filter { $0.severity == "damage" }
            return CommandFailure(
                .damaged,
                "\(damaged.count) finding\(damaged.count == 1 ? "" : "s"); the first: \(damaged[0].name.prefix(16)): "
                    + "\(damaged[0].problem). Restore the file from a backup, or move it away and calibrate again")
        case "untrusted":
            let names = Set(records.filter { !$0.trusted }.map(\.signer)).sorted().joined(separator: ", ")
            return CommandFailure(
                .unproven,
                "the signatures are right, and not all by a key that is wanted here: \(names). Compare the fingerprint "
                    + "with its owner, then 'cvqkd station trust'")
        default: return nil
        }
    }
}
