import ArgumentParser
import LinkOperation
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

struct StreamCommand: AsyncParsableCommand {
    /// What counts as a failure.
    enum Fault: String, CaseIterable, Sendable { case gap, crc, overflow }

    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Streams from one unit alone and checks that nothing is lost.",
        discussion: """
            Tests the way from the unit to this machine: light up if it is dark, stream without the peer, count, end, light \
            out again. Samples are counted and forgotten. With --fail-on the exit code is 8 if one of the named faults occurred.

            EXAMPLES:
              cvqkd stream usb:B-0001 --duration 60 --vacuum-fraction 0.1
              cvqkd stream A-0001 --duration 10 --fail-on gap,crc,overflow
            """)

    @OptionGroup var unit: UnitArgument

    @Option(help: ArgumentHelp("End after so many seconds; else at Ctrl-C.", valueName: "s"))
    var duration: Double?

    @Option(
        help: ArgumentHelp("test or calibration.", valueName: "purpose"),
        completion: .list(["test", "calibration"]), transform: Self.readPurpose)
    var purpose: UnitStreamRun.Purpose = .test

    @Option(
        help: ArgumentHelp(
            "Symbols per second. Default: the highest that the unit and its line can do.", valueName: "hz"))
    var symbolRate: Double?

    @Option(help: "Bob: fraction of vacuum slots, 0 to 1.")
    var vacuumFraction = 0.0

    @Option(help: "Bob: fraction of dark slots, 0 to 1; 1 needs no light.")
    var darkFraction = 0.0

    @Option(help: "Alice: fraction of training slots, 0 to 1.")
    var trainingFraction = 0.0

    @Option(
        help: ArgumentHelp(
            "Stride of stream frames, a power of two from 1024 to 65536. Default: \(StreamPlan.defaultFrameBytes), or "
                + "what the unit can do."))
    var frameBytes: Int?

    @Option(help: ArgumentHelp("Longest warm-up. Default: twice what the unit states, plus 10 s.", valueName: "s"))
    var warmUpLimit: Double?

    @Option(
        help: ArgumentHelp("Exit with 8 on these, separated by commas: gap, crc, overflow.", valueName: "faults"),
        completion: .list(["gap", "crc", "overflow"]), transform: Self.readFaults)
    var failOn: [Fault] = []

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try Selectors.require(duration, positive: "duration")
        try Selectors.require(symbolRate, positive: "symbol-rate")
        try Selectors.require(vacuumFraction, fraction: "vacuum-fraction")
        try Selectors.require(darkFraction, fraction: "dark-fraction")
        try Selectors.require(trainingFraction, fraction: "training-fraction")
        try Selectors.require(vacuumFraction + darkFraction, fraction: "vacuum-fraction plus --dark-fraction")
        try Selectors.require(frameBytes: frameBytes)
        try Selectors.require(warmUpLimit, positive: "warm-up-limit")
    }

    @Sendable private static func readPurpose(_ text: String) throws -> UnitStreamRun.Purpose {
        switch try Selectors.purpose(text) {
        case .calibration: return .calibration
        case .test: return .test
        default: throw ValidationError("One unit alone makes no key: use test or calibration.")
        }
    }

    @Sendable private static func readFaults(_ text: String) throws -> [Fault] {
        try text.split(separator: ",").map { word in
            guard let fault = Fault(rawValue: String(word)) else {
                throw ValidationError("'\(word)' is not a fault; use gap, crc, overflow, separated by commas.")
            }
            return fault
        }
    }

    func run() async throws {
        let (live, interruption) = (LiveLine(), Interruption())
        let outcome = try await interruption.withUnit(unit.unit, task: "stream") { unit in
            live.note("\(unit.identity.role)  \(unit.identity.line)")
            let notices = await UnitNotices.show([unit], on: live)
            defer {
                notices.end()
                live.end()
            }
            return try await UnitStreamRun(
                request, until: interruption.end, notedIn: .ofThisMachine, as: "stream"
            ) { Self.show($0, on: live) }.perform(on: unit)
        }
        let document = StreamDocument(outcome)
        try Output.show(document.text, json: document, if: output.json)
        if let failure = CommandFailure(outcome, failOn: failOn) { throw failure }
    }

    private var request: UnitStreamRun.Request {
        var request = UnitStreamRun.Request(purpose)
        request.vacuumFraction = vacuumFraction
        request.trainingFraction = trainingFraction
        request.darkFraction = darkFraction
        request.symbolRate = symbolRate
        request.frameBytes = frameBytes
        request.duration = duration.map { .seconds($0) }
        request.warmUpLimit = warmUpLimit.map { .seconds($0) }
        return request
    }

    private static func show(_ event: UnitStreamRun.Event, on live: LiveLine) {
        switch event {
        case .warmingUp: live.show("warming up …")
        case .started(let plan):
            live.note(
                "session \(NumberText.session(plan.session)), \(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it"
            )
        case .moment(let moment):
            let counters = moment.counters
            live.show([
                .init(NumberText.clock(moment.elapsed.inSeconds)),
                .init(NumberText.engineering(moment.symbolRate, "Symbol/s", digits: 3)),
                .init(NumberText.engineering(moment.byteRate, "B/s", digits: 3), .detail),
                .init(counters.gapsWords, counters.gaps > 0 ? .essential : .useful),
                .init("CRC errors \(counters.corruptFrames)", counters.corruptFrames > 0 ? .essential : .useful),
                .init("overflows \(counters.overflowFrames)", counters.overflowFrames > 0 ? .essential : .useful),
            ])
        }
    }
}

extension StreamCounters {
    /// For the live line.
    fileprivate var gapsWords: String {
        gaps == 0
            ? "no gaps"
            : "\(NumberText.count(gaps, "gap")) (\(NumberText.count(missingSymbols, "symbol")))"
    }
}

extension CommandFailure {
    /// What is wrong with a stream that ran; nil if nothing is. Faults count if they were named.
    fileprivate init?(_ outcome: UnitStreamRun.Outcome, failOn faults: [StreamCommand.Fault]) {
        let counters = outcome.counters
        let occurred = faults.filter { fault in
            switch fault {
            case .gap: counters.missingSymbols > 0
            case .crc: counters.corruptFrames + counters.malformedFrames > 0
            case .overflow: counters.overflowFrames > 0
            }
        }
        // An end that was asked for is no reason to keep silent about faults.
        switch outcome.failure {
        case .ended? where occurred.isEmpty: self.init(UnitRunFailure.ended)
        case .ended?, nil:
            guard !occurred.isEmpty else { return nil }
            self.init(occurred)
        case let failure?: self.init(failure)
        }
    }

    private init(_ occurred: [StreamCommand.Fault]) {
        self.init(
            .loss,
            "--fail-on: \(occurred.map(\.rawValue).joined(separator: ", ")) occurred. Try a lower --symbol-rate or a better cable"
        )
    }
}
