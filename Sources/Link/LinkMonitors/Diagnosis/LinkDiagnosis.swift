/// What the evidence says about the cause, and no more: hypotheses in order, each with what speaks for and against it.
public struct LinkDiagnosis: Sendable, Hashable {
    /// How sure it is.
    public enum Conclusion: Sendable, Hashable {
        /// Nothing is raised.
        case nothingFound
        /// One hypothesis stands clear of the others.
        case likely(Hypothesis)
        /// These cannot be told apart by what was measured.
        case cannotTellApart([Hypothesis])
        /// Separate causes, because they rest on different symptoms; those of one group cannot be told apart.
        case several([[Hypothesis]])
        /// Something is raised and no hypothesis explains it.
        case unexplained
    }

    /// A hypothesis with its case.
    public struct Candidate: Sendable, Hashable {
        /// Which.
        public var hypothesis: Hypothesis
        /// Sum of the weights.
        public var score: Int
        /// Seen, and speaks for it.
        public var supporting: [Symptom]
        /// Speaks against it: seen or absent.
        public var opposing: [Symptom]
        /// Belongs to it and was not looked at.
        public var unknown: [Symptom]
    }

    /// All hypotheses, likeliest first.
    public var candidates: [Candidate]
    /// How sure it is.
    public var conclusion: Conclusion

    /// A lead of less than this over the next does not tell them apart: one weak symptom could turn it round.
    static let lead = 3
    /// Below this nothing is explained: no symptom that all but makes the hypothesis was seen.
    static let least = 4

    /// Weighs all hypotheses.
    public init(_ symptoms: Symptoms) {
        candidates = Hypothesis.allCases.map { Self.weigh($0, symptoms) }
            .sorted { ($0.score, $1.hypothesis.rawValue) > ($1.score, $0.hypothesis.rawValue) }
        // A quiet ξ̂ or T̂ is no symptom; only what is raised asks for a cause.
        guard !symptoms.present.isEmpty else {
            conclusion = .nothingFound
            return
        }
        let causes = Self.group(candidates.filter { $0.score >= Self.least })
        conclusion =
            switch causes.count {
            case 0: .unexplained
            case 1: causes[0].count == 1 ? .likely(causes[0][0]) : .cannotTellApart(causes[0])
            default: .several(causes)
            }
    }

    /// The best hypothesis with its rivals for the same symptoms; then the best of what rests on other symptoms alone, and
    /// so on: two things may be wrong at once.
    private static func group(_ candidates: [Candidate]) -> [[Hypothesis]] {
        var groups: [[Hypothesis]] = []
        var explained: Set<Symptom> = []
        var rest = candidates
        while let best = rest.first {
            let own = Set(best.supporting)
            let rivals = rest.filter { best.score - $0.score < lead && !own.isDisjoint(with: $0.supporting) }
            groups.append(rivals.map(\.hypothesis))
            for rival in rivals { explained.formUnion(rival.supporting) }
            rest.removeAll { !explained.isDisjoint(with: $0.supporting) }
        }
        return groups
    }

    private static func weigh(_ hypothesis: Hypothesis, _ symptoms: Symptoms) -> Candidate {
        let card = hypothesis.card
        var candidate = Candidate(hypothesis: hypothesis, score: 0, supporting: [], opposing: [], unknown: [])
        for symptom in Symptom.allCases {
            if let weights = card.belongs[symptom] {
                if symptoms.present.contains(symptom) {
                    candidate.score += weights.present
                    candidate.supporting.append(symptom)
                } else if symptoms.absent.contains(symptom) {
                    candidate.score -= weights.absent
                    if weights.absent > 0 { candidate.opposing.append(symptom) }
                } else {
                    candidate.unknown.append(symptom)
                }
            } else if let weight = card.contradicts[symptom], weight > 0, symptoms.present.contains(symptom) {
                candidate.score -= weight
                candidate.opposing.append(symptom)
            }
        }
        return candidate
    }

    /// Hypotheses that the conclusion names.
    public var named: [Hypothesis] {
        switch conclusion {
        case .likely(let one): [one]
        case .cannotTellApart(let rivals): rivals
        case .several(let causes): causes.flatMap { $0 }
        default: []
        }
    }

    /// Whether an attack is among what the conclusion names: it is then to be treated as one.
    public var suspectsAttack: Bool { named.contains(where: \.isAttack) }

    /// What to measure next, of the hypotheses that are named.
    public var next: [String] { named.map(\.card.next) }
}
