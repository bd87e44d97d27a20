/// What the evidence says about the cause, and no more: hypotheses in order, each with what speaks for and against it.
///
/// The strongest symptom, by how many times its limit it is, has to be explained first: only what explains it can be the
/// likely cause. What the cause leaves unexplained asks for a second one in the same way.
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
        /// No hypothesis explains the strongest symptom, whatever explains weaker ones.
        case unexplained
    }

    /// A hypothesis with its case.
    public struct Candidate: Sendable, Hashable {
        /// Which.
        public var hypothesis: Hypothesis
        /// Sum of the weights.
        public var score: Int
        /// Whether it explains the strongest symptom.
        public var explainsStrongest: Bool
        /// Seen and explained by it, strongest first; what only tells causes apart comes last.
        public var supporting: [Symptom]
        /// Speaks against it: seen or absent.
        public var opposing: [Symptom]
        /// Seen, asks for a cause, and is not explained by it; strongest first.
        public var unexplained: [Symptom]
        /// Belongs to it and was not looked at.
        public var unknown: [Symptom]
    }

    /// All hypotheses: those that explain the strongest symptom first, likeliest first.
    public var candidates: [Candidate]
    /// How sure it is.
    public var conclusion: Conclusion
    /// What is seen and asks for a cause, strongest first.
    public var symptoms: [Symptom]
    /// How large each is.
    public var sizes: [Symptom: SymptomSize]
    /// What no hypothesis that is named explains, strongest first.
    public var leftUnexplained: [Symptom]
    /// Where nothing likely explains the strongest symptom: what would explain it and was not excluded. No rule finds these
    /// reliably.
    public var possible: [Hypothesis]

    /// A lead of less than this over the next does not tell them apart: one weak symptom could turn it round.
    static let lead = 3
    /// Below this nothing is explained: no symptom that all but makes the hypothesis was seen.
    static let least = 4

    /// Weighs all hypotheses.
    public init(_ symptoms: Symptoms) {
        let raised = symptoms.strongestFirst
        let weighed = Hypothesis.allCases.map { Self.weigh($0, symptoms, raised) }
            .sorted { one, other in
                if one.explainsStrongest != other.explainsStrongest { return one.explainsStrongest }
                return (one.score, other.hypothesis.rawValue) > (other.score, one.hypothesis.rawValue)
            }
        (candidates, self.symptoms, sizes) = (weighed, raised, symptoms.sizes)
        leftUnexplained = []
        possible = []
        // A quiet ξ̂ or T̂ is no symptom; only what is raised asks for a cause.
        guard let strongest = raised.first else {
            conclusion = .nothingFound
            return
        }
        let credible = weighed.filter { $0.score >= Self.least }
        let (causes, left) = Self.group(credible, raised, symptoms.present)
        leftUnexplained = left
        if left.first == strongest {
            conclusion = .unexplained
            possible = credible.filter(\.explainsStrongest).map(\.hypothesis)
        } else {
            conclusion =
                causes.count > 1
                ? .several(causes) : causes[0].count == 1 ? .likely(causes[0][0]) : .cannotTellApart(causes[0])
        }
    }

    /// Causes, and what they leave unexplained. The strongest symptom that has no cause yet gets the best of those that
    /// explain it, with its rivals; then the next one, and so on: two things may be wrong at once.
    ///
    /// Nothing is named beside a strongest symptom that nothing explains: that would send somebody after the lesser one.
    private static func group(
        _ credible: [Candidate], _ raised: [Symptom], _ present: Set<Symptom>
    ) -> (causes: [[Hypothesis]], left: [Symptom]) {
        var causes: [[Hypothesis]] = []
        var left: [Symptom] = []
        var rest = raised
        var candidates = credible
        while let symptom = rest.first {
            let fitting = candidates.filter { $0.supporting.contains(symptom) }.sorted { $0.score > $1.score }
            guard let best = fitting.first, fitting.contains(where: { $0.isLikely(present) }) else {
                left.append(symptom)
                if symptom == raised.first { return ([], raised) }
                rest.removeFirst()
                continue
            }
            let rivals = fitting.filter { best.score - $0.score < lead }
            causes.append(rivals.map(\.hypothesis))
            let explained = Set(rivals.flatMap(\.supporting))
            rest.removeAll { explained.contains($0) }
            // A further cause rests on other symptoms alone; what it only brings about besides does not count.
            candidates.removeAll { one in one.grounds.contains { explained.contains($0) } }
        }
        return (causes, left)
    }

    private static func weigh(_ hypothesis: Hypothesis, _ symptoms: Symptoms, _ raised: [Symptom]) -> Candidate {
        let card = hypothesis.card
        let explains = Set(card.explains.keys)
        var candidate = Candidate(
            hypothesis: hypothesis, score: 0, explainsStrongest: raised.first.map(explains.contains) ?? false,
            supporting: raised.filter(explains.contains), opposing: [],
            unexplained: raised.filter { !explains.contains($0) }, unknown: [])
        for symptom in Symptom.allCases {
            if let weights = card.explains[symptom] {
                if symptoms.present.contains(symptom) {
                    candidate.score += weights.present
                    if !candidate.supporting.contains(symptom) { candidate.supporting.append(symptom) }
                } else if symptoms.absent.contains(symptom) {
                    candidate.score -= weights.absent
                    if weights.absent > 0 { candidate.opposing.append(symptom) }
                } else if weights != HypothesisCard.Weights(0, 0) {
                    candidate.unknown.append(symptom)
                }
            } else if let weight = card.contradicts[symptom], weight > 0, symptoms.present.contains(symptom) {
                candidate.score -= weight
                candidate.opposing.append(symptom)
            }
        }
        return candidate
    }

    /// Hypotheses that the conclusion names as causes.
    public var named: [Hypothesis] {
        switch conclusion {
        case .likely(let one): [one]
        case .cannotTellApart(let rivals): rivals
        case .several(let causes): causes.flatMap { $0 }
        default: []
        }
    }

    /// Whether an attack is among what the conclusion names, or among what it could not exclude: it is then to be treated as
    /// one.
    public var suspectsAttack: Bool { (named + possible).contains(where: \.isAttack) }

    /// What to measure next, of the hypotheses that are named or possible.
    public var next: [String] { (named + possible).map(\.card.next) }
}

extension LinkDiagnosis.Candidate {
    /// Symptoms that speak for it.
    fileprivate var grounds: [Symptom] {
        supporting.filter { (hypothesis.card.explains[$0]?.present ?? 0) > 0 }
    }

    /// Whether it can be a cause by itself, and not just what is left.
    fileprivate func isLikely(_ present: Set<Symptom>) -> Bool {
        let needs = hypothesis.card.needs
        return needs.isEmpty || !needs.isDisjoint(with: present)
    }
}
