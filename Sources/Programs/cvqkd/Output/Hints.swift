import AgentClient
import Calibration
import CalibrationRecords
import ExternalInstruments
import ForeignFiles
import Foundation
import LinkControl
import LinkMonitors
import LinkOperation
import PeerIdentity
import ReadableText
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
        case .notFound, .gone: "\(SuggestedCommand.list) shows what is connected"
        default: nil
        }
    }
}

extension UnitError: HintedError {
    var hint: String? {
        switch self {
        case .transport(let error): error.hint
        case .shutterDiffers: "\(SuggestedCommand.telemetry(.bob)) shows shutter_read_back"
        case .notReached: "\(SuggestedCommand.telemetry(.any)) shows what is out of range"
        case .incompatible: "\(SuggestedCommand.schemaDiff(.any)) shows all differences"
        case .wrongSerialNumber, .ambiguousSerial: "\(SuggestedCommand.list) shows what is connected"
        case .wrongRole: GivenOptions.current.hintOnRoles
        case .outOfService(.fault, _), .lightWentOut: "\(SuggestedCommand.telemetry(.any)) shows what is wrong"
        case .outOfService(.streaming, _): "\(SuggestedCommand.linkStatus) shows whose it is"
        default: nil
        }
    }
}

extension AgentClientFailure: HintedError {
    var hint: String? {
        switch self {
        case .notRunning:
            "'systemctl status cvqkd-agent' shows whether it runs; --agent names the control socket of another one"
        case .noPermission:
            "Try with sudo, or as a user of the agent's group"
        default: nil
        }
    }
}

extension LinkError: HintedError {
    var hint: String? { if case .unit(_, let error) = self { error.hint } else { nil } }
}

extension PrecisionObstacle {
    /// The option that helps.
    var hint: String {
        switch self {
        case .noVacuumPlanned: "Give a --vacuum-fraction above 0, or --duration in place of a precision"
        case .noTrainingPlanned: "Give a --training-fraction above 0, or --duration in place of a precision"
        case .noVacuum, .noTraining:
            "Ctrl-C ends the session; \(SuggestedCommand.conformance(.any)) shows what the unit does wrong"
        case .electronicNoise:
            "Ctrl-C ends the session; --dark-fraction or more --electronic-noise-samples bring it into reach"
        }
    }
}

extension CalibrationFailure: HintedError {
    var hint: String? {
        switch self {
        case .unit(_, let error): error.hint
        case .link(let error): error.hint
        case .unreachable(let goal): goal.hint
        case .unsuitable, .badPlan, .instrument, .cancelled: nil
        }
    }
}

extension UnreachableGoal: HintedError {
    var hint: String? {
        switch obstacle {
        case .noMargin: samples.map { "--symbols \(Selectors.text($0)) takes that many" }
        case .vagueTarget: sigma.map { "--sigma-excess-noise \(NumberText.significant($0, digits: 2)) asks for it" }
        case .tooShort: seconds.map { "--interval \(NumberText.stated(($0 * 10).rounded(.up) / 10)) is long enough" }
        case .noKey: "A larger --block-size, or a fibre with less loss, has one"
        case .tooLong: "Ask for fewer samples, or for less precision"
        }
    }
}

extension InstrumentError: HintedError {
    var hint: String? {
        if case .noPermission = self { "\(SuggestedCommand.doctor) names the udev rules that are missing" } else { nil }
    }
}

extension ForeignFileRefusal: HintedError {
    var hint: String? {
        switch self {
        case .notAFile: "Name a regular file"
        case .notAFolder: "Name a folder"
        case .ofAnotherUser: "Let 'chown' give it to you if you trust its owner, or name another"
        case .tooLong: "Name another file"
        case .notAName, .notFound, .noPermission, .writableByOthers, .system: nil
        }
    }
}

extension RecordError: HintedError {
    var hint: String? {
        switch self {
        case .noStore: "--store or CVQKD_STATE_DIRECTORY names another"
        case .file(.notAFile): "Move it away, or name another store with --store"
        case .file(let refusal): refusal.hint
        case .noStation: "\(SuggestedCommand.stationInit) makes one"
        case .stationExists: "--store names another folder"
        case .trustedAlready: "\(SuggestedCommand.stationList) shows it"
        case .notTrusted: "\(SuggestedCommand.stationList) shows them"
        case .noRecord: "\(SuggestedCommand.listRecords) shows what there is"
        case .notAFactoryImport: "\(SuggestedCommand.verifyFile) checks any record"
        case .notAFactoryKey: "\(SuggestedCommand.trustMaker) then trusts it"
        case .forked, .notDamaged: "\(SuggestedCommand.verifyStore) shows it"
        case .diskFull: "Make room, or name a folder on another disk by --store"
        case .noPermission(_, EROFS):
            "The disk is read-only: mount it anew, or name a folder on another disk by --store"
        default: nil
        }
    }
}

extension PeerIdentityError: HintedError {
    var hint: String? {
        switch self {
        case .noIdentity: "\(SuggestedCommand.peerKeygen) makes one"
        case .noNext: "\(SuggestedCommand.peerRotate) makes one"
        case .exists:
            "\(SuggestedCommand.peerShow) shows what there is, \(SuggestedCommand.peerRotate) makes a second pair"
        case .notPinned, .tooManyPins, .ownPin: "\(SuggestedCommand.peerShow) shows what is pinned"
        case .signingKey(let error): error.hint
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
            let commands = unmet.map { $0.command.description }.joined(separator: ", then ")
            return refusal
                + (damage.isEmpty
                    ? ". \(commands) \(unmet.count == 1 ? "makes a new one" : "make new ones")"
                    : ". \(SuggestedCommand.verifyStore) shows it, \(SuggestedCommand.setAside) sets it aside")
        }
    }
}

extension KeyPermission.Requirement {
    /// The command that makes the record.
    var command: SuggestedCommand { SuggestedCommand(making: procedure, of: units) }
}

extension Hypothesis {
    /// What to measure next, and by which command.
    var advice: String {
        switch self {
        case .localOscillatorDrift: "\(card.next): \(SuggestedCommand.measureShotNoise(.bob))"
        case .modulatorBiasDrift: "\(card.next): \(SuggestedCommand.calibrateAlice(.alice))"
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

extension GivenOptions {
    /// What to do about a unit of the other role.
    fileprivate var hintOnRoles: String {
        (alice == nil || bob == nil ? "" : "--alice and --bob may be exchanged: ")
            + "\(SuggestedCommand.list) shows which unit is which"
    }
}

extension CalibrationOutcome {
    /// What helps when a result is outside its limits: what the session's monitors point to, else what the results show, and
    /// more symbols only if nothing else is wrong.
    var adviceOnFailure: String? {
        guard record.procedure == .pair else { return nil }
        if let diagnosis, diagnosis.conclusion != .nothingFound {
            let next = (diagnosis.named + diagnosis.possible).map(\.advice).joined(separator: "; or ")
            return "The session's monitors say: \(diagnosis.sentence)" + (next.isEmpty ? "" : ". Next: \(next)")
        }
        let failed = Set(
            record.phases.flatMap(\.measurements).filter { $0.outcome == .fail }.map(\.name))
        // What does not stand out from 0 is no light that was found.
        let found = record.measurement("transmittance")
        guard let value = found?.value, value > 5 * (found?.sigma ?? 0) else {
            return
                "No light of Alice's was found in Bob's samples. Is the fibre coupled at both ends, and does light arrive? "
                + "\(SuggestedCommand.telemetry(.alice)) and \(SuggestedCommand.telemetry(.bob)) show what both units see"
        }
        if failed.contains("lossChange") {
            return "The loss is not the one that was stated: look at the fibre and its connectors, or measure it again"
        }
        return failed == ["margin"]
            ? "Too few symbols show no margin: --symbols, or --sigma-excess-noise with --loss, takes more" : nil
    }
}
