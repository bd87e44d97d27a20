import ArgumentParser
import ExternalInstruments
import Foundation
import NodeReports

struct OTDRShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what an OTDR found on a fibre: length, loss, return loss, events.",
        discussion: """
            Reads .sor files of Bellcore/Telcordia SR-4731, versions 1 and 2. A wrong checksum is shown, but is not an error: some \
            makers count differently. The trace itself is left out, except with --trace --json.

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
        let document = OTDRDocument(try OTDRFile.read(file), trace: trace)
        try Output.show(document.text, json: document, if: output.json)
    }
}

extension OTDRFile {
    /// Reads a file, which may be larger than any of its kind.
    static func read(_ path: String) throws -> OTDRFile {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.notFound, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: longestFile + 1) ?? Data()
        do throws(OTDRError) { return try OTDRFile(parsing: [UInt8](data)) } catch {
            throw CommandFailure(.failure, "\(path): \(error)")
        }
    }
}
