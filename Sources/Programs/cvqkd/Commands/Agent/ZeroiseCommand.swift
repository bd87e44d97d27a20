import AgentClient
import ArgumentParser

struct ZeroiseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zeroise", abstract: "Destroys all raw key of this node's agent, and stops its links.",
        discussion: """
            It is asked for confirmation unless --yes is given. Links stay stopped until an operator releases each.

            EXAMPLE:
              cvqkd zeroise --reason "cabinet was opened"
            """)

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await Confirmation.require(
            yes, "All raw key of this node is destroyed for ever, and its links stop. Go on?",
            "destroys all raw key of the node")
        let done = try agent.client.zeroise(reason: reason.reason)
        try Output.show(done.text, json: done, if: output.json)
    }
}
