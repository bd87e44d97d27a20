import Calibration
import ReadableText
import UnitControl
import UnitProtocol

/// What two units say of their light: shown before anybody is told to touch a fibre.
struct LaserReport: Sendable {
    struct UnitLightState: Sendable {
        var role: String
        var serial: String
        /// Whether the unit confirms that no light is on and the shutter, if any, is closed.
        var isDark: Bool
        /// Whether light is on, or has to be taken as on.
        var isLit: Bool
        /// Read back, for a person.
        var text: String
    }

    var units: [UnitLightState]

    /// All of them.
    var areDark: Bool { units.allSatisfy(\.isDark) }

    var text: Page {
        units.map { "\($0.isDark ? "dark     " : $0.isLit ? "LIGHT ON " : "DOUBTFUL ")  \($0.serial)  \($0.text)" }
            .lines
    }

    /// Reads status, settings and the power that the units measure themselves. A unit that does not answer is not dark.
    static func read(_ units: [Unit]) async -> LaserReport {
        var lights: [LightReading] = []
        for unit in units { lights.append(await LightReading(reading: unit)) }
        return LaserReport(lights)
    }

    init(_ lights: [LightReading]) {
        units = lights.map { light in
            UnitLightState(
                role: light.identity.role == .alice ? "alice" : "bob", serial: light.serial, isDark: light.isDark,
                isLit: light.readBack?.status.light.isEmpty != true, text: Self.text(light))
        }
    }

    private static func text(_ light: LightReading) -> String {
        guard let (status, optics) = light.readBack else {
            return "does not answer (\(light.failure.map { "\($0)" } ?? "")): TAKE ITS LASER AS ON"
        }
        let isAlice = light.identity.role == .alice
        let isLit = status.light.contains(.signalLaser) || status.light.contains(.localOscillator)
        var parts = ["\(isAlice ? "signal laser" : "local oscillator") \(isLit ? "ON" : "off")"]
        let power = isAlice ? optics.signalPower : optics.localOscillatorPower
        if power.isFinite { parts.append("read back \(NumberText.engineering(max(0, power), "W", digits: 3))") }
        if let shutter = light.shutter { parts.append("shutter \(shutter.isClosed ? "closed" : shutter.text)") }
        parts.append("state \(status.state)")
        return parts.joined(separator: ", ")
    }
}
