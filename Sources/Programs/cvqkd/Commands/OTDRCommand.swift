import ArgumentParser

struct OTDRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otdr", abstract: "Reads the files of optical time-domain reflectometers.",
        discussion: """
            EXAMPLE:
              cvqkd otdr show span-7.sor
            """,
        subcommands: [OTDRShowCommand.self])
}
