import CalibrationRecords
import Foundation

/// A record in one line, and what can be said of it without its unit.
struct RecordSummary: Encodable {
    let name: String
    let procedure: String
    let units: [String]
    let chain: String
    let sequence: Int
    let ended: Date
    let outcome: String
    /// `valid`, `expired`, `failed`, `incomplete`, `untrusted`, `clock`, `none`: by time, outcome and signature only.
    let state: String
    let expires: Date?
    let emulated: Bool
    let signer: String

    init(_ stored: StoredRecord, now: Date) {
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
        state = Self.state(stored, now)
    }

    private static func state(_ stored: StoredRecord, _ now: Date) -> String {
        guard stored.signer.isTrustedStation else { return "untrusted" }
        if stored.record.outcome == .incomplete { return "incomplete" }
        if stored.record.hasFailure || stored.record.outcome == .fail { return "failed" }
        if now < stored.record.ended { return "clock" }
        guard let validity = stored.record.validity else { return "none" }
        return now < validity.expires ? "valid" : "expired"
    }

    /// What it says for a person.
    var stateText: String {
        let until = expires.map { $0.formatted(.iso8601) } ?? ""
        return switch state {
        case "valid": "until \(until)"
        case "expired": "EXPIRED \(until)"
        case "failed": "FAILED"
        case "untrusted": "UNTRUSTED: \(signer)"
        case "clock": "ends in the future: set the clock"
        case "none": "not stated"
        default: state
        }
    }
}

/// What is wrong, for scripts.
struct FindingDocument: Encodable {
    let name: String
    let unit: String?
    let severity: String
    let problem: String

    init(_ finding: Finding) {
        name = finding.name
        unit = finding.unit
        severity = finding.damage.isWarning ? "warning" : "damage"
        problem = finding.damage.description
    }

    /// A line for a person.
    var line: String { "\(severity == "damage" ? "DAMAGED" : "WARNING")  \(name.prefix(16))  \(problem)" }
}
