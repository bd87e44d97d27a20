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
            live.note(
                """
                Both units are dark. Uncouple the fibre at BOTH ends before anything is measured on it:
                the pulse of an OTDR can destroy Bob's detector.
                """)
            return try await questions.confirm("Is it uncoupled, at both ends?")
        case .inspectConnectors:
            return try await questions.confirm(
                "Clean the connectors and look at all four end faces.\nAre they inspected and clean?")
        case .coupleFibre: return try await questions.confirm("Couple the fibre at both ends. Is it coupled?")
        case .coupleKnownLight, .recoupleFibre:
            return try await questions.confirm("Couple \(work.what). Is it coupled?")
        }
    }

    func fibre() async throws -> FibreAnswer? {
        while true {
            guard let answer = try await questions.ask("Loss of the fibre in dB, or an OTDR's file (.sor):") else {
                return nil
            }
            if answer.isEmpty {
                live.note("A number such as 5.2, or the name of a file.")
                continue
            }
            let isFile = answer.contains("/") || answer.hasSuffix(".sor") || access(answer, F_OK) == 0
            guard !isFile, TypedNumber.isMeant(answer) else { return .otdr(file: answer) }
            do throws(TypedNumber.Refusal) { return .loss(try TypedNumber.read(answer, [.decibels])) } catch {
                live.note("\(error).")
            }
        }
    }

    func returnLoss() async throws -> Double? {
        try await questions.number("Optical return loss in dB (empty if unknown):", [.decibels], optional: true)
    }

    func accepts(_ fibre: FibreMeasurement, _ doubts: [FibreDoubt]) async throws -> Bool {
        live.note(fibre.meaning.lines)
        for doubt in doubts { live.note("  BUT \(doubt).") }
        return try await questions.confirm("Is that this link's fibre? (n: enter it again)")
    }

    func receivedPower() async throws -> Double? {
        try await questions.number(
            "Power at Bob's end by a meter, in dBm, such as -20 (empty if not read):", [.decibelMilliwatts],
            optional: true
        ).map { 1e-3 * pow(10, $0 / 10) }
    }

    func accepts(_ power: ReceivedPower) async throws -> Bool {
        live.note(
            "\(NumberText.decibelMilliwatts(power.power)) at Bob's end; at \(NumberText.significant(power.loss, digits: 3)) dB of loss "
                + "\(NumberText.decibelMilliwatts(power.launched)) went in at the other end")
        if power.isDoubtful { live.note("  BUT that is more than anything of this link sends.") }
        return try await questions.confirm("Is that what the meter showed? (n: enter it again)")
    }

    func decision(
        on step: CommissioningStep, _ record: CalibrationRecord, suspect: SuspectedStep?
    ) async throws -> StepDecision {
        live.note("Outside limits: \(record.failures(in: step)).")
        if let suspect { live.note("\(suspect).") }
        let earlier = suspect.map { "(f) step \($0.step.rawValue) again and then this one, " } ?? ""
        while true {
            let answer = try await questions.ask("(r)epeat this step, \(earlier)(g)o on, or (s)top?")?.lowercased()
            switch answer {
            case nil, "s", "stop": return .stop
            case "r", "repeat": return .again
            case "f" where suspect != nil: return .suspectAgain
            case "g", "go", "go on": return .goOn
            default: live.note("One of these letters, please.")
            }
        }
    }

    func hear(_ event: CommissioningEvent) {
        switch event {
        case .began(let step):
            let steps = CommissioningStep.allCases
            live.note("\nstep \((steps.firstIndex(of: step) ?? 0) + 1) of \(steps.count): \(step.title)")
        case .planned(let plans, let remarks):
            live.note(CalibrationTable.plan(plans))
            for remark in remarks { live.note("\(remark)") }
        case .progress(let progress): live.show(CalibrationTable.fields(progress))
        case .performed: live.end()
        case .stored(let name): live.note("signed and stored as \(name.prefix(12))")
        case .light(let lights, let work):
            live.note("light, read back before \(work.action):\n\(LaserReport(lights).text)")
        case .refused(let refusal):
            live.note("\("\(CommandFailure(refusal).message).".replacing("..", with: "."))")
        case .wanted(let symbols):
            live.note(
                symbols.map {
                    "No margin was shown. If the step is repeated, it takes \(Selectors.text($0)) symbols, which what it found calls for."
                } ?? "No margin was shown, and no number of symbols shows one on the link as it was found.")
        case .fibre(let fibre, let doubts):
            live.note(fibre.meaning.lines)
            for doubt in doubts { live.note("  accepted (\(doubt.name.rawValue)): \(doubt)") }
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
        case .uncoupleFibre, .inspectConnectors, .coupleFibre: "the fibre"
        case .coupleKnownLight: "the light of known power to Bob's signal connector"
        case .recoupleFibre: "the fibre to Bob's signal connector again"
        }
    }

    fileprivate var action: String { (self == .uncoupleFibre ? "uncoupling " : "coupling ") + what }

    /// What was not done.
    fileprivate var refusal: String {
        switch self {
        case .uncoupleFibre: "the fibre was not measured"
        case .inspectConnectors: "the connectors were not inspected"
        case .coupleFibre: "the fibre was not coupled; its loss was not kept"
        case .coupleKnownLight, .recoupleFibre: "nobody coupled \(what)"
        }
    }
}

extension FibreMeasurement {
    /// What its loss comes to, for whoever typed it: a slip of a factor is seen by T or by the length. A line each.
    var meaning: [String] {
        let loss =
            "loss \(NumberText.estimate(loss, sigma: lossSigma, unit: "dB")), which is T = \(NumberText.significant(transmittance, digits: 3)), or "
            + (length.map { "\(NumberText.significant($0 / 1000, digits: 3)) km of fibre by the trace" }
                ?? "\(NumberText.significant(usualLength, digits: 3)) km at 0.2 dB/km")
            + (returnLoss.map { "; return loss \(NumberText.stated($0, digits: 4)) dB" } ?? "")
        let origin = trace.map {
            "by \($0.file), at \(String(format: "%.0f", $0.wavelength * 1e9)) nm, \($0.time.formatted(.iso8601.year().month().day()))"
        }
        return [loss, origin].compactMap { $0 }
    }
}

extension CalibrationRecord {
    /// What of a step is outside limits, in words.
    func failures(in step: CommissioningStep) -> String {
        let failures = failures.joined(separator: "; ")
        // A step of one phase has the phase's name.
        return failures.hasPrefix("\(step.rawValue): ") ? failures : "\(step.rawValue): \(failures)"
    }
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
        case .doubtful(let fibre, let doubts):
            let names = Set(doubts.map(\.name.rawValue)).sorted().map { "--accept-fibre \($0)" }.joined(separator: " ")
            self.init(
                .usage,
                "\(fibre.meaning.joined(separator: " ")): \(doubts.map(\.description).joined(separator: "; ")). Measure it again, or take it all the same by \(names)"
            )
        case .outsideLimits(let step, let record, let suspect):
            let remedy =
                suspect.map { "--repeat \($0.step.rawValue) --repeat \(step.rawValue)" } ?? "--repeat \(step.rawValue)"
            self.init(
                .outsideLimits,
                "\(record.failures(in: step)). \(suspect.map { "\($0). " } ?? "")Mend it and repeat with \(remedy), or go on with --accept-failures"
            )
        case .procedure(let failure, let suspect):
            var failed = CommandFailure(failure)
            if case .unreachable(let goal) = failure { failed = Self.unreachable(goal) }
            self.init(
                failed.kind,
                failed.message
                    + (suspect.map { ". \($0). --repeat \($0.step.rawValue) measures that again" } ?? ""))
        }
    }

    /// A plan that cannot succeed. `calibrate pair` has --symbols; here the session lasts as long as an interval.
    private static func unreachable(_ goal: UnreachableGoal) -> CommandFailure {
        switch goal.obstacle {
        case .noMargin, .noKey:
            let interval =
                goal.seconds.map { ". --interval \(NumberText.stated($0.rounded(.up))) lasts that long" } ?? ""
            return CommandFailure(.usage, "\(goal)\(interval). --accept-failures carries it out as it is")
        case .vagueTarget, .tooLong, .tooShort: return CommandFailure(.usage, goal.advice)
        }
    }

    /// Why an answer, or an option, cannot be taken.
    init(_ refusal: AnswerRefusal) {
        switch refusal {
        case .notOTDR(_, let error): self.init(error.kind, refusal.description)
        case .provesNothing: self.init(.failure, refusal.description)
        case .noLoss:
            self.init(.failure, "\(refusal). Set the end marker on the OTDR, or enter the loss")
        case .negativeLoss, .implausiblePower: self.init(.usage, refusal.description)
        case .outOfRange(_, let range):
            self.init(
                .usage,
                "A number from \(NumberText.stated(range.lowerBound)) to \(NumberText.stated(range.upperBound)).")
        }
    }

    /// Nobody is told to touch a fibre then.
    static let notDark = CommandFailure(
        .failure,
        "a unit does not confirm that it is dark and its shutter closed. DO NOT TOUCH THE FIBRE; switch the unit off by its key"
    )
}
