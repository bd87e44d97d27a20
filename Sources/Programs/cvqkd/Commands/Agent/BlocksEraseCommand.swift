import AgentClient
import ArgumentParser
import Foundation
import NodeReports

struct BlocksEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Destroys raw key of a link that its consumer has not taken.",
        discussion: """
            It is asked for confirmation unless --yes is given. What was erased never comes again.

            EXAMPLES:
              cvqkd blocks erase ring-1 --session 8f03c2d1a9b4e571 --reason "consumer was replaced"
              cvqkd blocks erase ring-1 --all --reason "consumer was replaced" --yes
            """)

    @Argument(help: "Name of the link.")
    var link: String
    @Option(help: ArgumentHelp("Blocks of this session: sixteen hexadecimal digits.", valueName: "SESSION"))
    var session: String?
    @Option(help: ArgumentHelp("Of the session, from this cell on.", valueName: "CELL"))
    var firstCell: UInt64?
    @Option(help: ArgumentHelp("Of the session, up to this cell.", valueName: "CELL"))
    var lastCell: UInt64?
    @Flag(help: "All blocks of the link.")
    var all = false
    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard all != (session != nil) else { throw ValidationError("Give either --session or --all.") }
        guard session != nil || (firstCell == nil && lastCell == nil) else {
            throw ValidationError("--first-cell and --last-cell go with --session.")
        }
    }

    func run() async throws {
        try await Confirmation.require(
            yes, "Raw key of \(link) is destroyed for ever. Erase it?", "erases raw key for ever")
        let choice = AgentEraseRequest(
            reason: reason.reason, session: session, firstCell: firstCell.map { WideNumber($0) },
            lastCell: lastCell.map { WideNumber($0) }, all: all ? true : nil)
        let done = try agent.client.erase(choice, of: link)
        try Output.show(done.text, json: done, if: output.json)
    }
}

/// What cannot be undone is asked for, or confirmed on the command line where nobody can answer.
enum Confirmation {
    static func require(_ yes: Bool, _ question: Page, _ deed: String) async throws {
        guard !yes else { return }
        guard Questions.areAnswered else {
            throw CommandFailure(.usage, "this \(deed), and nobody is there to confirm it: add --yes if that is meant")
        }
        guard try await Questions(interruption: Interruption()).confirm(question) else {
            throw CommandFailure(.interrupted, "nothing was done")
        }
    }
}
