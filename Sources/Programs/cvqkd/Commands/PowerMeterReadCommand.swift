import ArgumentParser
import ExternalInstruments
import Foundation
import NodeReports
import ReadableText

struct PowerMeterReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Reads an optical power, with its uncertainty.",
        discussion: """
            The meter speaks SCPI over a serial line or USBTMC. It is set to watts and to the wavelength, and both are read \
            back. --accuracy is the limit of error in its data sheet or certificate; without it, only the scatter of the \
            readings is known, which says nothing about whether they are right.

            EXAMPLES:
              cvqkd power-meter read scpi:/dev/usbtmc0 --wavelength 1550 --accuracy 0.03
              cvqkd power-meter read scpi:/dev/ttyUSB1@9600 --wavelength 1550 --readings 100 --json
            """)

    @Argument(
        help: "scpi:/dev/usbtmcN, or scpi:/dev/PATH[@BAUD] for a serial line.", transform: Selectors.instrument)
    var instrument: InstrumentSelector

    @Option(help: ArgumentHelp("Wavelength of the light.", valueName: "nm"))
    var wavelength = 1550.0

    @Option(help: ArgumentHelp("Readings to average, 2 to 10000.", valueName: "n"))
    var readings = 20

    @Option(help: ArgumentHelp("Stated limit of error of the meter, relative: 0.03 is ±3 %.", valueName: "relative"))
    var accuracy: Double?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (2...10_000).contains(readings) else { throw ValidationError("--readings is 2 to 10000.") }
        guard (200...3000).contains(wavelength) else { throw ValidationError("--wavelength is in nm, 200 to 3000.") }
        try Selectors.require(accuracy ?? 0, fraction: "accuracy")
    }

    func run() async throws {
        let (selector, wavelength, readings, accuracy) = (instrument, wavelength, readings, accuracy)
        let live = LiveLine()
        let interruption = Interruption()
        let reading = try await interruption.cancellable {
            let meter = try await PowerMeter(selector, wavelength: wavelength / 1e9)
            return try await meter.average(readings: readings, accuracy: accuracy ?? 0) {
                live.show("reading \($0) of \(readings)")
            }
        }
        live.end()
        let document = PowerReadingDocument(reading, isAccuracyKnown: accuracy != nil)
        try Output.show(document.text, json: document, if: output.json)
    }
}

extension PowerReadingDocument {
    /// The table for people.
    var text: Page {
        var sheet = Sheet()
        let decibels = decibelMilliwatts.map { " (\(String(format: "%.3f", $0)) dBm)" } ?? ""
        sheet.add("power", NumberText.engineering(power, "W", digits: 5) + decibels)
        sheet.add("σ, scatter", NumberText.engineering(uncertainty.scatter, "W", digits: 2) + " (\(readings) readings)")
        sheet.add(
            "σ, meter",
            uncertainty.meter.map { NumberText.engineering($0, "W", digits: 2) } ?? "unknown: give --accuracy")
        sheet.add("σ", uncertainty.sigma.map { NumberText.engineering($0, "W", digits: 2) })
        sheet.add("wavelength", String(format: "%.1f nm", wavelength * 1e9))
        sheet.add("instrument", instrument)
        return sheet.text
    }
}

extension Selectors {
    @Sendable static func instrument(_ text: String) throws -> InstrumentSelector {
        do throws(InstrumentSelector.Fault) { return try InstrumentSelector(text) } catch {
            throw ValidationError("\(error).")
        }
    }
}
