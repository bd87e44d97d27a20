import UnitEmulator

/// The pairs of a running emulator and their ports. Filled by one thread before anybody reads it.
final class Rack: @unchecked Sendable {
    // SAFETY: changed only before the control server starts and after it has ended.
    private(set) var pairs: [EmulatedPair] = []
    private var terminals: [PTYPort] = []
    private var devices: [USBIPPort] = []
    private var gadgets: [FunctionFSPort] = []
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

    /// Serves a pair's units, or one of them, at device controllers: those named, in their order, else the free ones.
    func addGadgets(
        _ pair: EmulatedPair, only: RunCommand.Served, controllers: [String], isSuperSpeed: Bool, directory: String
    ) throws {
        pairs.append(pair)
        let index = pair.configuration.index
        for (unit, name) in [(pair.alice, "alice"), (pair.bob, "bob")] {
            guard only == .both || only.rawValue == name else {
                let link = "\(directory)/\(name)-\(index)"
                terminals.append(try PTYPort(unit, link: link))
                lines.append("\(unit.configuration.serial) \(name) serial:\(link)")
                continue
            }
            let named = controllers.dropFirst(gadgets.count).first
            let controller = try named.map(DeviceController.named)
            if !controllers.isEmpty && controller == nil { throw GadgetError.allControllersBusy(controllers) }
            let port = try FunctionFSPort(unit, controller: controller, speed: isSuperSpeed ? .superSpeed : .high)
            gadgets.append(port)
            lines.append(
                "\(unit.configuration.serial) \(name) usb:\(unit.configuration.serial) on \(port.controller.name)")
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
        for gadget in gadgets { gadget.stop() }
        for pair in pairs { pair.stop() }
    }
}
