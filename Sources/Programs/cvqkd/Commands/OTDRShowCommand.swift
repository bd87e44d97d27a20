import ArgumentParser
import ExternalInstruments
import Foundation
import NodeReports

struct OTDRShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what an OTDR found on a fibre: length, loss, return loss, events.",
        discussion: """
            Reads .sor files of Bellcore/Telcordia SR-4731, versions 1 and 2. A checksum that is \
            not verifiable is no error: most makers count in ways of their own. A shot that saw no fibre is said to have seen \
            none. The trace itself is left out, except with --trace --json.

            EXAMPLES:
              cvqkd otdr show ring-north.sor
              cvqkd otdr show ring-north.sor --json --trace
            """)

    @Argument(help: "The file, FILE.sor.", completion: .file(extensions: ["sor"]))
    var file: String

    @Flag(help: "With --json: the points of the trace too, metres and dB.")
    var trace = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let found: OTDRFile
        do throws(OTDRError) { found = try OTDRFile(file: file) } catch {
            if case .file(let refusal) = error { throw CommandFailure(error.kind, "\(refusal)") }
            throw CommandFailure(error.kind, "\(file): \(error)")
        }
        let document = OTDRDocument(found, trace: trace)
        try Output.show(document.text, json: document, if: output.json)
    }
}

extension OTDRError {
    /// The exit code.
    var kind: FailureKind {
        switch self {
        case .file(let refusal): refusal.kind
        case .notAnOTDRFile, .tooLong, .cutOff, .missing, .absurd: .failure
        }
    }
}
