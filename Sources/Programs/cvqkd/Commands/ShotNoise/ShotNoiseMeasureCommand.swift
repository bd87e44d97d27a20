import ArgumentParser
import Calibration
import CalibrationRecords
import NodeReports

struct ShotNoiseMeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Measures electronic noise and shot noise of a receiver, and keeps nothing.",
        discussion: """
            V_off with the light off, V_on with the local oscillator on and the shutter closed, both summed by the unit. \
            Light off and settings as they were afterwards, whatever happens. A file is written only with --output.

            EXAMPLES:
              cvqkd shot-noise measure B-0001
              cvqkd shot-noise measure B-0001 --vacuum-samples 1e9 --json
            """)

    @OptionGroup var unit: UnitArgument
    @OptionGroup var samples: ShotNoiseOptions
    @OptionGroup var options: CalibrationOptions

    func run() async throws {
        var plan = samples.plan
        plan.warmUpLimit = options.warmUpLimit
        let (selector, wanted) = (unit.unit, plan)
        try await CalibrationSession(options, isKept: false).run(
            task: "shot-noise", units: [selector], document: { record, _, _ in ShotNoiseDocument(record) }
        ) { units in
            try await BobCalibration.shotNoise(units[0], plan: wanted)
        }
    }
}
