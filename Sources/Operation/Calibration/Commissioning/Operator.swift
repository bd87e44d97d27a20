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
    /// Whether a fibre's loss is taken for this link's, with what it means and what speaks against it before the eyes. A no
    /// takes the answers back: they are asked for again.
    func accepts(_ fibre: FibreMeasurement, _ doubts: [FibreDoubt]) async throws -> Bool
    /// Optical power at Bob's end of the fibre after it was coupled again, W; nil if nobody read it.
    func receivedPower() async throws -> Double?
    /// Whether that power was meant, with what it means before the eyes. A no takes the answer back: it is asked for again.
    func accepts(_ power: ReceivedPower) async throws -> Bool
    /// What becomes of a step whose results are outside limits; `suspect` is the earlier step that may be the reason.
    func decision(
        on step: CommissioningStep, _ record: CalibrationRecord, suspect: SuspectedStep?
    ) async throws -> StepDecision
    /// Something happened.
    func hear(_ event: CommissioningEvent)
}

/// Work on a fibre, which nobody is asked to do unless both units confirm that they are dark.
public enum FibreWork: String, Sendable, Hashable, CaseIterable {
    /// Off both units, to be measured alone.
    case uncoupleFibre
    /// The end faces of its connectors and of the units', looked at and cleaned before they are joined.
    case inspectConnectors
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
    /// The suspected step again, and then this one.
    case suspectAgain
    /// The dossier keeps the failure.
    case goOn
    /// The commissioning ends here for now.
    case stop
}

/// What happens in a commissioning, for whoever watches.
public enum CommissioningEvent: Sendable {
    /// A step begins.
    case began(CommissioningStep)
    /// What its procedure intends, and how that differs from what was asked.
    case planned([PhasePlan], remarks: [String])
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
    /// What is known of the fibre before anybody was asked, and is taken in spite of these doubts.
    case fibre(FibreMeasurement, [FibreDoubt])
    /// A session showed no margin: so many symbols would, on the link as it was found, and are taken if it is repeated. Nil if
    /// no number of them would.
    case wanted(symbols: UInt64?)
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
    /// A power, W, that cannot be at Bob's end: most likely it was typed in W where dBm are asked.
    case implausiblePower(Double)
    /// A loss below 0 dB: how a ratio of powers is written, and a loss is not.
    case negativeLoss(Double)
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
        case .implausiblePower(let power): Self.implausible(power)
        case .negativeLoss(let loss):
            "a loss is not negative: \(FibreMeasurement.text(loss)) dB would be a gain. If it is a ratio of powers, the loss is \(FibreMeasurement.text(-loss)) dB"
        case .notOTDR(_, .file(let refusal)): "\(refusal)"
        case .notOTDR(let file, let error): "\(file): \(error)"
        case .provesNothing(let file, let reason): "\(file): \(reason)"
        case .noLoss(let file): "\(file) states no loss and no end of the fibre"
        }
    }

    private static func implausible(_ power: Double) -> String {
        let range = ReceivedPower.range
        let decibels = ReceivedPower(power: power, loss: 0).decibelMilliwatts
        func dBm(_ watts: Double) -> String {
            FibreMeasurement.text(ReceivedPower(power: watts, loss: 0).decibelMilliwatts)
        }
        let asWatts =
            decibels > 0 && range.contains(decibels) ? ". If it was in W, it is \(dBm(decibels)) dBm" : ""
        return "the power at Bob's end is in dBm, from \(dBm(range.lowerBound)) to \(dBm(range.upperBound)): "
            + (power.isFinite && power > 0
                ? "this is \(dBm(power)) dBm, \(FibreMeasurement.text(power * 1e3)) mW" : "this is not one")
            + (power > range.upperBound ? ", which can destroy the detector" : "") + asWatts
    }
}
