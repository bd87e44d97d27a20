import ArgumentParser
import Foundation
import NodeReports
import PeerIdentity

struct PeerShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what this node is known by, until when, and whom it has pinned.",
        discussion: """
            EXAMPLE:
              cvqkd peer show --json
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws { try PeerDocument(store.peer, now: Date()).show(output) }
}
