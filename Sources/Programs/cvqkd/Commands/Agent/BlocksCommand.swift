import ArgumentParser

struct BlocksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blocks", abstract: "Shows and erases the raw-key blocks that an agent keeps.",
        discussion: """
            Key and samples are never shown: only what is known about blocks.

            EXAMPLES:
              cvqkd blocks list ring-1
              cvqkd blocks tail ring-1
            """,
        subcommands: [BlocksListCommand.self, BlocksTailCommand.self, BlocksEraseCommand.self])
}
