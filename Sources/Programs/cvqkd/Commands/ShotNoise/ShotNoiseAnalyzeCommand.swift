import ArgumentParser
import NodeReports
import QuadratureAnalysis
import SignalAnalysis

struct ShotNoiseAnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Evaluates shot noise from recordings of electronic noise and vacuum.",
        discussion: """
            Takes SigMF recordings (ri16_le or ci16_le) of 'cvqkd record' or of other makers, named by either file or by \
            what both have in common. Variances are about the mean of each channel, in LSB²; σ is one standard \
            deviation and counts correlated samples as fewer.

            EXAMPLES:
              cvqkd shot-noise analyze --off dark --on vacuum
              cvqkd shot-noise analyze --off dark.sigmf-meta --on vacuum.sigmf-meta --method one-time --json
            """)

    @Option(help: ArgumentHelp("Electronic noise: local oscillator off.", valueName: "file"), completion: .file())
    var off: String

    @Option(help: ArgumentHelp("Vacuum: local oscillator on, signal blocked.", valueName: "file"), completion: .file())
    var on: String

    @Option(
        help: ArgumentHelp(
            "two-time (N0 = V_on − V_off) or one-time (N0 = V_on). Default: two-time.", valueName: "method"),
        completion: .list(ShotNoiseMethod.allCases.map(\.rawValue)), transform: ShotNoiseMethod.read)
    var method: ShotNoiseMethod = .twoTime

    @OptionGroup var recordings: RecordingOptions
    @OptionGroup var format: OutputOptions

    func run() throws {
        let live = LiveLine()
        defer { live.end() }
        let pair = try ReceiverPair.read(
            off: off, on: on, method: method, verify: recordings.verify, watcher: live.analysis)
        try Output.show(pair.text, json: ShotNoiseAnalysisDocument(pair), if: format.json)
    }
}

extension ShotNoiseMethod {
    @Sendable static func read(_ text: String) throws -> ShotNoiseMethod {
        guard let method = ShotNoiseMethod(rawValue: text) else {
            throw ValidationError("A method is \(allCases.map(\.rawValue).joined(separator: " or ")), not '\(text)'.")
        }
        return method
    }
}
