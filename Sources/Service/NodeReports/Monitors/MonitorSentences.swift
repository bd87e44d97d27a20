public import LinkMonitors
public import LinkOperation
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

extension LinkDiagnosis {
    /// The conclusion for people: what is likely, what that explains and what it does not. Attacks are suspicions.
    public var sentence: String {
        func name(_ hypothesis: Hypothesis) -> String {
            (hypothesis.isAttack ? "suspected attack " : "") + hypothesis.rawValue
        }
        func group(_ rivals: [Hypothesis]) -> String {
            rivals.map(name).joined(separator: " or ")
                + (rivals.count > 1 ? " (what was measured does not tell them apart)" : "")
        }
        let strongest = symptoms.first.map { "the strongest symptom, \(text($0))" } ?? "the strongest symptom"
        let explained = "explains \(strongest)" + rest
        return switch conclusion {
        case .nothingFound: "nothing found"
        case .likely(let one): "likely \(name(one)): \(explained)"
        case .cannotTellApart(let rivals): "\(group(rivals)): each \(explained)"
        case .several(let causes):
            "separate causes: " + causes.map(group).joined(separator: "; and ") + ": the first \(explained)"
        case .unexplained:
            "no hypothesis explains \(strongest)"
                + (possible.isEmpty
                    ? "; what it leaves open is not in the table"
                    : "; not excluded, and found by no rule: \(possible.map(name).joined(separator: " or "))")
                + (symptoms.count > 1 ? "; beside it: \(texts(Array(symptoms.dropFirst())))" : "")
        }
    }

    private var rest: String { leftUnexplained.isEmpty ? "" : "; nothing explains \(texts(leftUnexplained))" }

    private func texts(_ symptoms: [Symptom]) -> String { symptoms.map(text).joined(separator: ", ") }

    /// A symptom with its size.
    private func text(_ symptom: Symptom) -> String {
        guard let size = sizes[symptom] else { return symptom.rawValue }
        guard !size.isDeviations else {
            return "\(symptom.rawValue) (\(NumberText.signed(size.statistic, digits: 3)) σ)"
        }
        return "\(symptom.rawValue) (\(NumberText.significant(size.times, digits: 2)) times its limit)"
    }
}
