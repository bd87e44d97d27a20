import ReadableText
import UnitControl
import UnitProtocol

/// Whether light leaves a unit, as it reads back: to be seen before anybody uncouples a fibre.
enum LightReport {
    static func line(_ unit: Unit) async -> String {
        let name = "\(unit.identity.role) \(unit.identity.serial)"
        guard let state = try? await unit.opticalState() else {
            return
                "light  \(name): UNKNOWN, the unit does not answer. Uncouple nothing before a power meter says that it is dark"
        }
        if unit.identity.role == .alice {
            let isOn = state.light.contains(.signalLaser)
            return "light  \(name): signal laser \(isOn ? "ON" : "off"), monitor photodiode "
                + "\(NumberText.engineering(state.signalPower, "W", digits: 3)) (read back)"
        }
        let isOn = state.light.contains(.localOscillator)
        let shutter = ((try? await unit.shutter()) ?? nil).map { ", shutter \($0.text) (read back)" }
        return "light  \(name): local oscillator \(isOn ? "ON" : "off"), "
            + "\(NumberText.engineering(state.localOscillatorPower, "W", digits: 3))\(shutter ?? " (read back)")"
    }
}
