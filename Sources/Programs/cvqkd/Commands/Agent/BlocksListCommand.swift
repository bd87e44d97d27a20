import AgentClient
import ArgumentParser
import NodeReports

struct BlocksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows what an agent knows about the blocks of a link.",
        discussion: """
            EXAMPLE:
              cvqkd blocks list ring-1 --after 4711
            """)

    @Argument(help: "Name of the link.")
    var link: String
    @Option(help: ArgumentHelp("Only what lies behind this position.", valueName: "POSITION"))
    var after: UInt64 = 0

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var document = try agent.client.blocks(of: link, after: after)
        // An answer has some hundred things; whoever lists wants all that there were when it began.
        while let last = document.items.last, document.next.value < document.newest.value {
            let more = try agent.client.blocks(of: link, after: document.next.value)
            guard let first = more.items.first, first.position.value > last.position.value else { break }
            document.items += more.items
            document.next = more.next
        }
        try Output.show(document.text, json: document, if: output.json)
    }
}
