public import CalibrationRecords
public import ExternalInstruments

/// Whoever has hands at an installation, as a commissioning sees them: a person at a terminal, a script of answers, an
/// agent that passes questions on. Questions and answers are typed; words are the implementation's.
///
/// What it throws ends the step, which is then the next one again.
public protocol Operator: Sendable {
    /// Whether somebody answers. Nobody is asked if not: what has to be confirmed must then be in the plan.
    var isPresent: Bool { get }
    /// Whether this was done. Light was read back as out just before.
    func isDone(_ work: FibreWork) async throws -> Bool
    /// What is known of the fibre; nil if there is no answer.
    func fibre() async throws -> FibreAnswer?
    /// Optical return loss of the fibre, dB; nil if it is unknown.
    func returnLoss() async throws -> Double?
    /// What becomes of a step whose results are outside limits.
    func decision(on step: CommissioningStep, _ record: CalibrationRecord) async throws -> StepDecision
    /// Something happened.
    func hear(_ event: CommissioningEvent)
}

/// Work on a fibre, which nobody is asked to do unless both units confirm that they are dark.
public enum FibreWork: String, Sendable, Hashable, CaseIterable {
    /// Off both units, to be measured alone.
    case uncoupleFibre
    /// Onto both units, with clean connectors.
    case coupleFibre
    /// Light of known power onto Bob's signal connector.
    case coupleKnownLight
    /// The fibre onto Bob's signal connector again.
    case recoupleFibre
}

/// What somebody knows of a fibre.
public enum FibreAnswer: Sendable, Hashable {
    /// Its loss, dB.
    case loss(Double)
    /// The file of an OTDR.
    case otdr(file: String)
}

/// What becomes of a step whose results are outside limits.
public enum StepDecision: Sendable, Hashable, CaseIterable {
    /// Again, after something was mended.
    case again
    /// The dossier keeps the failure.
    case goOn
    /// The commissioning ends here for now.
    case stop
}

/// What happens in a commissioning, for whoever watches.
public enum CommissioningEvent: Sendable {
    /// A step begins.
    case began(CommissioningStep)
    /// What its procedure intends.
    case planned([PhasePlan])
    /// How far it is.
    case progress(CalibrationProgress)
    /// Its procedure has ended, well or not.
    case performed
    /// Its record is in the store, signed.
    case stored(name: String)
    /// What the units say of their light, before somebody touches a fibre.
    case light([LightReading], before: FibreWork)
    /// An answer cannot be taken; the question comes again.
    case refused(AnswerRefusal)
    /// A step is done; `stored` is the name of its record in the store, if it left one there.
    case finished(CommissioningStep, CalibrationRecord, stored: String?)
    /// The soak goes on, and its last point could not be kept.
    case pointNotKept(any Error)
    /// What stopped a step could not be kept.
    case stopNotKept(any Error)
}

/// Why an answer cannot be taken. The next thing to try is another one.
public enum AnswerRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// A number outside of what can be.
    case outOfRange(Double, ClosedRange<Double>)
    /// The file cannot be read, or is not an OTDR's.
    case notOTDR(file: String, OTDRError)
    /// The file states no loss and no end of the fibre: the end marker was not set.
    case noLoss(file: String)
    /// The file is of a shot that measured no fibre.
    case provesNothing(file: String, OTDRNoProof)

    /// The sentence.
    public var description: String {
        switch self {
        case .outOfRange(let value, let range): "\(value) is not within \(range.lowerBound) … \(range.upperBound)"
        case .notOTDR(_, .file(let refusal)): "\(refusal)"
        case .notOTDR(let file, let error): "\(file): \(error)"
        case .provesNothing(let file, let reason): "\(file): \(reason)"
        case .noLoss(let file): "\(file) states no loss and no end of the fibre"
        }
    }
}
