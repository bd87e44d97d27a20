import UnitControl
import UnitProtocol

/// What two units say of their light: shown before anybody is told to touch a fibre.
struct LaserReport: Encodable, Sendable {
    struct UnitLightState: Encodable, Sendable {
        var role: String
        var serial: String
        /// Whether the unit confirms that no light is on and the shutter, if any, is closed.
        var isDark: Bool
        /// Read back, for a person.
        var text: String
    }

    var units: [UnitLightState]

    /// All of them.
    var areDark: Bool { units.allSatisfy(\.isDark) }

    var text: String {
        units.map { "\($0.isDark ? "dark     " : "LIGHT ON ")  \($0.serial)  \($0.text)" }.joined(separator: "\n")
    }

    /// Reads status, settings and the power that the units measure themselves. A unit that does not answer is not dark.
    static func read(_ units: [Unit]) async -> LaserReport {
        var states: [UnitLightState] = []
        for unit in units {
            let role = unit.identity.role == .alice ? "alice" : "bob"
            do {
                states.append(try await state(unit, role))
            } catch {
                states.append(
                    UnitLightState(
                        role: role, serial: unit.identity.serial, isDark: false,
                        text: "does not answer (\(error)): TAKE ITS LASER AS ON"))
            }
        }
        return LaserReport(units: states)
    }

    private static func state(_ unit: Unit, _ role: String) async throws(UnitError) -> UnitLightState {
        let status = try await unit.status()
        let optics = try await unit.opticalState()
        let name = role == "alice" ? "signal laser" : "local oscillator"
        let isLit = status.light.contains(.signalLaser) || status.light.contains(.localOscillator)
        var parts = ["\(name) \(isLit ? "ON" : "off")"]
        let power = role == "alice" ? optics.signalPower : optics.localOscillatorPower
        if power.isFinite { parts.append("read back \(NumberText.engineering(max(0, power), "W", digits: 3))") }
        if unit.identity.capabilities.contains(.shutter) {
            parts.append("shutter \(optics.shutterReadBack == .closed ? "closed" : "OPEN")")
        }
        parts.append("state \(status.state)")
        return UnitLightState(
            role: role, serial: unit.identity.serial, isDark: status.light.isEmpty, text: parts.joined(separator: ", "))
    }
}
