import AgentClient
import AuditTrail
import Calibration
import CalibrationRecords
import ExternalInstruments
import ForeignFiles
import Foundation
import LinkControl
import LinkOperation
import LocalUnits
import NodeReports
import PeerIdentity
import QuadratureAnalysis
import SignalAnalysis
import SignalRecordings
import UnitControl
import UnitProtocol
import UnitRecordings
import UnitSchema
import UnitTransport

/// What a script can tell apart: each kind has an exit code of its own.
enum FailureKind: String, CaseIterable {
    case failure, notFound, noPermission, busy, incompatible, gone, loss, timedOut, refused
    case nonconformance, inconclusive, outsideLimits, damaged, unproven, paused, usage, interrupted

    var exitCode: Int32 {
        switch self {
        case .failure: 1
        case .notFound: 3
        case .noPermission: 4
        case .busy: 5
        case .incompatible: 6
        case .gone: 7
        case .loss: 8
        case .timedOut: 9
        case .refused: 10
        case .nonconformance: 11
        case .inconclusive: 12
        case .outsideLimits: 13
        case .damaged: 14
        case .unproven: 15
        case .paused: 16
        case .usage: 64
        case .interrupted: 130
        }
    }

    private var meaning: String {
        switch self {
        case .failure: "any other failure"
        case .notFound: "no such unit, session or file"
        case .noPermission: "the device may not be opened; the message names the rule or group"
        case .busy: "another program uses the unit; the message names it"
        case .incompatible: "not a unit, a bootloader, a unit of the other role, or one whose protocol differs"
        case .gone: "the unit was removed or its line hung up"
        case .loss: "symbols or frames were lost (--fail-on), refused, unaccounted for, or out of step"
        case .timedOut: "no answer in time"
        case .refused: "the unit refused the request"
        case .nonconformance: "conformance: the unit breaks a rule of the protocol"
        case .inconclusive: "nothing shown either way: checks not carried out, records with nothing in common"
        case .outsideLimits: "calibration: a result is outside its limits; the record says which"
        case .damaged: "a record of a calibration or of an evidence window, its signature or its chain is damaged"
        case .unproven:
            "no calibration record that holds, a key that is not trusted here has signed, or key without evidence"
        case .paused: "this program or its machine slept too long: the units went dark for want of heartbeats"
        case .usage: "the command line is wrong"
        case .interrupted: "ended by Ctrl-C or a signal, after everything was put in order"
        }
    }

    /// The exit codes as the help shows them.
    static var table: String {
        (["    0  done"] + allCases.map { String(format: "  %3d  ", $0.exitCode) + $0.meaning })
            .joined(separator: "\n")
    }
}

/// What ends a command: a kind, and one or two sentences that name the next thing to try.
struct CommandFailure: Error {
    let kind: FailureKind
    let message: String
    /// The message's lines, if it is a list of findings.
    private(set) var lines: [String]?

    init(_ kind: FailureKind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Reads an error of the modules below; nil for the argument parser's own.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as TransportError: self.init(error.kind, error.advice)
        case let error as LocalUnitError: self.init(error)
        case let error as UnitError: self.init(error.kind, error.advice)
        case let error as LinkError: self.init(error.kind, error.advice)
        case let error as InstrumentError: self.init(error.kind, error.advice)
        case let error as ForeignFileRefusal: self.init(error.kind, error.advice)
        case let error as KeyRateFailure: self.init(.usage, error.description)
        case let error as PlanningFailure: self.init(.usage, error.description)
        case let error as RecordingError: self.init(error.kind, error.words)
        case let error as SignalAnalysisFailure: self.init(error.kind, error.words)
        case let doubt as KeyDoubt: self.init(doubt)
        case let failure as LinkRunFailure: self.init(failure)
        case let fault as SessionFolderFault: self.init(fault)
        case let failure as UnitRunFailure: self.init(failure)
        case let failure as LiveRecordingFailure: self.init(failure)
        case let error as RecordError: self.init(error.kind, error.advice)
        case let error as PeerIdentityError: self.init(error.kind, error.advice)
        case let error as CommissioningFailure: self.init(error)
        case let error as CalibrationFailure: self.init(error)
        case let error as AnswerRefusal: self.init(error)
        case let failure as AgentClientFailure: self.init(failure.kind, failure.advice)
        case let fault as AuditFault: self.init(fault.kind, fault.description)
        case let error as SchemaError:
            self.init(.failure, error.description)
            lines = error.findings.map(\.description)
        case is CancellationError: self.init(.interrupted, "cancelled")
        default: return nil
        }
    }

    /// What keeps a unit from being used; if a session of ours has it, how to end that is said too.
    init(_ error: LocalUnitError) {
        switch error {
        case .unit(let selector, let reason): self = RunningSessions.ofThisMachine.explain(reason, selector)
        case .perhapsUnasked(let serial, let line, let reason):
            let failure = RunningSessions.ofThisMachine.explain(reason, line)
            self.init(
                failure.kind, "\(serial) is not among the units that answer, and one may be it: \(failure.message)")
        case .notAmongAnswering, .perhapsMeant: self.init(.notFound, error.description)
        case .directory(.announcements):
            self.init(.failure, "\(error). CVQKD_UNIT_DIRECTORY names the folder, /run/cvqkd/units without it")
        case .directory: self.init(.failure, error.description)
        }
    }

    /// Any error at all.
    init(any error: any Error) {
        self = CommandFailure(error) ?? CommandFailure(.failure, "\(error)")
    }

    /// The same as a value for documents.
    var report: FailureReport { FailureReport(kind: kind.rawValue, message: message) }

    /// Writes it to standard error.
    func report(json: Bool) {
        guard json, let text = try? Output.json(FailureDocument(report)) else {
            // Only at the end: "../name" stays what it is.
            if let lines, lines.count > 1 {
                let findings: [Page] = lines.map { line in "\(line)" }
                return Output.note("Error:\n\(findings.joined(separator: "\n"))")
            }
            Output.note("Error: \(message)\(message.hasSuffix(".") || message.hasSuffix("?") ? "" : ".")")
            return
        }
        ErrorWriter.shared.write(text + "\n")
    }
}

extension TransportError {
    var kind: FailureKind {
        switch self {
        case .notFound: .notFound
        case .noPermission: .noPermission
        case .busy: .busy
        case .notAUnit: .incompatible
        case .gone: .gone
        case .cancelled: .interrupted
        case .sendTimedOut, .sendBlocked: .timedOut
        case .keyOverSocket: .refused
        case .closed, .tooLong, .usbMemory, .memoryNotLocked, .system, .usb: .failure
        }
    }
}

extension UnitError {
    var kind: FailureKind {
        switch self {
        case .transport(let error): error.kind
        case .timedOut, .noHello, .lineShared, .tooSlow, .notReached, .streamStalled: .timedOut
        case .refused, .purposeForbids, .outOfService, .lightWentOut: .refused
        case .controlledElsewhere: .busy
        case .badReply, .incompatible, .unknownRole, .illegalSerial, .inBootloader, .wrongRole: .incompatible
        case .wrongSerialNumber, .ambiguousSerial: .notFound
        case .outOfRange: .usage
        case .shutterDiffers: .outsideLimits
        case .heartbeatsMissed: .paused
        case .sessionEnded, .quarantined, .consumerFailed: .failure
        case .cancelled: .interrupted
        }
    }
}

extension LinkError {
    var kind: FailureKind {
        switch self {
        case .unit(_, let error): error.kind
        case .syncLost, .uncorrelated, .framesRefused, .unaccounted: .loss
        case .refused: .refused
        case .peer: .gone
        case .noEstimate, .disclosureDiffers, .uncompared, .comparisonLate: .failure
        case .badPlan: .usage
        }
    }
}

extension InstrumentError {
    var kind: FailureKind {
        switch self {
        case .notFound: .notFound
        case .noPermission: .noPermission
        case .busy: .busy
        case .notAnInstrument, .garbage, .echoes, .prompts, .acknowledges, .notIdentified, .decimalComma,
            .severalValues,
            .inDecibels, .negativePower, .implausiblePower:
            .incompatible
        case .gone: .gone
        case .timedOut: .timedOut
        case .reported, .settingRefused: .refused
        case .overRange, .noReading, .system: .failure
        case .cancelled: .interrupted
        }
    }
}

extension AgentClientFailure {
    var kind: FailureKind {
        switch self {
        case .notRunning: .notFound
        case .noPermission: .noPermission
        case .gone: .gone
        case .timedOut: .timedOut
        case .garbled: .incompatible
        case .system: .failure
        case .refused(let report): FailureKind(rawValue: report.kind) ?? .failure
        }
    }
}

extension AuditFault {
    var kind: FailureKind {
        switch self {
        case .unreadable(let refusal): refusal.kind
        case .unwritten, .notEncodable: .failure
        case .key(let error): error.kind
        }
    }
}

extension ForeignFileRefusal {
    var kind: FailureKind {
        switch self {
        case .notFound: .notFound
        case .noPermission, .ofAnotherUser, .writableByOthers: .noPermission
        case .notAName, .notAFile, .notAFolder, .tooLong, .system: .failure
        }
    }
}

extension RecordError {
    var kind: FailureKind {
        switch self {
        case .noStore, .noStation, .notTrusted, .noRecord, .notDamaged, .nothingToExplain: .notFound
        case .keyExposed, .noPermission: .noPermission
        case .file(let refusal): refusal.kind
        case .busy: .busy
        case .damaged, .forked, .keyDiffers, .unreadableStation: .damaged
        case .notAFactoryKey, .newestOfUnit: .unproven
        case .noPublicKey, .notAFactoryImport, .ambiguous, .noUnit, .noReason, .badPins: .usage
        case .system(_, _, let code): code == ENOENT ? .notFound : .failure
        case .stationExists, .trustedAlready, .diskFull, .notEncodable, .crypto: .failure
        }
    }
}

extension PeerIdentityError {
    var kind: FailureKind {
        switch self {
        case .noIdentity, .noNext, .notPinned: .notFound
        case .keyExposed, .keyOfAnotherUser: .noPermission
        case .file(let refusal): refusal.kind
        case .signingKey(let error): error.kind
        case .notACertificate, .notAKey, .keyDiffers, .unreadablePins: .damaged
        case .notAPin, .notANodeKey, .ownPin, .badValidity: .usage
        case .exists, .notWritten, .tooManyPins: .failure
        }
    }
}
