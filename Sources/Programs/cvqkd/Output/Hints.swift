import Calibration
import CalibrationRecords
import ExternalInstruments
import LinkControl
import LinkMonitors
import UnitControl
import UnitProtocol
import UnitTransport

/// An error of the libraries to which this program knows a next step. They say what is wrong; which command helps is known
/// here and nowhere else.
protocol HintedError: Error, CustomStringConvertible {
    /// The command or option that helps or tells more, as a sentence; nil if there is none.
    var hint: String? { get }
}

extension HintedError {
    /// What is wrong, and the hint.
    var advice: String { hint.map { "\(self). \($0)" } ?? description }
}

extension TransportError: HintedError {
    var hint: String? {
        switch self {
        case .notFound, .gone: "'cvqkd list' shows what is connected"
        default: nil
        }
    }
}

extension UnitError: HintedError {
    var hint: String? {
        switch self {
        case .transport(let error): error.hint
        case .notReached: "'cvqkd telemetry UNIT' shows what is out of range"
        case .incompatible: "'cvqkd schema diff UNIT' shows all differences"
        case .wrongSerialNumber, .ambiguousSerial: "'cvqkd list' shows what is connected"
        case .outOfService(.fault, _), .lightWentOut: "'cvqkd telemetry UNIT' shows what is wrong"
        case .outOfService(.streaming, _): "'cvqkd link status' shows whose it is"
        default: nil
        }
    }
}

extension CommandFailure {
    /// With the units in place of the word UNIT in commands that help: one command for each.
    func naming(_ units: [String]) -> CommandFailure {
        guard !units.isEmpty else { return self }
        let named = message.replacing(/'(cvqkd [a-z\- ]+) UNIT'/) { match in
            units.map { "'\(match.1) \($0)'" }.joined(separator: " and ")
        }
        return CommandFailure(kind, named)
    }

    /// An error of work with units, whose hints name them; as it is if it has none.
    static func naming(_ units: [String], in error: any Error) -> any Error {
        guard let failure = CommandFailure(error), failure.message.contains(" UNIT'") else { return error }
        return failure.naming(units)
    }
}

extension LinkError: HintedError {
    var hint: String? { if case .unit(_, let error) = self { error.hint } else { nil } }
}

extension CalibrationFailure: HintedError {
    var hint: String? {
        switch self {
        case .unit(_, let error): error.hint
        case .link(let error): error.hint
        case .unsuitable, .badPlan, .instrument, .cancelled: nil
        }
    }
}

extension InstrumentError: HintedError {
    var hint: String? {
        if case .noPermission = self { "'cvqkd doctor' names the udev rules that are missing" } else { nil }
    }
}

extension RecordError: HintedError {
    var hint: String? {
        switch self {
        case .noStation: "'cvqkd station init --name NAME' makes one"
        case .stationExists: "--store names another folder"
        case .trustedAlready: "'cvqkd station list' shows it"
        case .notTrusted: "'cvqkd station list' shows them"
        case .noRecord: "'cvqkd calibration list' shows what there is"
        case .notAFactoryImport: "'cvqkd calibration verify FILE' checks any record"
        case .notAFactoryKey: "'cvqkd station trust KEY --name MAKER --as factory' then trusts it"
        case .forked: "'cvqkd calibration verify' shows it"
        default: nil
        }
    }
}

extension CommissioningChecklist.Mismatch: HintedError {
    var hint: String? { "--new begins a new one" }
}

extension KeyPermission {
    /// Why not, and the commands that help; nil if granted.
    var advice: String? {
        refusal.map { refusal in
            let unmet = requirements.filter { !$0.isMet }
            let commands = unmet.map { "'\($0.command)'" }.joined(separator: ", then ")
            return refusal
                + (damage.isEmpty ? ". \(commands) makes a new one" : ". 'cvqkd calibration verify' shows it")
        }
    }
}

extension KeyPermission.Requirement {
    /// The command that makes the record. Of a pair Bob is named first in records.
    var command: String {
        procedure == .pair && units.count == 2
            ? "cvqkd calibrate pair --alice \(units[1]) --bob \(units[0])"
            : "cvqkd calibrate \(procedure.rawValue) \(units.joined(separator: " "))"
    }
}

extension Hypothesis {
    /// What to measure next, and by which command.
    var advice: String {
        switch self {
        case .localOscillatorDrift: "\(card.next): 'cvqkd shot-noise measure'"
        case .modulatorBiasDrift: "\(card.next): 'cvqkd calibrate alice'"
        default: card.next
        }
    }
}

extension EvidenceKind {
    /// Why it may be missing, and the option that brings it.
    var advice: String { self == .darkBlock ? "\(absence) (--dark-fraction)" : absence }
}

extension CalibrationRecord.Phase {
    /// Its note, and the option that brings what it lacked.
    var advice: String? {
        let isUnverified = name == "efficiency" && !measurements.contains { $0.source == .verifiedRatio }
        return note.map { isUnverified ? "\($0) (--power-reading)" : $0 }
    }
}
