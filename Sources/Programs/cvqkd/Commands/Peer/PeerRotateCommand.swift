import ArgumentParser
import Foundation
import NodeReports
import PeerIdentity

struct PeerRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Changes over to a new certificate without an interruption, in two steps.",
        discussion: """
            The first step makes a second pair beside the one that is shown. When the other side has pinned it, \
            --change-over shows it from the next connection on. A conversation that runs stays.

            EXAMPLES:
              cvqkd peer rotate
              cvqkd peer rotate --change-over
            """)

    @Flag(help: "Show the second pair from now on. The first one's secret key is gone then.")
    var changeOver = false

    @Option(help: ArgumentHelp("How long the new certificate holds, 1 to 3650.", valueName: "days"))
    var days = PeerCertificate.usualDays

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (folder, now) = (store.peer, Date())
        guard changeOver else {
            try folder.makeNext(validDays: days, now: now)
            return try PeerDocument(folder, now: now).show(
                output,
                next: [
                    "1. At the other side, pin the next certificate too (peer pin); then let its agent reload.",
                    "2. Here: \(SuggestedCommand.peerChangeOver); then let the agent reload.",
                    "3. At the other side, when a new connection stands: drop the old certificate (peer pin --drop).",
                ])
        }
        let old = try PeerDocument(folder, now: now).certificate.pin
        try folder.changeOver()
        try PeerDocument(folder, now: now).show(
            output,
            next: [
                "Let the agent reload. At the other side, when a new connection stands: drop \(old) (peer pin --drop)."
            ])
    }
}
