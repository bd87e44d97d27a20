import ArgumentParser
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Takes raw samples once, at symbol rate, and summarises or saves them.",
        discussion: """
            Works with the unit alone, dark unless --light is given; never in a session of purpose key, which the unit refuses \
            too. Samples go to the file only: FILE.csv (text, in LSB) or FILE.i16 (int16, little-endian; x and p interleaved).

            EXAMPLES:
              cvqkd capture B-0001 --samples 100000
              cvqkd capture B-0001 --samples 1000000 --light --output noise.i16
            """)

    @OptionGroup var unit: UnitArgument

    @Option(help: ArgumentHelp("Number of samples, all quadratures together.", valueName: "n"))
    var samples: UInt32

    @Option(help: ArgumentHelp("Where to save them: FILE.csv or FILE.i16.", valueName: "file"))
    var output: String?

    @Flag(help: "Overwrite the file.")
    var force = false

    @Flag(help: "Bring the light up first, and put it out afterwards.")
    var light = false

    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard samples > 0 else { throw ValidationError("--samples is a number greater than 0.") }
        guard let output else { return }
        guard output.hasSuffix(".csv") || output.hasSuffix(".i16") else {
            throw ValidationError("--output ends in .csv or .i16, and '\(output)' does not.")
        }
    }

    func run() async throws {
        if let output { try AtomicFile.check(output, replacing: force) }
        let (count, light) = (samples, light)
        let interruption = Interruption()
        let live = LiveLine()
        let (captured, summary) = try await interruption.withUnit(unit.unit, task: "capture", leavesDark: light) {
            unit in
            defer { live.end() }
            // Others see why the light is on, and can end it.
            let journal = try light ? SessionJournal(lighting: [unit], command: "capture", purpose: "test") : nil
            defer { journal?.remove() }
            let capture = {
                let captured = try await interruption.cancellable {
                    if light { try await Self.lightUp(unit, live) }
                    return try await unit.capture(samples: count) {
                        live.show("read \(NumberText.count($0)) of \(NumberText.count(count)) samples")
                    }
                }
                return (
                    captured, CaptureSummary(unit.identity, captured, try? await unit.capabilities(), file: output)
                )
            }
            return light ? try await unit.lightDownAfter(capture) : try await capture()
        }
        if let output {
            try AtomicFile.write(
                CaptureFile.data(captured, summary, csv: output.hasSuffix(".csv")), to: output, replacing: force)
        }
        try Output.show(summary.text, json: summary, if: format.json)
    }

    /// Light that is stable already stays as somebody has set it.
    private static func lightUp(_ unit: Unit, _ live: LiveLine) async throws {
        guard try await unit.status().state != .ready else { return }
        live.show("warming up …")
        let capabilities = try await unit.capabilities()
        try await unit.lightUp(
            .signal(
                modulationVariance: min(LightSetting.defaultModulationVariance, capabilities.maximumModulationVariance)),
            within: capabilities.warmUpLimit)
    }
}

/// Files of captured samples.
enum CaptureFile {
    static func data(_ capture: CapturedSamples, _ summary: CaptureSummary, csv: Bool) -> Data {
        guard csv else { return capture.samples.map(\.littleEndian).withUnsafeBytes { Data($0) } }
        let pairs = capture.header.format == .xp16
        var text = "# cvqkd capture, \(summary.serial) (\(summary.role)\(summary.emulated ? ", EMULATED" : "")), "
        text +=
            "\(NumberText.stated(summary.sampleRate ?? .nan)) samples/s per quadrature, LSB\n"
            + (pairs ? "x,p\n" : "x\n")
        text.reserveCapacity(8 * capture.samples.count)
        for index in stride(from: 0, to: capture.samples.count, by: pairs ? 2 : 1) {
            text += "\(capture.samples[index])"
            if pairs, index + 1 < capture.samples.count { text += ",\(capture.samples[index + 1])" }
            text += "\n"
        }
        return Data(text.utf8)
    }
}
