public import LinkControl
public import UnitControl
public import UnitProtocol

/// Why a calibration could not be carried out. A number outside its limits is a result, not a failure.
public enum CalibrationFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// A unit failed, went away, or refused. The next step is in the unit's own error.
    case unit(UnitRole, UnitError)
    /// The pair failed.
    case link(LinkError)
    /// The unit lacks what the procedure needs. Another procedure, or other firmware, is called for.
    case unsuitable(serial: String, lacks: String)
    /// A setting outside of what the unit can do. Choose another one.
    case badPlan(String)
    /// A plan that cannot show what it is made for, with what would do.
    case unreachable(UnreachableGoal)
    /// An instrument beside the units failed.
    case instrument(String)
    /// Somebody ended it; the units have been put in order.
    case cancelled

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .unit(let role, let error): "\(role.name ?? "unit"): \(error)"
        case .link(let error): error.description
        case .unsuitable(let serial, let lacks): "\(serial) cannot be calibrated so: it has no \(lacks)"
        case .badPlan(let reason): reason
        case .unreachable(let goal): goal.description
        case .instrument(let reason): reason
        case .cancelled: "ended on request"
        }
    }

    /// Reads a pair's error; a cancelled unit is a cancelled calibration.
    init(_ error: LinkError) {
        if case .unit(_, .cancelled) = error { self = .cancelled } else { self = .link(error) }
    }
}

extension CalibratedEnd {
    /// Asks this end something; its error gets the end's role.
    func asked<Value: Sendable>(
        _ body: (Self) async throws(UnitError) -> Value
    ) async throws(CalibrationFailure) -> Value {
        do throws(UnitError) { return try await body(self) } catch {
            throw error == .cancelled ? .cancelled : .unit(identity.role, error)
        }
    }
}
