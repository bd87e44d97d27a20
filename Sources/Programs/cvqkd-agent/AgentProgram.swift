import ArgumentParser
import Foundation
import LinkOperation
import NodeAgent
import ProgramStart
import ReadableText

/// `cvqkd-agent`.
@main
struct AgentProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cvqkd-agent",
        abstract: "Owns the units of a node, runs its links, and hands raw key to its consumers.",
        discussion: """
            It serves Unix sockets only, and runs until SIGTERM or SIGINT. docs/agent.md has every key of its configuration.

            EXAMPLES:
              cvqkd-agent --config /etc/cvqkd/alice.yaml --check
              cvqkd-agent --config /etc/cvqkd/alice.yaml

            EXIT CODES:
                0  ended in order
                1  any failure
                5  another agent has the state folder
               64  the configuration or the command line is wrong
            """,
        version: "0.1.0")

    @Option(help: ArgumentHelp("The configuration.", valueName: "FILE"))
    var config: String

    @Flag(help: "Only read the configuration, show what follows from it, and end.")
    var check = false

    static func main() async {
        ProgramStart.begin()
        do {
            let command = try parse(Array(CommandLine.arguments.dropFirst()))
            try await command.run()
        } catch let failure as ProgramFailure {
            AgentLog.write("error", failure.message)
            Foundation.exit(failure.code)
        } catch {
            end(with: error)
        }
    }

    func run() async throws {
        let configuration: AgentConfiguration
        do throws(ConfigurationRefusal) { configuration = try AgentConfiguration.read(config) } catch {
            throw ProgramFailure(64, "\(error)")
        }
        let findings = ConfigurationCheck(configuration)
        guard findings.refusals.isEmpty else { throw ProgramFailure(64, findings.refusals.joined(separator: "\n")) }
        if check {
            try StandardOutput.line(VisibleText.lines(of: findings.text))
            return
        }
        for warning in findings.warnings { AgentLog.write("warning", warning) }
        let end = EndRequest()
        let signals = EndingSignals(end)
        defer { signals.stop() }
        let level = configuration.logLevel
        let agent = Agent(configuration, program: "cvqkd-agent \(Self.configuration.version)") { of, line in
            if AgentLog.shows(of, at: level) { AgentLog.write(of.rawValue, line) }
        }
        do throws(AgentFailure) { try await agent.run(until: end) } catch {
            if case .inUse = error { throw ProgramFailure(5, error.description) }
            throw ProgramFailure(1, error.description)
        }
    }
}

/// What ends the program: an exit code and a sentence.
struct ProgramFailure: Error {
    let code: Int32
    let message: String

    init(_ code: Int32, _ message: String) { (self.code, self.message) = (code, message) }
}
