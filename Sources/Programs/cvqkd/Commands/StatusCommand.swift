import ArgumentParser
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what a unit is doing: state, light, session, settings and read-backs.",
        discussion: """
            Observes only. A line that another program has open cannot be observed beside it: the error says who has it.

            EXAMPLE:
              cvqkd status usb:B-0001
            """)

    @OptionGroup var unit: UnitArgument
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report = try await LocalUnitFinder(task: "status").withUnit(unit.unit, access: .observe) { unit in
            let shutter = (try? await unit.shutter()) ?? nil
            return UnitStatus(
                unit.identity, try await unit.status(), try? await unit.opticalState(), shutter: shutter)
        }
        try Output.show(report.text, json: report, if: output.json)
    }
}

extension UnitStatus {
    /// For people.
    var text: Page {
        var sheet = Sheet()
        sheet.add("unit", "\(serial), \(role)\(emulated ? ", EMULATED" : "")")
        sheet.add("state", state + (activity == Activity.idle.description ? "" : ", \(activity)"))
        if faultCode != 0 { sheet.add("fault", "code \(faultCode) (the maker's), latched: switch the unit off and on") }
        sheet.add("light", light.isEmpty ? "none" : light.joined(separator: ", "))
        sheet.add("controlled by", controller ?? "nobody")
        if let session {
            sheet.add(purpose == nil ? "last session" : "session", session + (purpose.map { ", purpose \($0)" } ?? ""))
            sheet.add(
                "symbols",
                "\(NumberText.count(nextSymbol)) taken, \(NumberText.count(droppedSymbols)) of them lost in the unit, \(NumberText.count(framesSent)) frames"
            )
        }
        sheet.add("running for", NumberText.clock(uptime) + (uptime < 3600 ? " (min:s)" : " (h:min:s)"))
        optics?.add(to: &sheet, isBob: role == UnitRole.bob.description)
        return sheet.text
    }
}

extension UnitStatus.Optics {
    fileprivate func add(to sheet: inout Sheet, isBob: Bool) {
        if isBob {
            sheet.add("local oscillator", localOscillatorPower.map { NumberText.engineering($0, "W") })
        } else {
            sheet.add("signal power", signalPower.map { NumberText.engineering($0, "W") })
            sheet.add(
                "modulation",
                modulation + (modulationVariance.map { ", variance \(NumberText.significant($0)) SNU" } ?? ""))
            sheet.add("bias lock", biasLocked ? "locked" : "not locked")
            if let attenuationSet {
                sheet.add(
                    "attenuation",
                    "\(NumberText.significant(attenuationSet)) dB set, "
                        + (attenuationReadBack.map { "\(NumberText.significant($0)) dB read back" } ?? "no read-back"))
            }
        }
        sheet.add(
            "shutter",
            "\(shutterSet) set, \(shutterReadBack) read back"
                + (shutterSensor.map { ", \($0) by its sensor" } ?? "")
                + (shutterAgrees == false ? ": A CONTRADICTION, take it as open" : ""))
    }
}
