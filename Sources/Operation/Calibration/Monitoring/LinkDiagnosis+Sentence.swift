public import LinkMonitors
internal import ReadableText

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
