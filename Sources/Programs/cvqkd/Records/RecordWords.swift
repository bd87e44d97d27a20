import CalibrationRecords
import Foundation
import NodeReports

extension RecordSummary {
    /// Whether its procedure is one whose records hold for a time.
    private var isTimed: Bool {
        ["bob", "alice", "pair"].contains(procedure)
    }

    /// What its state says for a person.
    var stateText: String {
        let until = expires.map { $0.formatted(.iso8601) } ?? ""
        return switch state {
        case .valid: "until \(until)"
        case .expired: "EXPIRED \(until)"
        case .failed: "FAILED"
        case .incomplete: "incomplete"
        case .untrusted: "UNTRUSTED: \(signer)"
        case .clock: "ends in the future: set the clock"
        // A dossier, an import and a statement are kept; what holds for a time is the calibrations that they name.
        case .none where !isTimed && outcome != Outcome.fail.rawValue: "kept, no time limit"
        case .none: "NO: no life is stated, or one that cannot be"
        case .stronger: "NO: T is above the commissioned one, see 'calibration due'"
        case .damaged: "NO: damaged, see 'calibration verify'"
        case .maintained: "NO: maintenance since"
        case .replaced: "replaced by a newer one"
        case .changed: "NO: the unit changed"
        }
    }
}

extension FindingDocument {
    /// A line for a person.
    var line: String {
        "\(isDamage ? "DAMAGED" : severity == "setAside" ? "SET ASIDE" : "WARNING")  \(name.prefix(16))  \(problem)"
    }
}
