import ArgumentParser
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol

struct InfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows who a unit is and what it can do.",
        discussion: """
            Observes only: the unit's light and settings stay as they are. What the unit states about its optics is \
            shown as stated; nothing is measured.

            EXAMPLE:
              cvqkd info serial:/dev/ttyUSB0@921600
            """)

    @OptionGroup var unit: UnitArgument
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let info = try await LocalUnitFinder(task: "info").withUnit(unit.unit, access: .observe) { unit in
            UnitInfo(unit.identity, try await unit.capabilities())
        }
        try Output.show(info.text, json: info, if: output.json)
    }
}

extension UnitInfo {
    /// For people; what belongs to the other role is left out.
    var text: Page {
        var sheet = Sheet()
        sheet.add("unit", "\(serial), \(role)\(emulated ? ", EMULATED: no optics behind it" : "")")
        sheet.add("model", model)
        sheet.add("firmware", firmware)
        sheet.add("connection", "\(connection), \(path) (\(selector))")
        sheet.add("starts", "\(bootCount) since manufacture, the last by \(resetCause)")
        sheet.add(
            "heartbeat",
            "every \(NumberText.stated(heartbeatInterval)) s; dark after \(NumberText.stated(heartbeatTimeout)) s without"
        )
        sheet.add("can do", capabilities.joined(separator: ", "))
        sheet.add(
            "symbol rate",
            "\(NumberText.stated(symbolRate.minimum ?? .nan, "Symbol/s")) … "
                + NumberText.stated(symbolRate.maximum ?? .nan, "Symbol/s"))
        sheet.add(
            "stream",
            "frames up to \(NumberText.count(maximumFrameBytes)) B, FIFO of \(NumberText.count(streamBufferBytes)) B")
        sheet.add(
            "single measurements",
            "\(NumberText.count(maximumCaptureSamples)) samples captured, \(NumberText.count(maximumMomentSamples)) summed"
        )
        sheet.add("warm-up", warmUpTime.map { "\(NumberText.stated($0)) s" })
        if role == UnitRole.bob.description {
            sheet.add(
                "detection",
                "\(detection), local oscillator \(localOscillator), \(adcBits)-bit converter, \(sampleFormats.joined(separator: " "))"
            )
            sheet.add(
                "efficiency η",
                detectorEfficiency.map {
                    NumberText.estimate($0, sigma: detectorEfficiencySigma ?? .nan) + ", as the unit states"
                })
            sheet.add("local oscillator", nominalLocalOscillatorPower.map { NumberText.stated($0, "W") + " nominal" })
            sheet.add("shutter settles in", shutterSettling.map { NumberText.stated($0, "s") })
            sheet.add("delay", "up to \(NumberText.count(maximumDelay)) symbols")
        } else {
            sheet.add("modulation variance", maximumModulationVariance.map { "up to \(NumberText.stated($0)) SNU" })
            sheet.add(
                "attenuation",
                "\(NumberText.stated(attenuation.minimum ?? .nan)) … \(NumberText.stated(attenuation.maximum ?? .nan)) dB"
            )
        }
        return sheet.text
    }
}
