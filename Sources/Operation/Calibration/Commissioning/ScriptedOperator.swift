public import CalibrationRecords
internal import UnitTransport

/// An operator whose answers are written down before: for a rig that moves its own fibres, and for tests. A question that
/// the script does not expect ends the commissioning.
public final class ScriptedOperator: Operator {
    /// One answer, for one question.
    public enum Answer: Sendable, Hashable {
        /// To whether something was done.
        case done(FibreWork, Bool)
        /// To what is known of the fibre.
        case fibre(FibreAnswer?)
        /// To its return loss.
        case returnLoss(Double?)
        /// To whether the loss is taken for this link's.
        case accepts(Bool)
        /// To the power at Bob's end.
        case receivedPower(Double?)
        /// To whether that power was meant.
        case acceptsPower(Bool)
        /// To what becomes of a step.
        case decision(CommissioningStep, StepDecision)
    }

    /// A question that is not the next of the script.
    public struct Unexpected: Error, Sendable, Hashable, CustomStringConvertible {
        /// What was asked.
        public var question: String
        /// What the script answers next; nil if it has ended.
        public var next: Answer?

        /// A question without an answer.
        public init(question: String, next: Answer?) {
            self.question = question
            self.next = next
        }

        /// The sentence.
        public var description: String {
            "the script has no answer to \(question): "
                + (next.map { "its next one is \($0)" } ?? "it has come to its end")
        }
    }

    private let answers: Guarded<[Answer]>
    private let heard: @Sendable (CommissioningEvent) -> Void

    /// Answers in the order of the questions; `heard` is told what happens.
    public init(_ answers: [Answer], heard: @escaping @Sendable (CommissioningEvent) -> Void = { _ in }) {
        self.answers = Guarded(answers)
        self.heard = heard
    }

    /// Answers that nobody has asked for yet.
    public var rest: [Answer] { answers.withLock { $0 } }

    /// A script is always there.
    public var isPresent: Bool { true }

    private func answer<Value>(_ question: String, _ read: (Answer) -> Value?) throws(Unexpected) -> Value {
        let found: Result<Value, Unexpected> = answers.withLock { answers in
            guard let next = answers.first, let value = read(next) else {
                return .failure(Unexpected(question: question, next: answers.first))
            }
            answers.removeFirst()
            return .success(value)
        }
        return try found.get()
    }

    /// As the script says.
    public func isDone(_ work: FibreWork) async throws -> Bool {
        try answer("isDone \(work.rawValue)") { if case .done(work, let isDone) = $0 { isDone } else { nil } }
    }

    /// As the script says.
    public func fibre() async throws -> FibreAnswer? {
        try answer("fibre") { if case .fibre(let answer) = $0 { .some(answer) } else { nil } }
    }

    /// As the script says.
    public func returnLoss() async throws -> Double? {
        try answer("returnLoss") { if case .returnLoss(let loss) = $0 { .some(loss) } else { nil } }
    }

    /// As the script says.
    public func accepts(_ fibre: FibreMeasurement, _ doubts: [FibreDoubt]) async throws -> Bool {
        try answer("accepts \(doubts.map(\.name.rawValue))") { if case .accepts(let taken) = $0 { taken } else { nil } }
    }

    /// As the script says.
    public func receivedPower() async throws -> Double? {
        try answer("receivedPower") { if case .receivedPower(let power) = $0 { .some(power) } else { nil } }
    }

    /// As the script says.
    public func accepts(_ power: ReceivedPower) async throws -> Bool {
        try answer("accepts power") { if case .acceptsPower(let taken) = $0 { taken } else { nil } }
    }

    /// As the script says.
    public func decision(
        on step: CommissioningStep, _ record: CalibrationRecord, suspect: SuspectedStep?
    ) async throws -> StepDecision {
        try answer("decision \(step.rawValue)") {
            if case .decision(step, let decision) = $0 { decision } else { nil }
        }
    }

    /// Passes it on.
    public func hear(_ event: CommissioningEvent) { heard(event) }
}
