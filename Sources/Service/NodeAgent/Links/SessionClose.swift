internal import LinkControl
internal import LinkOperation
internal import RawKey
internal import UnitControl
internal import UnitProtocol

/// Why a session of an agent ended.
enum SessionClose: Sendable, Equatable {
    /// It was not begun: a calibration, a unit, the other end's consent.
    case notStarted(String)
    /// Somebody here ended it in order.
    case stopped
    /// Consumers leave what they are given.
    case full
    /// A unit, the line, the other end, the disk: no sign of an attack.
    case failed(String)
    /// A sign of what could be an attack: it latches the link.
    case security(String)

    /// This end's own unit, which a step of recovery may make usable again.
    case unit(UnitError)

    /// For a failure of the session at an end.
    init(_ error: LinkError, at role: UnitRole) {
        switch error {
        case .unit(role, let failure): self = .unit(failure)
        case .disclosureDiffers, .uncorrelated: self = .security(error.description)
        default: self = .failed(error.description)
        }
    }

    /// For what became of a window; nil if the session goes on.
    init?(_ notice: KeyWindows.Notice) {
        switch notice {
        case .broken(let error): self = .failed(error.description)
        case .ended(let ordinal, .revoked(let reason), let against):
            guard reason != .insufficient else { return nil }
            let text =
                "window \(ordinal) was revoked: \(reason)"
                + (against.isEmpty ? "" : " (\(against.joined(separator: ", ")))")
            self = reason.isSecurity ? .security(text) : .failed(text)
        case .ended: return nil
        }
    }

    /// In words.
    var text: String {
        switch self {
        case .notStarted(let text), .failed(let text), .security(let text): text
        case .unit(let error): "unit: \(error)"
        case .full: "consumers do not take their blocks: the stream was stopped at the high-water mark"
        case .stopped: "ended in order"
        }
    }
}

/// What a link's keeper is told while a session is prepared and runs.
enum LinkProgress: Sendable {
    /// The windows of the session that is to come.
    case planned(WindowPlan)
    /// Both ends have agreed on a session.
    case preparing(session: UInt64, far: String)
    /// Symbols come.
    case running(session: UInt64)
    /// How it goes, ten times a second.
    case moment(LinkReport)
    /// What the monitors notice.
    case monitor(MonitorAccount.Notice)
    /// What became of a window.
    case window(KeyWindows.Notice)
    /// Ends that did not confirm that they are dark.
    case silent([String])
}
