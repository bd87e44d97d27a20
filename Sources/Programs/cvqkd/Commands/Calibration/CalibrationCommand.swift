import ArgumentParser

struct CalibrationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibration",
        abstract: "Shows, verifies, compares and exports what calibrations found.",
        discussion: """
            Records are named by the SHA-256 of their bytes; the beginning of a name will do. They are signed by the \
            station and chained per unit: tamper-evident, not tamper-proof. docs/calibration-records.md is the reference.

            EXAMPLES:
              cvqkd calibration list
              cvqkd calibration verify
              cvqkd calibration report 3f2a --output report.html
            """,
        subcommands: [
            CalibrationListCommand.self, CalibrationShowCommand.self, CalibrationVerifyCommand.self,
            CalibrationDiffCommand.self, CalibrationCompareCommand.self,
            CalibrationDueCommand.self, CalibrationMaintenanceCommand.self,
            CalibrationExplainCommand.self, CalibrationSetAsideCommand.self, CalibrationExportCommand.self,
            CalibrationImportCommand.self,
            CalibrationSignCommand.self, CalibrationReportCommand.self,
        ])
}

/// The record that a command is for.
struct RecordArgument: ParsableArguments {
    @Argument(help: "The record's name, or the beginning of it.")
    var record: String
}
