public import LinkMonitors
public import LinkOperation
internal import SignalAnalysis
internal import UnitTransport

// What `MonitorsDocument` says in words: whoever makes the document says the same.

extension [MissingEvidence] {
    /// Why a rule is not judged, for a person.
    public var words: String {
        isEmpty ? "nothing says what the link may have" : map(\.words).joined(separator: "; ")
    }
}

extension MissingEvidence {
    fileprivate var words: String {
        switch self {
        case .evidence(let kind): kind.absence
        case .sensor(.notMeasured(let serial)): "\(serial) does not measure it"
        case .sensor(.unanswered(let serial, let error)): "\(serial) does not answer: \(error)"
        case .sensor(.unavailable(let quantity, let serial)): "\(quantity) of \(serial) is unavailable"
        case .sensor(.stale(let quantity, let serial, let age)):
            "\(quantity) of \(serial) is stale: \(FigureText.significant(age.inSeconds, digits: 2)) s old"
        case .sensor(.notSampled(let quantity, let serial)):
            "\(serial) has not sampled \(quantity) since the last question"
        }
    }
}

extension LinkDiagnosis {
    /// The conclusion for people. Attacks are suspicions.
    public var sentence: String {
        func name(_ hypothesis: Hypothesis) -> String {
            (hypothesis.isAttack ? "suspected attack " : "") + hypothesis.rawValue
        }
        func group(_ rivals: [Hypothesis]) -> String {
            rivals.map(name).joined(separator: " or ")
                + (rivals.count > 1 ? " (what was measured does not tell them apart)" : "")
        }
        return switch conclusion {
        case .nothingFound: "nothing found"
        case .likely(let one): "likely \(name(one))"
        case .cannotTellApart(let rivals): group(rivals)
        case .several(let causes): "separate causes: " + causes.map(group).joined(separator: "; and ")
        case .unexplained: "no hypothesis explains it"
        }
    }
}
