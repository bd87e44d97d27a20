import ArgumentParser

struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Judges again what the release of raw key rested on.",
        discussion: """
            EXAMPLE:
              cvqkd evidence verify --node-key bob.pem --node-key alice.pem window-*.record
            """,
        subcommands: [EvidenceVerifyCommand.self])
}
