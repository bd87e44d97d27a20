import ArgumentParser
import Foundation
import NodeReports
import PeerIdentity

struct PeerKeygenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes certificate and key of this node, and its signing key unless there is one. Never overwrites.",
        discussion: """
            Run it as the agent's user: secret keys are files of mode 0600, and another user's are refused.

            EXAMPLE:
              sudo -u cvqkd cvqkd peer keygen --days 365
              cvqkd peer keygen --days 365
            """)

    @Option(help: ArgumentHelp("How long the certificate holds, 1 to 3650.", valueName: "days"))
    var days = PeerCertificate.usualDays

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let now = Date()
        try store.peer.make(validDays: days, now: now)
        try PeerDocument(store.peer, now: now).show(
            output,
            next: ["At the other side, this certificate and node key are to be pinned (peer pin)."])
    }
}
