import ArgumentParser
import NodeReports
import QuadratureAnalysis
import SignalAnalysis
import SignalRecordings

struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Estimates the channel and its key rate from recordings of both ends.",
        discussion: """
            Takes SigMF recordings of 'cvqkd record' or of other makers. Delay and phase are found by correlation. Worst \
            cases hold except with probability ε each and include the uncertainty of shot noise, efficiency and \
            modulation. The finite key rate is that of a block of which the recorded symbols were the part for \
            estimation. Rates are planning figures: collective attacks, Gaussian modulation; not a security claim.

            EXAMPLES:
              cvqkd estimate --modulation modulation --signal signal --off dark --on vacuum \
            --detection heterodyne --efficiency 0.6
              cvqkd estimate --modulation a --signal b --basis c --off d --on e --detection homodyne --efficiency 0.6 \
            --efficiency-sigma 0.006 --epsilon 1e-10 --json
            """)

    @Option(help: ArgumentHelp("What Alice sent.", valueName: "file"), completion: .file())
    var modulation: String

    @Option(help: ArgumentHelp("What Bob measured.", valueName: "file"), completion: .file())
    var signal: String

    @Option(help: ArgumentHelp("Electronic noise: local oscillator off.", valueName: "file"), completion: .file())
    var off: String

    @Option(help: ArgumentHelp("Vacuum: local oscillator on, signal blocked.", valueName: "file"), completion: .file())
    var on: String

    @Option(
        help: ArgumentHelp(
            "Homodyne: which quadrature Bob measured. Default: what the signal names, or 'basis' beside it.",
            valueName: "file"), completion: .file())
    var basis: String?

    @Option(
        help: ArgumentHelp("homodyne or heterodyne.", valueName: "detection"),
        completion: .list(["homodyne", "heterodyne"]), transform: Self.detection)
    var detection: Detection

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Efficiency of Bob's receiver, from its connector to the ADC, 0 to 1.", valueName: "eta"))
    var efficiency: Double

    @Option(
        parsing: .unconditional, help: ArgumentHelp("One standard deviation of it.", valueName: "sigma"))
    var efficiencySigma = 0.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("√SNU per LSB of Alice's words. Default: what the recording says.", valueName: "scale"))
    var scale: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Relative standard deviation of the modulation variance by Alice's calibration.",
            valueName: "sigma"))
    var modulationSigma = 0.0

    @Option(parsing: .unconditional, help: ArgumentHelp("Failure probability of each bound.", valueName: "epsilon"))
    var epsilon = KeyRateDefaults.failureProbability

    @Option(parsing: .unconditional, help: ArgumentHelp("Reconciliation efficiency, 0 to 1.", valueName: "beta"))
    var reconciliation = KeyRateDefaults.reconciliation

    @Option(
        help: ArgumentHelp("trusted or untrusted. Default: trusted.", valueName: "trust"),
        completion: .list(["trusted", "untrusted"]), transform: Self.trust)
    var receiver: ReceiverModel.Trust = .trusted

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Symbols of Bob's after which Alice's are found in his recording, or auto.", valueName: "n|auto"))
    var delay = "auto"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Symbols of the block. Default: twice those that were recorded.", valueName: "n"))
    var blockSize: Double?

    @OptionGroup var recordings: RecordingOptions
    @OptionGroup var format: OutputOptions

    func validate() throws { _ = try assumptions() }

    func run() throws {
        let live = LiveLine()
        defer { live.end() }
        let files = LinkRecordings(modulation: modulation, signal: signal, basis: basis, off: off, on: on)
        let result = try EstimateResult(files, assumptions(), verify: recordings.verify, watcher: live.analysis)
        live.end()
        try Output.show(result.text, json: EstimateDocument(result), if: format.json)
    }

    private func assumptions() throws -> EstimateAssumptions {
        var shift: Int?
        if delay != "auto" {
            let farthest = Int(SymbolRuns.farthestDelay)
            guard let number = Int(delay), (-farthest...farthest).contains(number) else {
                throw ValidationError(
                    "--delay is a whole number of symbols, \(farthest) at most to either side, or auto, not '\(delay)'."
                )
            }
            shift = number
        }
        for (name, sigma) in [("efficiency-sigma", efficiencySigma), ("modulation-sigma", modulationSigma)] {
            guard sigma.isFinite, sigma >= 0, sigma < 1 else {
                throw ValidationError("--\(name) lies between 0 and 1, \(sigma) does not.")
            }
        }
        try Selectors.require(scale, positive: "scale")
        try Selectors.require(blockSize, positive: "block-size")
        guard blockSize.map({ (2...9e15).contains($0.rounded()) }) != false else {
            throw ValidationError("--block-size lies between 2 and 9e15 symbols.")
        }
        do throws(KeyRateFailure) {
            return try EstimateAssumptions(
                detection: detection, efficiency: efficiency, efficiencySigma: efficiencySigma,
                modulationSigma: modulationSigma, scale: scale, delay: shift, failureProbability: epsilon,
                reconciliation: reconciliation, trust: receiver, blockSize: blockSize.map { Int64($0.rounded()) })
        } catch {
            throw ValidationError("\(error).")
        }
    }

    @Sendable private static func detection(_ text: String) throws -> Detection {
        guard let detection = Detection(rawValue: text) else {
            throw ValidationError("A detection is homodyne or heterodyne.")
        }
        return detection
    }

    @Sendable private static func trust(_ text: String) throws -> ReceiverModel.Trust {
        guard let trust = ReceiverModel.Trust(rawValue: text) else {
            throw ValidationError("A receiver is trusted or untrusted.")
        }
        return trust
    }
}
