import AgentClient
import ArgumentParser
import NodeReports

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Shows how this node's agent is.",
        discussion: """
            EXAMPLE:
              cvqkd agent status
            """,
        subcommands: [AgentStatusCommand.self])
}

struct AgentStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the agent, its links, and what became of their windows.",
        discussion: """
            EXAMPLE:
              cvqkd agent status --json
            """)

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let status = try agent.client.status()
        try Output.show(status.text, json: status, if: output.json)
    }
}
