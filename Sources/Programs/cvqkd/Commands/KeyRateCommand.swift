import ArgumentParser
import Charts
import Foundation
import NodeReports
import QuadratureAnalysis
import SignalAnalysis

struct KeyRateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key-rate",
        abstract: "Plans the key rate of a link, asymptotic and at a block size; or of a longer and longer fibre.",
        discussion: """
            Needs no unit. The figures are for planning: collective attacks, Gaussian modulation, reverse reconciliation, \
            a trusted or untrusted receiver; not a security claim. Rates are bits per symbol and may be negative: then \
            there is no key. The finite-size rate takes the calibration as exact; a measured link is 'cvqkd estimate'.

            EXAMPLES:
              cvqkd key-rate --detection heterodyne --modulation-variance 5 --loss 5 --excess-noise 0.01 --efficiency 0.6 \
            --electronic-noise 0.1 --block-size 1e8
              cvqkd key-rate --detection homodyne --receiver untrusted --modulation-variance 5 --excess-noise 0.01 \
            --efficiency 0.6 --electronic-noise 0.1 --sweep-distance 0:120:10 --svg rate.svg
            """)

    @OptionGroup var arguments: KeyRateArguments

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Transmittance of the channel, 0 to 1; or --loss.", valueName: "t"))
    var transmittance: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("Loss of the channel; or --transmittance.", valueName: "db"))
    var loss: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sweeps the fibre's length, in km, instead of one loss.", valueName: "from:to:step"),
        transform: DistanceRange.read)
    var sweepDistance: DistanceRange?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Of a sweep: loss of the fibre. Default: 0.2.", valueName: "db-per-km"))
    var fibreLoss: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Of a sweep: loss of connectors, splices and filters. Default: 0.", valueName: "db"))
    var otherLoss: Double?

    @Option(help: ArgumentHelp("Of a sweep: saves the plot.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("Of a sweep: saves the table.", valueName: "file"))
    var csv: String?

    @Flag(help: "Overwrite the files.")
    var force = false

    @OptionGroup var format: OutputOptions

    func validate() throws {
        if let svg, svg == csv { throw ValidationError("--svg and --csv name the same file.") }
        guard let sweepDistance else {
            for (name, given) in [
                ("fibre-loss", fibreLoss != nil), ("other-loss", otherLoss != nil), ("svg", svg != nil),
                ("csv", csv != nil),
            ] where given {
                throw ValidationError("--\(name) belongs to a sweep: give --sweep-distance FROM:TO:STEP.")
            }
            return try Self.check(arguments.scenario(), channel())
        }
        guard loss == nil, transmittance == nil else {
            throw ValidationError(
                "A sweep makes the loss from the distance: give --fibre-loss and --other-loss, "
                    + "not --loss or --transmittance.")
        }
        try Selectors.require(fibreLoss, positive: "fibre-loss")
        _ = try Self.channel(loss: otherLoss ?? 0, option: "other-loss")
        let sweep = try sweep(sweepDistance)
        _ = try Self.channel(loss: sweep.loss(sweepDistance.to), option: "sweep-distance")
        do throws(KeyRateFailure) { try sweep.check() } catch { throw ValidationError("\(error).") }
    }

    func run() async throws {
        for file in [svg, csv].compactMap(\.self) { try AtomicFile.check(file, replacing: force) }
        guard let sweepDistance else {
            let scenario = try arguments.scenario()
            let result = try scenario.result(channel())
            return try Output.show(
                KeyRateSheet.text(scenario, result), json: KeyRateDocument(scenario, result), if: format.json)
        }
        let sweep = try sweep(sweepDistance)
        let document = SweepDocument(
            sweep, try sweep.points(), asymptotic: try sweep.asymptoticReach(), finite: try sweep.finiteReach())
        let chart = try SweepChart.chart(sweep, document)
        try Output.show(
            SweepTable.page(sweep, document, chart, columns: Output.columns), json: document, if: format.json)
        for (file, text) in [(svg, chart.svg(width: 800, height: 480)), (csv, SweepTable.csv(document))] {
            guard let file else { continue }
            try AtomicFile.write(Data(text.utf8), to: file, replacing: force)
            Output.note("wrote \(file)")
        }
    }

    func sweep(_ range: DistanceRange) throws -> DistanceSweep {
        DistanceSweep(
            scenario: try arguments.scenario(), range: range, fibreLoss: fibreLoss ?? KeyRateDefaults.fibreLoss,
            otherLoss: otherLoss ?? 0)
    }

    func channel() throws -> Transmittance {
        switch (transmittance, loss) {
        case (let transmittance?, nil): return Transmittance(transmittance)
        case (nil, let loss?): return try Self.channel(loss: loss, option: "loss")
        case (nil, nil):
            throw ValidationError(
                "The channel is missing: give --loss DB, --transmittance T or --sweep-distance FROM:TO:STEP.")
        case (_?, _?): throw ValidationError("--loss and --transmittance both describe the channel: give one of them.")
        }
    }

    private static func channel(loss: Double, option: String) throws -> Transmittance {
        guard KeyRateDefaults.losses.contains(loss) else {
            throw ValidationError("--\(option) makes a loss of \(loss) dB; it lies between 0 and 200 dB.")
        }
        return Transmittance(loss: Decibels(loss))
    }

    /// Bad values are the command line's, with the reason.
    private static func check(_ scenario: KeyRateScenario, _ channel: Transmittance) throws {
        do throws(KeyRateFailure) { _ = try scenario.link(channel) } catch { throw ValidationError("\(error).") }
    }
}
