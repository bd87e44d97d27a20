public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// What can go wrong with a pair.
public enum LinkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One end failed; `role` says which.
    case unit(UnitRole, UnitError)
    /// Training correlates at no delay, or no longer at the one that was found: the two ends count different symbols.
    case syncLost(reason: String)
    /// The training data yield no estimate.
    case noEstimate(EstimateFailure)
    /// What Alice's unit disclosed to Bob's is not what she streamed.
    case disclosureDiffers(firstSymbol: UInt64)
    /// An end does not consent to the session.
    case refused(UnitRole, reason: String)
    /// An end that is not here cannot go on, is lost, or contradicts what was agreed.
    case peer(UnitRole, PeerFault)
    /// A setting that makes no sense.
    case badPlan(String)

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .unit(let role, let error): "\(role.name ?? "unit"): \(error)"
        case .syncLost(let reason):
            "synchronisation lost: \(reason). This is not a sign of an attack: check the units' sync channel and that both have the same fibre"
        case .noEstimate(let failure): "no estimate: \(failure)"
        case .disclosureDiffers(let symbol):
            "the training samples that Bob received by disclosure differ from Alice's stream at symbol \(symbol): the units' classical channel or firmware is at fault"
        case .refused(let role, let reason): "\(role.name ?? "an end") does not consent to the session: \(reason)"
        case .peer(let role, let fault): "\(role.name ?? "an end"): \(fault)"
        case .badPlan(let reason): reason
        }
    }
}
