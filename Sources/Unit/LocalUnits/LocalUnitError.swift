public import UnitControl
public import UnitTransport

/// Why a unit of this machine cannot be found, opened or asked.
public enum LocalUnitError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The unit, or the way to it, that the selector names. What to do is in the unit's own error.
    case unit(UnitSelector, UnitError)
    /// The serial number is not among those that answer, and `line` could not be asked who is behind it: it may be the unit.
    /// Look after that line first.
    case perhapsUnasked(serial: String, line: UnitSelector, UnitError)
    /// A unit that was named is not among those that answer; one of `lines`, which do not answer, may lead to it.
    case notAmongAnswering(UnitSelector, lines: [UnitCandidate.Connection])
    /// There is no such unit, but one whose serial number differs in case only.
    case perhapsMeant(UnitSelector, [String])
    /// The machine cannot be asked what is plugged in.
    case directory(HotplugError)

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .unit(_, let error): error.description
        case .perhapsUnasked(let serial, _, let error):
            "\(serial) is not among the units that answer, and one may be it: \(error)"
        case .notAmongAnswering(let selector, let lines):
            "\(selector) is not among the units that answer; it may be at "
                + lines.map(\.description).joined(separator: ", ")
        case .perhapsMeant(let selector, let serials):
            "\(selector): no such unit. Did you mean \(serials.joined(separator: " or "))?"
        case .directory(let error): error.description
        }
    }

    /// What recovery and transports call it. To them a unit that may be behind a line which does not answer is not there.
    public var unitError: UnitError {
        switch self {
        case .unit(_, let error): error
        case .perhapsUnasked(let serial, _, _): .transport(.notFound(serial))
        case .notAmongAnswering(let selector, _), .perhapsMeant(let selector, _):
            .transport(.notFound(selector.description))
        case .directory(let error): .transport(.notFound("units (\(error))"))
        }
    }
}

extension UnitError {
    /// Somebody else has the unit, or its connection.
    var isBusy: Bool {
        switch self {
        case .transport(.busy), .controlledElsewhere: true
        default: false
        }
    }
}
