import ArgumentParser
import ProgramStart
import UnitTransport
import Foundation

/// The program: parses, runs one command, and turns whatever went wrong into a sentence and an exit code.
@main
struct CVQKD: AsyncParsableCommand {
    /// As records and files name the program that made them.
    static let nameAndVersion = "cvqkd \(configuration.version)"

    static let configuration = CommandConfiguration(
        commandName: "cvqkd",
        abstract: "Finds, watches and runs CV-QKD transceivers.",
        discussion: """
            A unit is named as usb:SERIAL, serial:/dev/PATH, serial:/dev/PATH@BAUD, or just by its serial number. \
            Each command prints a table, or JSON with --json; progress and errors go to standard error.

            EXAMPLES:
              cvqkd list
              cvqkd telemetry A-0001 --watch
              cvqkd calibrate bob B-0001
              cvqkd link start --alice A-0001 --bob B-0001 --duration 60

            EXIT CODES:
            \(FailureKind.table)
            """,
        version: "0.1.0",
        subcommands: [
            ListCommand.self,
            DoctorCommand.self,
            InfoCommand.self,
            StatusCommand.self,
            TelemetryCommand.self,
            LinkCommand.self,
            StreamCommand.self,
            CaptureCommand.self,
            RecordCommand.self,
            EstimateCommand.self,
            SpectrumCommand.self,
            CalibrateCommand.self,
            ShotNoiseCommand.self,
            CalibrationCommand.self,
            StationCommand.self,
            PowerMeterCommand.self,
            OTDRCommand.self,
            KeyRateCommand.self,
            SchemaCommand.self,
            ConformanceCommand.self,
        ])

    static func main() async {
        ProgramStart.begin()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            if let failure = StillLit.found.withLock(\.failure) { throw failure }
            ErrorWriter.shared.flush()
        } catch {
            finish(error)
        }
    }

    /// Help, version, completion scripts and mistakes on the command line are the parser's to print, except that a
    /// script which asked for JSON gets JSON.
    private static func finish(_ error: any Error) -> Never {
        // For `conformance`, --json names a file: its errors are for the person.
        let json = CommandLine.arguments.contains("--json") && CommandLine.arguments.dropFirst().first != "conformance"
        if let failure = CommandFailure(error) {
            failure.report(json: json)
            ErrorWriter.shared.flush()
            Foundation.exit(failure.kind.exitCode)
        }
        if json, exitCode(for: error) == .validationFailure {
            CommandFailure(.usage, message(for: error)).report(json: true)
            ErrorWriter.shared.flush()
            Foundation.exit(FailureKind.usage.exitCode)
        }
        ErrorWriter.shared.flush()
        end(with: error)
    }
}
