import ArgumentParser
import Charts
import Foundation
import LinkOperation
import NodeReports
import QuadratureAnalysis
import SignalAnalysis
import SignalRecordings
import UnitRecordings

struct SpectrumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spectrum",
        abstract: "Power spectral density of a receiver's noise, and its clearance over frequency.",
        discussion: """
            From recordings: --off and --on, or one FILE of any kind. Or from a unit, which is measured dark and with its \
            local oscillator on, its shutter closed: then the light goes out again. Welch's method: Hann window, segments \
            that overlap by one half and lose their mean, one-sided; x and p of a heterodyne receiver are averaged.

            EXAMPLES:
              cvqkd spectrum --off dark --on vacuum --svg clearance.svg
              cvqkd spectrum vacuum --segment 16384 --csv vacuum.csv
              cvqkd spectrum B-0001 --samples 1000000
            """)

    @Argument(
        help: ArgumentHelp(
            "A recording; or a unit: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", valueName: "source"))
    var source: String?

    @Option(help: ArgumentHelp("Electronic noise: local oscillator off.", valueName: "file"), completion: .file())
    var off: String?

    @Option(help: ArgumentHelp("Vacuum: local oscillator on, signal blocked.", valueName: "file"), completion: .file())
    var on: String?

    @Option(help: ArgumentHelp("Samples of a segment: a power of two from 16 to 65536.", valueName: "n"))
    var segment = SpectrumResult.segmentLength

    @Option(help: ArgumentHelp("Lines of the table.", valueName: "n"))
    var bands = 16

    @Option(
        help: ArgumentHelp(
            "Of a unit: samples of each state. Default: what it can hold, at most 1000000.", valueName: "n"))
    var samples: UInt32?

    @Option(help: ArgumentHelp("Saves the plot.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("Saves every bin.", valueName: "file"))
    var csv: String?

    @Flag(help: "Overwrite the files.")
    var force = false

    @OptionGroup var recordings: RecordingOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard SpectrumResult.segmentLengths.contains(segment), segment & (segment - 1) == 0 else {
            throw ValidationError("--segment is a power of two from 16 to 65536, not \(segment).")
        }
        guard (1...4096).contains(bands) else { throw ValidationError("--bands lies between 1 and 4096.") }
        switch (source, off, on) {
        case (nil, _?, _?), (_?, nil, nil): break
        case (nil, nil, nil): throw ValidationError("Give --off and --on, a recording, or a unit.")
        case (_?, _, _): throw ValidationError("Give either --off and --on, or one source.")
        default: throw ValidationError("--off and --on belong together; a single recording is given without option.")
        }
        guard samples != 0 else { throw ValidationError("--samples is a number greater than 0.") }
        if let svg, svg == csv { throw ValidationError("--svg and --csv name the same file.") }
    }

    func run() async throws {
        for file in [svg, csv].compactMap(\.self) { try AtomicFile.check(file, replacing: force) }
        let live = LiveLine()
        defer { live.end() }
        let result = try await measure(live)
        live.end()
        try Output.show(
            result.text(bands: bands), json: SpectrumDocument(result, bands: bands), if: format.json)
        let files = [
            (svg, svg == nil ? "" : result.chart.svg(width: 800, height: 480)), (csv, csv == nil ? "" : result.csv),
        ]
        for (file, text) in files {
            guard let file else { continue }
            try AtomicFile.write(Data(text.utf8), to: file, replacing: force)
            Output.note("wrote \(file)")
        }
    }

    private func measure(_ live: LiveLine) async throws -> SpectrumResult {
        if let off, let on {
            return try SpectrumResult(
                off: off, on: on, length: segment, verify: recordings.verify, watcher: live.analysis)
        }
        let source = source ?? ""
        let files = RecordingFiles(source)
        // What is there as a file is meant as one; everything else is a unit's name.
        if [files.meta, files.data].contains(where: FileManager.default.fileExists) {
            return try SpectrumResult(
                recording: source, length: segment, verify: recordings.verify, watcher: live.analysis)
        }
        guard !source.contains("/") || source.contains(":") else {
            throw RecordingError.notFound(base: files.base)
        }
        let interruption = Interruption()
        return try await interruption.withUnit(try Selectors.read(source), task: "spectrum") { unit in
            defer { live.end() }
            return try await ReceiverCapture(samples: samples, until: interruption.end) { event in
                switch event {
                case .dark: live.show("V_off, dark …")
                case .warmingUp: live.show("warming up …")
                case .vacuum: live.show("V_on, shutter closed …")
                }
            }.spectrum(of: unit, length: segment)
        }
    }
}
