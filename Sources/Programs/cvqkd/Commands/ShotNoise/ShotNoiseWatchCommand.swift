import ArgumentParser
import LinkMonitors
import LinkOperation
import NodeReports
import ReadableText
import UnitControl
import UnitTransport

struct ShotNoiseWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follows the shot noise of a receiver that is alone: V_on, drift, what it would cost, alarms.",
        discussion: """
            V_off with the light off, then the local oscillator on and vacuum all the time, from the unit's stream, or from the \
            unit's own sums where the line is too slow for samples (--moments). One line per window on standard output. The \
            first windows are the reference: drift is seen, an error that was there from the start is not. Light off at the \
            end, also after Ctrl-C. In a session, 'link start' follows the shot noise by itself and 'link status' shows it.

            EXAMPLES:
              cvqkd shot-noise watch B-0001
              cvqkd shot-noise watch B-0001 --moments --window-samples 1e7 --json
              cvqkd shot-noise watch B-0001 --loss 10 --duration 3600 --fail-on-alarm
            """)

    @OptionGroup var unit: UnitArgument

    @Flag(
        help: "Let the unit sum instead of streaming samples. By itself where the line carries less than 1e6 Symbol/s.")
    var moments = false

    @Option(help: ArgumentHelp("Vacuum samples per window. Default: what a second brings.", valueName: "n"))
    var windowSamples: Double?

    @Option(help: ArgumentHelp("Windows that make the reference.", valueName: "n"))
    var referenceWindows = 5

    @Option(help: ArgumentHelp("Dark samples from which V_off is measured.", valueName: "n"))
    var darkSamples = ShotNoiseWatch.Request().darkSamples

    @Option(help: ArgumentHelp("Loss of the link for which the effect on ξ_in is stated.", valueName: "db"))
    var loss = 5.0

    @Option(help: ArgumentHelp("End after so many seconds; else at Ctrl-C.", valueName: "s"))
    var duration: Double?

    @Option(help: ArgumentHelp("Longest warm-up. Default: twice what the unit states, plus 10 s.", valueName: "s"))
    var warmUpLimit: Double?

    @Flag(help: "Exit with 13 if an alarm was raised.")
    var failOnAlarm = false

    @Flag(help: "One JSON object per line and window; errors become {\"error\": {\"kind\", \"message\"}}.")
    var json = false

    func validate() throws {
        try Selectors.require(windowSamples, positive: "window-samples")
        try Selectors.require(darkSamples, positive: "dark-samples")
        try Selectors.require(duration, positive: "duration")
        try Selectors.require(warmUpLimit, positive: "warm-up-limit")
        guard (1...10_000).contains(referenceWindows) else {
            throw ValidationError("--reference-windows is 1 to 10000.")
        }
        guard (0...60).contains(loss) else { throw ValidationError("--loss is 0 to 60 dB.") }
    }

    /// How long standard output may take no line while light is on, s.
    private static let patience: Int32 = 10

    func run() async throws {
        let (live, interruption) = (LiveLine(), Interruption())
        let task = "shot-noise watch"
        let state = try await interruption.withUnit(unit.unit, task: task) { unit in
            defer { live.end() }
            live.note("\(unit.identity.role)  \(unit.identity.line)")
            let identity = unit.identity
            return try await ShotNoiseWatch(
                request, until: interruption.end, notedIn: .ofThisMachine, as: task
            ) { try show($0, identity, on: live) }.perform(on: unit)
        }
        if failOnAlarm, !state.alarms.isEmpty {
            throw CommandFailure(
                .outsideLimits,
                "--fail-on-alarm: \(state.alarms.map { "\($0.key.rawValue) in \($0.value) windows" }.sorted().joined(separator: ", ")). "
                    + "Look at the LO's power and temperatures by \(SuggestedCommand.telemetry(.any)), then measure anew by \(SuggestedCommand.measureShotNoise(.any))"
            )
        }
        if interruption.isRequested { throw UnitRunFailure.ended }
    }

    private var request: ShotNoiseWatch.Request {
        var request = ShotNoiseWatch.Request()
        request.usesMoments = moments
        request.windowSamples = windowSamples
        request.referenceWindows = referenceWindows
        request.darkSamples = darkSamples
        request.loss = loss
        request.duration = duration.map { .seconds($0) }
        request.warmUpLimit = warmUpLimit.map { .seconds($0) }
        return request
    }

    private func show(_ event: ShotNoiseWatch.Event, _ unit: UnitIdentity, on live: LiveLine) throws {
        switch event {
        case .measuringElectronicNoise: live.show("measuring V_off …")
        case .electronicNoise(let variance, let samples):
            live.note("V_off  \(NumberText.estimate(variance, "LSB²")) from \(NumberText.count(samples)) samples")
        case .warmingUp: live.show("warming up …")
        case .started(let plan):
            live.note(
                "\(plan.usesMoments ? "the unit sums" : "streaming vacuum"), windows of \(NumberText.count(plan.windowSamples)) samples; "
                    + "effects stated for \(NumberText.stated(loss)) dB; Ctrl-C ends it")
        case .window(let state, let elapsed, let plan):
            guard json else {
                return try Output.line("\(NumberText.clock(elapsed.inSeconds))  \(state.line)", within: Self.patience)
            }
            try Output.document(
                Output.json(
                    WatchedShotNoiseDocument(
                        unit: unit.serial, isEmulated: unit.isEmulated, isSummedByUnit: plan.usesMoments,
                        elapsed: elapsed.inSeconds, loss: loss, LiveShotNoiseDocument(state)), pretty: false) + "\n",
                within: Self.patience)
        }
    }
}
