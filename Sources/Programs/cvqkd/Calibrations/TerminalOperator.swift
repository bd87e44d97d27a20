import Calibration
import CalibrationRecords
import Foundation
import ReadableText

/// The person at the terminal, and whoever reads its output.
struct TerminalOperator: Operator {
    let questions: Questions
    let live: LiveLine
    /// Whether there is somebody, who did not say in advance that nothing is to be asked.
    let isPresent: Bool

    init(_ interruption: Interruption, _ live: LiveLine, isAsked: Bool) {
        questions = Questions(interruption: interruption)
        self.live = live
        isPresent = Questions.areAnswered && isAsked
    }

    func isDone(_ work: FibreWork) async throws -> Bool {
        switch work {
        case .uncoupleFibre:
            try questions.confirm("Both units are dark. Uncouple the fibre at BOTH ends. Is it uncoupled?")
        case .coupleFibre:
            try questions.confirm("Clean the connectors and couple the fibre at both ends. Is it coupled?")
        case .coupleKnownLight, .recoupleFibre: try questions.confirm("Couple \(work.what). Is it coupled?")
        }
    }

    func fibre() async throws -> FibreAnswer? {
        guard let answer = try questions.ask("Loss of the fibre in dB, or an OTDR's file (.sor):") else { return nil }
        if let loss = Double(answer.replacing(",", with: ".")), FibreMeasurement.enteredLoss.contains(loss) {
            return .loss(loss)
        }
        return .otdr(file: answer)
    }

    func returnLoss() async throws -> Double? {
        try questions.number(
            "Optical return loss in dB (empty if unknown):", FibreMeasurement.enteredReturnLoss, optional: true)
    }

    func decision(on step: CommissioningStep, _ record: CalibrationRecord) async throws -> StepDecision {
        live.end()
        let answer = try questions.ask(
            "Outside limits: \(record.failures(in: step)).\n(r)epeat the step, (g)o on, or stop?")?.lowercased()
        if answer?.hasPrefix("r") == true { return .again }
        return answer?.hasPrefix("g") == true ? .goOn : .stop
    }

    func hear(_ event: CommissioningEvent) {
        switch event {
        case .began(let step):
            let steps = CommissioningStep.allCases
            live.note("\nstep \((steps.firstIndex(of: step) ?? 0) + 1) of \(steps.count): \(step.title)")
        case .planned(let plans): live.note(CalibrationTable.plan(plans))
        case .progress(let progress): live.show(CalibrationTable.fields(progress))
        case .performed: live.end()
        case .stored(let name): live.note("signed and stored as \(name.prefix(12))")
        case .light(let lights, let work):
            live.note("light, read back before \(work.action):\n\(LaserReport(lights).text)")
        case .refused(let refusal): live.note("\(CommandFailure(refusal).message)")
        case .finished(_, let record, let stored):
            for phase in record.phases { live.note("\(CommissioningTable.findings(phase))") }
            for remark in record.remarks where stored != nil { live.note("  \(remark)") }
        case .pointNotKept(let error):
            live.note("the soak's last interval is not in the file: \(CommandFailure(any: error).message)")
        case .stopNotKept(let error): live.note("\(CommandFailure(any: error).message)")
        }
    }
}

extension FibreWork {
    /// What is moved where, for a person.
    fileprivate var what: String {
        switch self {
        case .uncoupleFibre, .coupleFibre: "the fibre"
        case .coupleKnownLight: "the light of known power to Bob's signal connector"
        case .recoupleFibre: "the fibre to Bob's signal connector again"
        }
    }

    fileprivate var action: String { (self == .uncoupleFibre ? "uncoupling " : "coupling ") + what }

    /// What was not done.
    fileprivate var refusal: String {
        switch self {
        case .uncoupleFibre: "the fibre was not measured"
        case .coupleFibre: "the fibre was not coupled; its loss was not kept"
        case .coupleKnownLight, .recoupleFibre: "nobody coupled \(what)"
        }
    }
}

extension CalibrationRecord {
    /// What of a step is outside limits, in words.
    func failures(in step: CommissioningStep) -> String { "\(step.rawValue): \(failures.joined(separator: "; "))" }
}

extension CommandFailure {
    /// What ended a commissioning, and the next thing to try.
    init(_ failure: CommissioningFailure) {
        switch failure {
        case .nobodyUncouples:
            self.init(
                .usage,
                "nobody can be asked here: measure the fibre with both units disconnected, couple it again, and confirm with --disconnected"
            )
        case .fibreUnknown:
            self.init(.usage, "the fibre's loss is missing: --fibre-loss DB (and --orl DB), or --otdr FILE.sor")
        case .noAnswer: self.init(.interrupted, "no answer")
        case .notDone(let work): self.init(.interrupted, work.refusal)
        case .notDark: self = .notDark
        case .outsideLimits(let step, let record):
            self.init(
                .outsideLimits,
                "\(record.failures(in: step)). Mend it and repeat with --repeat \(step.rawValue), or go on with --accept-failures"
            )
        case .procedure(let failure): self.init(failure)
        }
    }

    /// Why an answer, or an option, cannot be taken.
    init(_ refusal: AnswerRefusal) {
        switch refusal {
        case .notOTDR(_, let error): self.init(error.kind, refusal.description)
        case .provesNothing: self.init(.failure, refusal.description)
        case .noLoss:
            self.init(.failure, "\(refusal). Set the end marker on the OTDR, or enter the loss")
        case .outOfRange(_, let range):
            self.init(
                .usage,
                "A number from \(NumberText.stated(range.lowerBound)) to \(NumberText.stated(range.upperBound)).")
        }
    }

    /// Nobody is told to touch a fibre then.
    static let notDark = CommandFailure(
        .failure, "a unit does not confirm that it is dark. DO NOT TOUCH THE FIBRE; switch the unit off by its key")
}
