public import Calibration
public import LinkMonitors
internal import ReadableText
internal import SignalAnalysis
public import UnitControl
internal import UnitTransport

// What `MonitorsDocument` says in words: whoever makes the document says the same.

/// Sentences to which a program adds which of its commands helps; by itself, what the libraries say.
public struct MonitorAdvice: Sendable {
    let next: @Sendable (Hypothesis) -> String
    let absence: @Sendable (EvidenceKind) -> String
    let error: @Sendable (UnitError) -> String

    /// Sentences for what to measure next, for evidence that is not there, and for a unit that does not answer.
    public init(
        next: @escaping @Sendable (Hypothesis) -> String = { $0.card.next },
        absence: @escaping @Sendable (EvidenceKind) -> String = { $0.absence },
        error: @escaping @Sendable (UnitError) -> String = { $0.description }
    ) {
        self.next = next
        self.absence = absence
        self.error = error
    }
}

extension [MissingEvidence] {
    /// Why a rule is not judged, for a person.
    public func text(_ advice: MonitorAdvice) -> String {
        isEmpty
            ? "nothing says what the link may have" : map { $0.text(advice) }.joined(separator: "; ")
    }
}

extension MissingEvidence {
    fileprivate func text(_ advice: MonitorAdvice) -> String {
        switch self {
        case .evidence(let kind): advice.absence(kind)
        case .sensor(.notMeasured(let serial)): "\(serial) does not measure it"
        case .sensor(.unanswered(let serial, let error)): "\(serial) does not answer: \(advice.error(error))"
        case .sensor(.unavailable(let quantity, let serial)): "\(quantity) of \(serial) is unavailable"
        case .sensor(.stale(let quantity, let serial, let age)):
            "\(quantity) of \(serial) is stale: \(NumberText.significant(age.inSeconds, digits: 2)) s old"
        case .sensor(.notSampled(let quantity, let serial)):
            "\(serial) has not sampled \(quantity) since the last question"
        }
    }
}
