import AgentClient
import ArgumentParser
import ForeignFiles
import Foundation

/// Which agent is asked.
struct AgentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Control socket of the agent (default: control.sock in CVQKD_RUNTIME_DIRECTORY or /run/cvqkd-agent).",
            valueName: "SOCKET"))
    var agent: String?

    /// The agent.
    var client: AgentClient { AgentClient(socket: agent ?? Self.usualSocket) }

    private static var usualSocket: String {
        let folder = EnvironmentFolder.named("CVQKD_RUNTIME_DIRECTORY", in: ProcessInfo.processInfo.environment)
        return "\(folder ?? "/run/cvqkd-agent")/control.sock"
    }
}

/// Why an operator does something: it stands in the audit log.
struct ReasonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Why, in words; it stands in the agent's audit log.", valueName: "TEXT"))
    var reason: String

    func validate() throws {
        guard !reason.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty else {
            throw ValidationError("--reason says why, in words.")
        }
    }
}
