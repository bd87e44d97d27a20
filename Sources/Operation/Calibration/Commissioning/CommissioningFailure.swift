public import CalibrationRecords

/// Why a commissioning ended before its last step. What was done is kept, and it goes on with the step that is next.
public enum CommissioningFailure: Error, Sendable, CustomStringConvertible {
    /// Nobody can be asked whether the fibre is uncoupled, and the plan does not say that it was measured alone.
    case nobodyUncouples
    /// Nobody can be asked for the fibre's loss, and the plan does not have it.
    case fibreUnknown
    /// Somebody was asked, and gave no answer.
    case noAnswer
    /// Somebody was asked, and has not done it.
    case notDone(FibreWork)
    /// A unit does not confirm that it is dark. Nobody may touch a fibre; switch the unit off.
    case notDark([LightReading])
    /// Something speaks against the fibre's loss, and nobody accepted it.
    case doubtful(FibreMeasurement, [FibreDoubt])
    /// Results are outside limits, and nobody said to go on; and the earlier step that may be the reason.
    case outsideLimits(CommissioningStep, CalibrationRecord, SuspectedStep?)
    /// A procedure could not be carried out; and the earlier step that may be the reason.
    case procedure(CalibrationFailure, SuspectedStep? = nil)

    /// The sentence.
    public var description: String {
        switch self {
        case .nobodyUncouples: "nobody can be asked to uncouple the fibre"
        case .fibreUnknown: "nobody can be asked for the fibre's loss"
        case .noAnswer: "no answer"
        case .notDone(let work): "not done: \(work.rawValue)"
        case .notDark(let lights):
            "not dark: \(lights.filter { !$0.isDark }.map(\.serial).joined(separator: ", "))"
        case .doubtful(let fibre, let doubts):
            "\(fibre.origin): \(doubts.map(\.description).joined(separator: "; "))"
        case .outsideLimits(let step, _, let suspect):
            "\(step.rawValue): outside limits" + (suspect.map { ". \($0)" } ?? "")
        case .procedure(let failure, let suspect): failure.description + (suspect.map { ". \($0)" } ?? "")
        }
    }
}
