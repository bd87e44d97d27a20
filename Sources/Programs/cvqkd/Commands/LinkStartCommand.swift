import ArgumentParser
import CalibrationRecords
import Foundation
import LinkControl
import LinkOperation
import LocalUnits
import NodeReports
import UnitControl
import UnitProtocol
import UnitTransport

struct LinkStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Runs a session on Alice and Bob in the foreground and reports the state of the link.",
        discussion: """
            Measures the electronic noise with Bob's light off, brings both lights up, runs until a limit is reached or \
            Ctrl-C, ends the session in order and puts the lights out. If this program dies, the units go dark by \
            themselves. When a unit fails, the session ends with its loss declared; the unit is recovered, and a new \
            session goes on until the same limit; the report lists the earlier ones. After a suspension (Ctrl-Z) nothing is \
            recovered, and no light comes back by itself: exit code 16. The figures are link health, not a security estimate; samples are neither printed nor kept. A session of purpose key needs calibration records of Bob, of Alice and of the pair that hold; it ends with exit code 15 when nobody can say so any more, or when no vacuum or no training that follows Alice's words comes, and with 8 when more than a hundredth of a unit's frames is refused.

            The windows of a session are compared with Bob's and the pair's records if they hold, whatever the purpose; \
            else with the session's own first windows, and the report says "unproven".

            EXAMPLES:
              cvqkd link start --alice A-0001 --bob B-0001 --duration 60
              cvqkd link start --alice A-0001 --bob B-0001 --stop-at-sigma 0.001 --json > link.json
              cvqkd link start --alice A-0001 --bob B-0001 --dark-fraction 0.02
            """)

    @Option(help: "Alice: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var alice: UnitSelector

    @Option(help: "Bob: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var bob: UnitSelector

    @Option(
        help: ArgumentHelp("key, calibration or test; fixed for the session.", valueName: "purpose"),
        completion: .list(["key", "calibration", "test"]), transform: Selectors.purpose)
    var purpose: SessionPurpose = .test

    @Option(
        help: ArgumentHelp(
            "Symbols per second. Default: the highest that both units and their lines can do.", valueName: "hz"))
    var symbolRate: Double?

    @Option(help: "Fraction of slots that Bob makes vacuum, 0 to 1.")
    var vacuumFraction = LinkPlan.usualVacuumFraction

    @Option(
        help: "Fraction of slots that Bob makes dark, local oscillator off, to keep V_off up to date. 0 to 1.")
    var darkFraction = 0.0

    @Option(help: "Fraction of slots that Alice makes training, 0 to 1.")
    var trainingFraction = LinkPlan.usualTrainingFraction

    @Option(
        help: ArgumentHelp(
            "Modulation variance per quadrature. Default: 5, or Alice's maximum if lower.", valueName: "snu"))
    var modulationVariance: Double?

    @Option(
        help: ArgumentHelp(
            "Stride of stream frames, a power of two from 1024 to 65536. Default: \(StreamPlan.defaultFrameBytes), or "
                + "what the units can do."))
    var frameBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Dark samples from which the electronic noise is measured. Default: \(LinkPlan.usualDarkSamples), or Bob's "
                + "maximum."))
    var electronicNoiseSamples: UInt64?

    @Option(help: ArgumentHelp("Longest warm-up. Default: twice what the units state, plus 10 s.", valueName: "s"))
    var warmUpLimit: Double?

    @Option(help: ArgumentHelp("End after so many seconds of streaming.", valueName: "s"))
    var duration: Double?

    @Option(help: ArgumentHelp("End when σ of the excess noise ξ_in is at or below this.", valueName: "snu"))
    var stopAtSigma: Double?

    @Option(
        help: ArgumentHelp("End when σ of the transmittance T is at or below this part of T.", valueName: "relative"))
    var stopAtTransmittanceSigma: Double?

    @Flag(
        inversion: .prefixedNo,
        help: "Recover from failures of a unit: a new session, opening it again, a reset of its USB port.")
    var recovery = true

    @Option(
        help: ArgumentHelp("How long a unit that is gone may stay away before the link ends.", valueName: "s"))
    var absence = 30.0

    @Option(
        help: ArgumentHelp(
            "report: monitors only report. act: an alarm whose action is stop ends the session. Default: act for key, else report.",
            valueName: "policy"))
    var onAlarm: MonitorPolicy?

    @Option(
        help: ArgumentHelp(
            "Also write the report as JSON to this file, whole or not at all. An older report is replaced.",
            valueName: "file"),
        completion: .file())
    var report: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var trust: PinOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard alice != bob else { throw ValidationError("--alice and --bob name the same unit, \(alice).") }
        try Selectors.require(symbolRate, positive: "symbol-rate")
        try Selectors.require(vacuumFraction, fraction: "vacuum-fraction")
        try Selectors.require(darkFraction, fraction: "dark-fraction")
        try Selectors.require(vacuumFraction + darkFraction, fraction: "vacuum-fraction plus --dark-fraction")
        try Selectors.require(trainingFraction, fraction: "training-fraction")
        try Selectors.require(modulationVariance, positive: "modulation-variance")
        try Selectors.require(frameBytes: frameBytes)
        try Selectors.require(electronicNoiseSamples.map(Double.init), positive: "electronic-noise-samples")
        try Selectors.require(warmUpLimit, positive: "warm-up-limit")
        try Selectors.require(duration, positive: "duration")
        try Selectors.require(stopAtSigma, positive: "stop-at-sigma")
        try Selectors.require(stopAtTransmittanceSigma, positive: "stop-at-transmittance-sigma")
        try Selectors.require(absence, positive: "absence")
        // Without either there is no estimate, and nothing that key could rest on.
        guard
            (stopAtSigma == nil && stopAtTransmittanceSigma == nil && purpose != .key)
                || (vacuumFraction > 0 && trainingFraction > 0)
        else {
            throw ValidationError(
                "--stop-at-sigma, --stop-at-transmittance-sigma and --purpose key need vacuum and training: neither fraction is 0."
            )
        }
    }

    func run() async throws {
        // Nobody wants to hear of a folder that does not exist after a day of measuring.
        if let report { try AtomicFile.check(report, replacing: true) }
        let outcome = try await perform()
        let document = LinkDocument(outcome, advice: .cvqkd) { $0.words }
        // A reader that has gone must not keep the report from being written.
        let shown = Result { try Output.show(LinkTable.text(document), json: document, if: output.json) }
        if let report {
            try AtomicFile.write(Data((Output.json(document) + "\n").utf8), to: report, replacing: true)
        }
        try shown.get()
        if let failure = outcome.failure { throw failure }
    }

    private func perform() async throws -> LinkOutcome {
        let task = "link start"
        // A configuration that cannot be read is said before a unit is opened.
        let wanted = try request(pins: trust.pins())
        let (interruption, finder) = (Interruption(), LocalUnitFinder(task: task))
        let names = LinkSelectors(alice: alice, bob: bob)
        let units = try await interruption.cancellable {
            try await finder.connect([names.alice, names.bob], access: .control)
        }
        let run = LinkRun(
            wanted, on: LinkUnits(alice: units[0], bob: units[1]), named: names, until: interruption.end,
            LinkRun.Surroundings(
                finder: finder, hostName: finder.hostName, sessions: .ofThisMachine, command: task))
        async let shown: Void = LinkEventLines(live: LiveLine()).show(run)
        let outcome: Result<LinkOutcome, LinkRunFailure>
        do throws(LinkRunFailure) { outcome = .success(try await run.perform()) } catch { outcome = .failure(error) }
        await shown
        // Signals are its business until here.
        return try withExtendedLifetime(interruption) { try outcome.get() }
    }

    private func request(pins: StationPins?) -> LinkRequest {
        var request = LinkRequest(purpose, records: store.folder)
        request.pins = pins
        request.symbolRate = symbolRate
        request.vacuumFraction = vacuumFraction
        request.darkFraction = darkFraction
        request.trainingFraction = trainingFraction
        request.modulationVariance = modulationVariance
        request.frameBytes = frameBytes
        request.electronicNoiseSamples = electronicNoiseSamples
        request.warmUpLimit = warmUpLimit.map { .seconds($0) }
        request.duration = duration.map { .seconds($0) }
        request.precision = PrecisionGoal(excessNoise: stopAtSigma, transmittance: stopAtTransmittanceSigma)
        request.recovers = recovery
        request.absence = .seconds(absence)
        request.onAlarm = onAlarm
        return request
    }
}
