import ArgumentParser

struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract:
            "Runs a session on a pair of units, shows and ends the sessions of this machine, and releases links of its agent.",
        discussion: """
            EXAMPLE:
              cvqkd link start --alice A-0001 --bob B-0001 --duration 60
            """,
        subcommands: [LinkStartCommand.self, LinkStatusCommand.self, LinkStopCommand.self, LinkReleaseCommand.self])
}
