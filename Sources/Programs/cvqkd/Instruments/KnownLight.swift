import ArgumentParser
import Calibration
import ExternalInstruments
import Foundation
import ReadableText
import UnitControl

/// Light of known power for the receiver's efficiency, as `calibrate bob` and `calibrate commission` take it.
struct KnownLightOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Light at Bob's signal connector, as a power meter read it, also as 12µW or -19dBm. It has to stay connected for the efficiency.",
            valueName: "W"), transform: Selectors.watts)
    var powerReading: Double?

    @Option(help: ArgumentHelp("Relative standard uncertainty of that reading.", valueName: "relative"))
    var powerUncertainty = 0.03

    @Option(
        help: ArgumentHelp(
            "Read that power now from this meter (scpi:/dev/usbtmc0), then wait for the fibre to be moved to Bob. Where nobody can be asked, --yes says that it is moved by then.",
            valueName: "meter"),
        transform: Selectors.instrument)
    var powerMeter: InstrumentSelector?

    @Option(help: ArgumentHelp("Wavelength of that light; the meter is set to it.", valueName: "nm"))
    var wavelength = 1550.0

    func validate() throws {
        if let powerReading { try Self.require(plausible: powerReading) }
        guard powerReading == nil || powerMeter == nil else {
            throw ValidationError("--power-reading and --power-meter exclude each other.")
        }
        guard (200...3000).contains(wavelength) else { throw ValidationError("--wavelength is in nm, 200 to 3000.") }
        try Selectors.require(powerUncertainty, fraction: "power-uncertainty")
    }

    /// Light that a photodiode of a receiver survives, W; 1 pW is what meters see.
    private static let plausible = 1e-12...0.05

    /// Refused before the minutes: what was typed may be in dBm.
    private static func require(plausible power: Double) throws {
        guard !plausible.contains(power) else { return }
        let asDecibels = 1e-3 * pow(10, power / 10)
        throw ValidationError(
            "--power-reading is in W, from 1 pW to 50 mW: \(NumberText.stated(power, digits: 4)) W cannot be light at Bob's "
                + "signal connector."
                + (plausible.contains(asDecibels)
                    ? " If it is in dBm, write \(NumberText.stated(power, digits: 4))dBm, which is \(NumberText.engineering(asDecibels, "W", digits: 3))."
                    : ""))
    }

    /// What was asked for; nil if nothing was.
    var light: KnownLight? {
        if let powerMeter {
            return .meter(powerMeter, wavelength: wavelength / 1e9, relativeSigma: powerUncertainty)
        }
        return powerReading.map {
            .entered(OpticalPowerReading(power: $0, sigma: powerUncertainty * $0, wavelength: wavelength / 1e9))
        }
    }
}

/// Where the known power comes from.
enum KnownLight: Sendable {
    /// Somebody read it.
    case entered(OpticalPowerReading)
    /// This meter is asked.
    case meter(InstrumentSelector, wavelength: Double, relativeSigma: Double)

    /// The reading. Both uncertainties: the scatter of 20 readings, and what was stated of the meter.
    func read(_ live: LiveLine) async throws -> OpticalPowerReading {
        switch self {
        case .entered(let reading): return reading
        case .meter(let selector, let wavelength, let relativeSigma):
            let meter = try await PowerMeter(selector, wavelength: wavelength)
            let found = try await meter.average(readings: 20, accuracy: 0) {
                live.show("power meter: reading \($0) of 20")
            }
            live.end()
            live.note("power  \(NumberText.engineering(found.power, "W")) by \(found.identification)")
            return OpticalPowerReading(found, relativeSigma: relativeSigma)
        }
    }

    /// Puts the light of units out, reads it back and shows it. Nobody is told to touch a fibre unless all are dark.
    static func showDark(_ units: [Unit], before what: String, _ live: LiveLine) async throws {
        for unit in units { try? await unit.lightDown() }
        let report = await LaserReport.read(units)
        live.note("light, read back before \(what):\n\(report.text)")
        guard report.areDark else { throw CommandFailure.notDark }
    }
}
