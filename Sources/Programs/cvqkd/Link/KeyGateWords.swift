import CalibrationRecords
import LinkOperation
import ReadableText
import UnitControl

extension CommandFailure {
    init(_ refusal: KeyRefusal) {
        switch refusal {
        case .records(let permission): self.init(permission)
        case .store(let error): self.init(any: error)
        case .emulated: self.init(.unproven, refusal.description)
        }
    }

    init(_ doubt: KeyDoubt) {
        switch doubt {
        case .unit(_, let error): self.init(any: error)
        case .conditions(let permission, _): self.init(permission)
        case .store(let error): self.init(any: error)
        case .unanswered: self.init(.timedOut, "the units did not say in time whether their calibrations hold")
        }
    }

    private init(_ permission: KeyPermission) {
        self.init(permission.damage.isEmpty ? .unproven : .damaged, permission.advice ?? "key is refused")
    }

    /// What ended a session of purpose key.
    init(_ ending: KeyPermissionState.Ending) {
        switch ending {
        case .refused(let refusal):
            let found = CommandFailure(refusal)
            self.init(found.kind, "the session was ended: \(found.message)")
        case .unproven(let doubt, let time):
            let seconds = NumberText.significant(NumberText.seconds(time), digits: 2)
            self.init(
                .unproven,
                "the session was ended: for \(seconds) s nobody could say whether the calibrations still hold. \(doubt.words)"
            )
        }
    }
}

extension KeyDoubt {
    /// The last reason, and where to look.
    fileprivate var words: String {
        switch self {
        case .unit(let serial, let error):
            "\(serial): \(CommandFailure(any: error).message). \(SuggestedCommand.telemetry(.unit(serial))) shows whether it answers"
        case .conditions(_, let unread):
            unread.map { unit, quantity, reason in
                let what =
                    switch reason {
                    case .stale: "is stale"
                    case .notANumber: "is not a number"
                    case .impossible: "has a value that no such quantity can have"
                    case .unavailable: "is unavailable"
                    }
                return "\(quantity) of \(unit) \(what)"
            }.joined(separator: "; ") + ". \(Self.telemetry(of: Set(unread.map(\.unit)))) shows it"
        case .store(let error): error.advice
        case .unanswered: "The units do not answer. \(SuggestedCommand.status(.any)) shows why"
        }
    }

    /// Of the one unit that is meant, if it is one.
    private static func telemetry(of units: Set<String>) -> SuggestedCommand {
        .telemetry(units.count == 1 ? units.first.map { .unit($0) } ?? .any : .any)
    }
}
