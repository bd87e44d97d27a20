import ArgumentParser

/// `cvqkd calibrate`: procedures that end in a record.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Calibrates a receiver, a transmitter, or a pair on its fibre.",
        discussion: """
            Each procedure shows its plan first (samples, minutes), measures phase by phase, and leaves a record with limits \
            and outcome. Ctrl-C ends it in order: light off, shutter closed, settings as they were; what was done until then \
            is in a record that says incomplete.

            EXAMPLES:
              cvqkd calibrate bob B-0001
              cvqkd calibrate alice A-0001
              cvqkd calibrate pair --alice A-0001 --bob B-0001
            """,
        subcommands: [
            CalibrateBobCommand.self,
            CalibrateAliceCommand.self,
            CalibratePairCommand.self,
            CalibrateCommissionCommand.self,
        ])
}
