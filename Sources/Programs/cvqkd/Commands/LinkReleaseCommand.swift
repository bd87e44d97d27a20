import AgentClient
import ArgumentParser

struct LinkReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Lets a link go on that its agent has latched.",
        discussion: """
            A link is latched when its evidence or its peer's statements did not hold. Find the cause, and calibrate, before \
            it is released: each further try is one that an attacker has too.

            EXAMPLE:
              cvqkd link release ring-1 --reason "connector cleaned, pair calibrated"
            """)

    @Argument(help: "Name of the link.")
    var link: String

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let done = try agent.client.release(link, reason: reason.reason)
        try Output.show(done.text, json: done, if: output.json)
    }
}
