import LinkOperation
import AgentClient
import ArgumentParser
import NodeReports

struct BlocksTailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Shows what becomes of a link's blocks, as it happens, until Ctrl-C.",
        discussion: """
            With --json each thing is an object on a line of its own.

            EXAMPLE:
              cvqkd blocks tail ring-1
            """)

    @Argument(help: "Name of the link.")
    var link: String
    @Option(help: ArgumentHelp("Begin behind this position (default: with what comes next).", valueName: "POSITION"))
    var after: UInt64?

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let interruption = Interruption()
        var position = try after ?? agent.client.blocks(of: link, after: .max).newest.value
        while !interruption.isRequested {
            let document = try agent.client.blocks(of: link, after: position)
            if output.json {
                for item in document.items { try Output.document(Output.json(item, pretty: false) + "\n") }
            } else if !document.items.isEmpty {
                try Output.line(Page(AgentBlocksDocument.table(document.items)))
            }
            guard document.items.isEmpty || document.next.value <= position else {
                position = document.next.value
                continue
            }
            await interruption.end.pause(.milliseconds(500))
        }
    }
}
