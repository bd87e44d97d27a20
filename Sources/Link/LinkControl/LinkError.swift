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
    /// More training frames than a session of purpose key bears were compared with nothing: nobody can say whether what they
    /// disclosed became key. `LinkPlan.borneUncompared`.
    case uncompared(frames: UInt64, of: UInt64)
    /// Bob's end has not said in time what came of so many of Alice's last training frames.
    case comparisonLate(frames: UInt64)
    /// More of an end's frames than a session bears came and were refused: `StreamCounters.borneRefusals`.
    case framesRefused(UnitRole, StreamCounters)
    /// A unit counts what cannot be, or symbols are missing that nothing explains.
    case unaccounted(UnitRole, StreamCounters)
    /// Training came, and what Bob measured does not follow what Alice's unit disclosed, at any delay, or no longer.
    case uncorrelated(StreamCorrelation)
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
        case .uncompared(let frames, let all):
            "\(frames) frames were not compared with what the other unit marked, and \(all) training frames were: an end does not keep up with the other. Lower the symbol rate, or see what keeps its node busy"
        case .comparisonLate(let frames):
            "Bob's end does not say what came of Alice's last \(frames) training frames"
        case .framesRefused(let role, let counters):
            "\(counters.refusalWords), \(counters.refusedSymbols) symbols of \(role.name ?? "an end"): its firmware is at fault, or it streams for another session"
        case .unaccounted(let role, let counters):
            "\(role)'s symbols do not add up"
                + (counters.contradictedFrames == 0
                    ? ""
                    : ": in \(counters.contradictedFrames) frames it counts more lost symbols than its indices leave room for, or fewer than before")
        case .uncorrelated(let correlation):
            "the two streams do not correlate: \(correlation). \(correlation.meaning)"
        case .refused(let role, let reason): "\(role.name ?? "an end") does not consent to the session: \(reason)"
        case .peer(let role, let fault): "\(role.name ?? "an end"): \(fault)"
        case .badPlan(let reason): reason
        }
    }
}
