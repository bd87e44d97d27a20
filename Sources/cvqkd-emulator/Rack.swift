import UnitEmulator

/// The pairs of a running emulator and their ports. Filled by one thread before anybody reads it.
final class Rack: @unchecked Sendable {
    // SAFETY: changed only before the control server starts and after it has ended.
    private(set) var pairs: [EmulatedPair] = []
    private var terminals: [PTYPort] = []
    private var devices: [USBIPPort] = []
    private(set) var lines: [String] = []

    func addTerminals(_ pair: EmulatedPair, directory: String) throws {
        pairs.append(pair)
        let index = pair.configuration.index
        for (unit, name) in [(pair.alice, "alice"), (pair.bob, "bob")] {
            let link = "\(directory)/\(name)-\(index)"
            terminals.append(try PTYPort(unit, link: link))
            lines.append("\(unit.configuration.serial) \(name) serial:\(link)")
        }
    }

    func addDevices(_ pair: EmulatedPair, isSuperSpeed: Bool) throws {
        pairs.append(pair)
        for (unit, name) in [(pair.alice, "alice"), (pair.bob, "bob")] {
            devices.append(try USBIPPort(unit, speed: isSuperSpeed ? .superSpeed : .high))
            lines.append("\(unit.configuration.serial) \(name) usb:\(unit.configuration.serial)")
        }
    }

    func unit(_ serial: String) -> EmulatedUnit? {
        for pair in pairs {
            if let unit = pair.unit(serial: serial) { return unit }
        }
        return nil
    }

    func stop() {
        for terminal in terminals { terminal.stop() }
        for device in devices { device.stop() }
        for pair in pairs { pair.stop() }
    }
}
