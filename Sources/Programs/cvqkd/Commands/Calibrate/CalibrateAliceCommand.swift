import ArgumentParser
import Calibration

struct CalibrateAliceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alice",
        abstract: "Calibrates a transmitter.",
        discussion: """
            LIGHT LEAVES THE UNIT meanwhile, at up to its highest modulation variance. Alice works alone: laser, modulator \
            bias and extinction, V_A against attenuator and monitor photodiode, health of her random numbers.

            EXAMPLES:
              cvqkd calibrate alice A-0001
              cvqkd calibrate alice A-0001 --modulation-variance 4 --json
            """)

    @OptionGroup var unit: UnitArgument

    @Option(
        help: ArgumentHelp(
            "Modulation variance of the regression. Default: 5, or Alice's maximum if lower.", valueName: "snu"))
    var modulationVariance: Double?

    @Option(help: ArgumentHelp("Readings of the telemetry for each mean, at least 3.", valueName: "n"))
    var readings = AlicePlan().readings

    @Option(help: ArgumentHelp("Words captured to look at the random numbers, x and p together.", valueName: "n"))
    var words: UInt32 = AlicePlan().words

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        try Selectors.require(modulationVariance, positive: "modulation-variance")
        guard (3...AlicePlan.mostReadings).contains(readings) else {
            throw ValidationError("--readings lies between 3 and \(AlicePlan.mostReadings).")
        }
        guard words >= 1_000 else { throw ValidationError("--words is 1000 or more.") }
    }

    func run() async throws {
        var plan = AlicePlan()
        plan.modulationVariance = modulationVariance
        plan.readings = readings
        plan.words = words
        plan.warmUpLimit = options.warmUpLimit
        let (selector, wanted) = (unit.unit, plan)
        try await CalibrationSession(options).run(task: "calibrate alice", units: [selector]) { units in
            try await AliceCalibration.procedure(units[0], plan: wanted)
        }
    }
}
