public import UnitControl

/// Why work with one unit did not end as it was wished.
public enum UnitRunFailure: Error, Sendable, CustomStringConvertible {
    /// The unit, or the way to it.
    case unit(UnitError)
    /// The session cannot be noted where others find it.
    case journal(SessionFolderFault)
    /// The unit's account and ours do not add up.
    case account(StreamCounters)
    /// Too many of the unit's frames came and were refused.
    case refused(StreamCounters)
    /// The unit cannot sum samples by itself.
    case cannotSum(serial: String)
    /// The end was asked for, and everything was put in order.
    case ended
}

extension UnitRunFailure {
    /// What is wrong, in a sentence.
    public var description: String {
        switch self {
        case .unit(let error): error.description
        case .journal(let fault): fault.description
        case .account(let counters):
            "the unit's symbols do not add up"
                + (counters.contradictedFrames == 0
                    ? ""
                    : ": in \(counters.contradictedFrames) frames its count of lost symbols contradicts its indices")
        case .refused(let counters): counters.refusalWords
        case .cannotSum(let serial): "\(serial) cannot sum samples by itself"
        case .ended: "the end was asked for"
        }
    }
}
