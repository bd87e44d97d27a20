import ArgumentParser
import Calibration
import UnitControl
import UnitProtocol
import UnitTransport

struct CalibrateBobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bob",
        abstract: "Calibrates a receiver.",
        discussion: """
            Needs the unit alone; no light from Alice is wanted. The unit sums its samples itself, so a serial line will do.

            EXAMPLES:
              cvqkd calibrate bob B-0001
              cvqkd calibrate bob B-0001 --plan-only
              cvqkd calibrate bob B-0001 --sigma-excess-noise 0.001 --loss 10
              cvqkd calibrate bob B-0001 --power-reading 0.0012 --operator kim --output b-0001.json
            """)

    @OptionGroup var unit: UnitArgument

    @OptionGroup var samples: ShotNoiseOptions

    @Option(
        help: ArgumentHelp(
            "Vacuum samples per quadrature at each power of the sweep. Default: "
                + "\(Selectors.text(BobPlan().sweepSamples)).", valueName: "n"),
        transform: Selectors.count)
    var sweepSamples: UInt64 = BobPlan().sweepSamples

    @Option(help: ArgumentHelp("Windows of V_on for the stability, at least 8.", valueName: "n"))
    var stabilityWindows: Int = BobPlan().stabilityWindows

    @Option(
        help: ArgumentHelp(
            "Vacuum samples per quadrature of each window. Default: "
                + "\(Selectors.text(BobPlan().stabilityWindowSamples)).", valueName: "n"),
        transform: Selectors.count)
    var stabilitySamples: UInt64 = BobPlan().stabilityWindowSamples

    @Option(help: ArgumentHelp("Samples of the captures, all quadratures together.", valueName: "n"))
    var captureSamples: UInt32 = BobPlan().captureSamples

    @OptionGroup var light: KnownLightOptions

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        let windows = 8...BobPlan.mostStabilityWindows
        guard windows.contains(stabilityWindows) else {
            throw ValidationError("--stability-windows lies between \(windows.lowerBound) and \(windows.upperBound).")
        }
        guard captureSamples >= 1_000 else { throw ValidationError("--capture-samples is 1000 or more.") }
    }

    func run() async throws {
        let session = CalibrationSession(options)
        let (selector, wanted, keeper, light) = (unit.unit, plan, session.keeper, light.light)
        try await session.run(task: "calibrate bob", units: [selector]) { units in
            var plan = wanted
            if let light { plan.powerReading = try await session.read(light, for: units[0]) }
            plan.factoryEfficiency = try keeper.factoryEfficiency(of: units[0].identity.serial)
            return try await BobCalibration.procedure(units[0], plan: plan)
        }
    }

    private var plan: BobPlan {
        var plan = samples.plan
        plan.warmUpLimit = options.warmUpLimit
        plan.sweepSamples = sweepSamples
        plan.stabilityWindows = stabilityWindows
        plan.stabilityWindowSamples = stabilitySamples
        plan.captureSamples = captureSamples
        return plan
    }
}
