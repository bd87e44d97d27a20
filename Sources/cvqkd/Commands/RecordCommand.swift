import ArgumentParser
import Foundation
import SignalRecordings
import UnitControl
import UnitProtocol
import UnitTransport

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Records electronic noise, vacuum, or what a unit sees, as SigMF.",
        discussion: """
            Works with the unit alone, by its own captures, one behind the other: each begins a segment of the recording. \
            electronic_noise is taken dark; vacuum with the local oscillator on and the shutter closed; capture as the \
            unit stands. Never in a session of purpose key, which the unit refuses too. Ctrl-C leaves a shorter \
            recording, and the unit dark.

            EXAMPLES:
              cvqkd record B-0001 --kind electronic_noise --samples 4000000 --output dark
              cvqkd record B-0001 --kind vacuum --samples 4000000 --output vacuum
            """)

    @OptionGroup var unit: UnitArgument

    @Option(help: ArgumentHelp("electronic_noise, vacuum or capture.", valueName: "kind"), transform: Self.readKind)
    var kind: RecordingKind

    @Option(help: ArgumentHelp("Number of samples, all quadratures together.", valueName: "n"))
    var samples: UInt64 = 1_000_000

    @Option(help: ArgumentHelp("FILE.sigmf-meta and FILE.sigmf-data.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Overwrite the files.")
    var force = false

    @OptionGroup var format: OutputOptions

    @Sendable private static func readKind(_ text: String) throws -> RecordingKind {
        guard let kind = RecordingKind(rawValue: text), [.electronicNoise, .vacuum, .capture].contains(kind) else {
            throw ValidationError("One unit alone records electronic_noise, vacuum or capture, not '\(text)'.")
        }
        return kind
    }

    func validate() throws {
        guard samples >= 2, samples <= 1 << 40 else { throw ValidationError("--samples lies between 2 and 1e12.") }
    }

    func run() async throws {
        try RecordingWriter.check(RecordingFiles(output), replacing: force)
        let document = try await UnitRecording(
            selector: unit.unit, kind: kind, samples: samples, output: output, replacing: force
        ).perform()
        try Output.show(document.text, json: document, if: format.json)
        if document.endedBy == "interruption" {
            throw CommandFailure(
                .interrupted, "ended on request; the recording is shorter, and the unit was told to go dark")
        }
    }
}

/// The result of `cvqkd record`.
struct RecordDocument: Encodable, Sendable {
    var file: String
    var kind: String
    var unitSerial: String
    var emulated: Bool
    var symbols: Int64
    var segments: Int
    var symbolRate: Double?
    var sha512: String?
    var endedBy: String

    var text: String {
        var sheet = Sheet()
        sheet.add("recording", "\(file).sigmf-meta, .sigmf-data")
        sheet.add("unit", unitSerial + (emulated ? ", EMULATED" : ""))
        sheet.add("symbols", "\(NumberText.count(symbols)) in \(segments) captures, ended by \(endedBy)")
        return sheet.text
    }
}
