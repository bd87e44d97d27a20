public import CalibrationRecords
public import UnitControl

/// Whether a pair may make key now, as far as anybody can say.
public enum KeyAnswer: Sendable {
    /// Every record that is needed holds.
    case granted
    /// One does not, for a reason that is known.
    case refused(KeyRefusal)
    /// It cannot be said.
    case unknown(KeyDoubt)
}

/// Why key is refused.
public enum KeyRefusal: Error, Sendable, CustomStringConvertible {
    /// A record is missing or does not hold.
    case records(KeyPermission)
    /// The store does not hold.
    case store(RecordError)
    /// A unit has no optics, and the link is not configured as a test.
    case emulated
}

/// Why nobody can say whether key may be made.
public enum KeyDoubt: Error, Sendable, CustomStringConvertible {
    /// What keeps a condition from being compared.
    public enum Condition: Sendable, Equatable {
        /// The value is older than the unit says that it may be.
        case stale
        /// The unit sends something that is not a number.
        case notANumber
        /// The unit sends a number that no such quantity can have.
        case impossible
        /// The unit says that it has no value, or does not measure the quantity.
        case unavailable
    }

    /// A unit does not answer, refuses to, or answers what cannot be read.
    case unit(serial: String, UnitError)
    /// Conditions that a record holds for cannot be compared; otherwise everything holds.
    case conditions(KeyPermission, [(unit: String, quantity: String, reason: Condition)])
    /// The store cannot be read now.
    case store(RecordError)
    /// The question was asked, and nothing has come back yet.
    case unanswered
}

extension KeyRefusal {
    /// Why, in a sentence.
    public var description: String {
        switch self {
        case .records(let permission): permission.refusal ?? "the records do not hold"
        case .store(let error): error.description
        case .emulated: "a unit is emulated, and the link is not configured as a test"
        }
    }
}

extension KeyDoubt {
    /// Why, in a sentence.
    public var description: String {
        switch self {
        case .unit(let serial, let error): "\(serial): \(error)"
        case .conditions(_, let unread):
            unread.map { unit, quantity, reason in "\(quantity) of \(unit): \(reason)" }.joined(separator: "; ")
        case .store(let error): error.description
        case .unanswered: "the units do not answer"
        }
    }
}
