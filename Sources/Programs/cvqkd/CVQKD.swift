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
            Most commands print a table, or JSON with --json where they have it; progress and errors go to standard error.

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
            AgentCommand.self,
            BlocksCommand.self,
            ZeroiseCommand.self,
            AuditCommand.self,
            StreamCommand.self,
            CaptureCommand.self,
            RecordCommand.self,
            EstimateCommand.self,
            SpectrumCommand.self,
            CalibrateCommand.self,
            ShotNoiseCommand.self,
            CalibrationCommand.self,
            EvidenceCommand.self,
            StationCommand.self,
            PeerCommand.self,
            PowerMeterCommand.self,
            OTDRCommand.self,
            KeyRateCommand.self,
            SchemaCommand.self,
            ConformanceCommand.self,
        ])

    static func main() async {
        ProgramStart.begin(threads: 6)
        do {
            var command = try parse(Array(CommandLine.arguments.dropFirst()))
            GivenOptions.ofProcess.withLock { [given = GivenOptions(command)] in $0 = given }
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

    /// The parser's own, with what it lets pass: commands that do not exist, and options that are given twice or without a value.
    static func parse(_ words: [String]) throws -> any ParsableCommand {
        let arguments = NegativeValues.joined(words)
        let (command, rest) = try CommandWords.split(arguments)
        try EmptyWords.check(rest)
        try RepeatedOptions.check(rest, of: command)
        return try parseAsRoot(arguments)
    }

    /// Help, version, completion scripts and mistakes on the command line are in the parser's words, except that a script
    /// which asked for JSON gets JSON.
    private static func finish(_ error: any Error) -> Never {
        // For `conformance`, --json names a file: its errors are for the person.
        let json = CommandLine.arguments.contains("--json") && CommandLine.arguments.dropFirst().first != "conformance"
        var failure = CommandFailure(error)
        if failure == nil, exitCode(for: error) == .success {
            do { try Output.document(fullMessage(for: error) + "\n") } catch { failure = CommandFailure(error) }
            if failure == nil { Foundation.exit(0) }
        }
        if failure == nil, json, exitCode(for: error) == .validationFailure {
            failure = CommandFailure(.usage, message(for: error))
        }
        if let failure {
            failure.report(json: json)
        } else {
            Output.note(refusal(error))
        }
        ErrorWriter.shared.flush()
        Foundation.exit(failure?.kind.exitCode ?? exitCode(for: error).rawValue)
    }

    /// The parser's sentence quotes words of the command line, which a shell may have made of the names of files.
    private static func refusal(_ error: any Error) -> Page {
        let (message, full) = (message(for: error), fullMessage(for: error))
        guard full.hasPrefix("Error: \(message)") else { return Page(picture: full) }
        return "Error: \(message)\(Page(picture: String(full.dropFirst("Error: ".count + message.count))))"
    }
}
