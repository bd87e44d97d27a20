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
    /// The verdict by time, outcome, signature and what happened since; units are not looked at.
    let state: RecordState
    let expires: Date?
    let emulated: Bool
    let signer: String
    /// Why it does not hold.
    let reasons: [String]

    init(_ stored: StoredRecord, in contents: StoreContents, now: Date) {
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
    }

    /// What it says for a person.
    var stateText: String {
        let until = expires.map { $0.formatted(.iso8601) } ?? ""
        return switch state {
        case .valid: "until \(until)"
        case .expired: "EXPIRED \(until)"
        case .failed: "FAILED"
        case .incomplete: "incomplete"
        case .untrusted: "UNTRUSTED: \(signer)"
        case .clock: "ends in the future: set the clock"
        case .none: "not stated"
        case .damaged: "NO: damaged, see 'calibration verify'"
        case .maintained: "NO: maintenance since"
        case .replaced: "replaced by a newer one"
        case .changed: "NO: the unit changed"
        }
    }
}

/// What is wrong, for scripts.
struct FindingDocument: Encodable {
    let name: String
    let unit: String?
    let severity: String
    let problem: String

    init(_ finding: StoreFinding) {
        name = finding.name
        unit = finding.unit
        severity = finding.damage.isWarning ? "warning" : "damage"
        problem = finding.damage.description
    }

    /// A line for a person.
    var line: String { "\(severity == "damage" ? "DAMAGED" : "WARNING")  \(name.prefix(16))  \(problem)" }
}
