public import ArgumentParser
internal import Glibc

extension ParsableCommand {
    /// Parses and runs, after what every program does first.
    public static func begin() {
        ProgramStart.begin()
        do {
            var command = try parseAsRoot(NegativeValues.joined(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch {
            end(with: error)
        }
    }

    /// Ends the program as the parser would, but help, version and completion scripts that cannot be written are a
    /// failure.
    public static func end(with error: any Error) -> Never {
        let text = fullMessage(for: error)
        guard exitCode(for: error).isSuccess, !text.isEmpty else { exit(withError: error) }
        do throws(StandardOutput.Fault) { try StandardOutput.line(text) } catch { exit(withError: error) }
        Glibc.exit(0)
    }
}
