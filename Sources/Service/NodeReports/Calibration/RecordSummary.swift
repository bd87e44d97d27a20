public import CalibrationRecords
public import Foundation

/// A record in one line, and what can be said of it without its unit.
public struct RecordSummary: Codable, Sendable, Hashable {
    /// SHA-256 of its bytes.
    public var name: String
    /// `bob`, `alice`, `pair`, …
    public var procedure: String
    /// Serial numbers.
    public var units: [String]
    /// Serial number of the unit whose chain it is in.
    public var chain: String
    /// Its number in that chain.
    public var sequence: Int
    /// When it was finished.
    public var ended: Date
    /// `pass`, `marginal`, `fail`, `incomplete`.
    public var outcome: String
    /// The verdict by time, outcome, signature and what happened since; units are not looked at.
    public var state: RecordState
    /// Absent if it does not say how long it holds.
    public var expires: Date?
    /// Whether a unit had no optics behind it.
    public var emulated: Bool
    /// Who signed it.
    public var signer: String
    /// Why it does not hold.
    public var reasons: [String]
    /// Of the key that signed it.
    public var fingerprint: String
    /// What a reader should know of it, whether it holds or not.
    public var remarks: [String]

    /// The summary of a record as it stands now.
    public init(_ stored: StoredRecord, in contents: StoreContents, now: Date) {
        let record = stored.record
        name = stored.name
        procedure = record.procedure.rawValue
        units = record.units.map(\.serial)
        chain = stored.chain
        sequence = record.sequence
        ended = record.ended
        outcome = record.outcome.rawValue
        expires = record.validity?.expires
        emulated = record.isEmulated
        signer = stored.signer.description
        let verdict = contents.verdict(on: stored, for: .overview, units: [], now: now)
        state = RecordState(verdict)
        reasons = verdict.objections.map(\.description)
        fingerprint = stored.envelope.signature.publicKey.fingerprint
        remarks = stored.qualifications.map(\.description)
    }
}

/// What is wrong with a record, a file or a chain.
public struct FindingDocument: Codable, Sendable, Hashable {
    /// Name of the record or file.
    public var name: String
    /// The unit whose chain is concerned, if that can be told.
    public var unit: String?
    /// `damage`, `warning`, or `setAside`: damage that a person has looked at.
    public var severity: String
    /// The sentence.
    public var problem: String

    /// The document of a finding.
    public init(_ finding: StoreFinding) {
        name = finding.name
        unit = finding.unit
        severity = finding.damage.isWarning ? "warning" : finding.setAside == nil ? "damage" : "setAside"
        problem =
            finding.damage.description
            + (finding.setAside.map { "; set aside by \($0.operatorName): \($0.reason)" } ?? "")
    }

    /// Whether something is damaged.
    public var isDamage: Bool { severity == "damage" }
}

/// The records of a store, or those of one unit.
public struct RecordListDocument: Codable, Sendable, Hashable {
    /// By chain and then by number.
    public var records: [RecordSummary]
    /// What is wrong with the store.
    public var findings: [FindingDocument]

    /// The document of a store as it stands now; with `unit`, of the records that concern it.
    public init(_ contents: StoreContents, concerning unit: String?, now: Date) {
        records = contents.records.filter { stored in unit.map { stored.concerns($0) } ?? true }
            .map { RecordSummary($0, in: contents, now: now) }
        findings = contents.findings.map(FindingDocument.init)
    }
}

/// One record, whole.
public struct RecordShowDocument: Codable, Sendable, Hashable {
    /// What can be said of it.
    public var summary: RecordSummary
    /// What it says.
    public var record: CalibrationRecord

    /// The document of a record as it stands now.
    public init(_ stored: StoredRecord, in contents: StoreContents, now: Date) {
        summary = RecordSummary(stored, in: contents, now: now)
        record = stored.record
    }
}
