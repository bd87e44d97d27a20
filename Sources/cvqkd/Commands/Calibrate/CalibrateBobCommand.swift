import ArgumentParser
import Calibration
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
              cvqkd calibrate bob B-0001 --vacuum-samples 1e9 --operator kim --output b-0001.json
            """)

    @OptionGroup var unit: UnitArgument

    @OptionGroup var samples: ShotNoiseOptions

    @OptionGroup var options: CalibrationOptions

    func run() async throws {
        let (selector, samples, warmUpLimit) = (unit.unit, samples, options.warmUpLimit)
        try await CalibrationSession(options).run(
            task: "calibrate bob", units: [(.bob, selector)]
        ) { units in
            var plan = samples.plan
            plan.warmUpLimit = warmUpLimit
            return try await BobCalibration.procedure(units[0], plan: plan)
        }
    }
}

/// How many samples the shot-noise phases take.
struct ShotNoiseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Dark samples per quadrature, for V_off.", valueName: "n"), transform: Selectors.count)
    var darkSamples: UInt64 = BobPlan().darkSamples

    @Option(help: ArgumentHelp("Vacuum samples per quadrature, for V_on.", valueName: "n"), transform: Selectors.count)
    var vacuumSamples: UInt64 = BobPlan().vacuumSamples

    var plan: BobPlan {
        var plan = BobPlan()
        plan.darkSamples = darkSamples
        plan.vacuumSamples = vacuumSamples
        return plan
    }
}

extension Selectors {
    /// A count, also as `1e8`.
    @Sendable static func count(_ text: String) throws -> UInt64 {
        if let number = UInt64(text), number > 0 { return number }
        guard let number = Double(text), number >= 1, number <= 1e15, number == number.rounded() else {
            throw ValidationError(
                "'\(text)' is no number of samples: a whole number from 1 to 1e15 is wanted, such as 1e8.")
        }
        return UInt64(number)
    }
}
