import ArgumentParser
import Calibration
import ExternalInstruments
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

    @Option(
        help: ArgumentHelp(
            "Light at Bob's signal connector, as a power meter read it. It has to stay connected for the efficiency.",
            valueName: "W"))
    var powerReading: Double?

    @Option(help: ArgumentHelp("Relative standard uncertainty of that reading.", valueName: "relative"))
    var powerUncertainty = 0.03

    @Option(
        help: ArgumentHelp(
            "Read that power now from this meter (scpi:/dev/usbtmc0), then wait for the fibre to be moved to Bob.",
            valueName: "meter"),
        transform: Selectors.instrument)
    var powerMeter: InstrumentSelector?

    @Option(help: ArgumentHelp("Wavelength that the meter is set to.", valueName: "nm"))
    var wavelength = 1550.0

    @OptionGroup var options: CalibrationOptions

    func validate() throws {
        try Selectors.require(powerReading, positive: "power-reading")
        guard powerReading == nil || powerMeter == nil else {
            throw ValidationError("--power-reading and --power-meter exclude each other.")
        }
        guard (200...3000).contains(wavelength) else { throw ValidationError("--wavelength is in nm, 200 to 3000.") }
        try Selectors.require(powerUncertainty, fraction: "power-uncertainty")
        guard stabilityWindows >= 8 else { throw ValidationError("--stability-windows is 8 or more.") }
        guard captureSamples >= 1_000 else { throw ValidationError("--capture-samples is 1000 or more.") }
    }

    func run() async throws {
        var plan = plan
        let session = CalibrationSession(options)
        if let powerMeter, !options.planOnly {
            plan.powerReading = try await session.read(powerMeter, wavelength: wavelength, powerUncertainty)
        }
        let (selector, wanted, keeper) = (unit.unit, plan, session.keeper)
        try await session.run(task: "calibrate bob", units: [selector]) { units in
            var plan = wanted
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
        plan.powerReading = powerReading.map { OpticalPowerReading(power: $0, sigma: powerUncertainty * $0) }
        return plan
    }
}
