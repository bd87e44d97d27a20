internal import UnitTransport

/// A unit on USB as sysfs shows it: a device with the vendor interface FF/51/01.
struct ConnectedUnit: Sendable, Equatable {
    /// A serial port of the unit.
    struct Port: Sendable, Equatable {
        /// As ttyACM0.
        var name: String
        /// Major and minor number, as 166:0.
        var number: String
    }

    /// Folder in /sys/bus/usb/devices, as 1-1.
    var name: String
    var serial: String?
    var kind: TransportEndpoint.Kind
    /// The node below /dev/bus/usb.
    var node: String
    /// Major and minor number, as 189:3.
    var number: String
    /// `on` if the port never sleeps.
    var powerControl: String?
    /// Whether it has a CDC-ACM port in its descriptors.
    var hasSerialInterface: Bool
    var ports: [Port]

    /// For people and scripts: the serial number, or the place if it has none.
    var subject: String { serial ?? name }

    static func all(in tree: SystemTree) -> [ConnectedUnit] {
        let folder = "/sys/bus/usb/devices"
        let names = tree.names(folder)
        return names.compactMap { name in
            // Interfaces are 1-1:1.0 beside their device 1-1.
            let interfaces = names.filter { $0.hasPrefix("\(name):") }.map { "\(folder)/\($0)" }
            func isTriple(_ path: String, _ triple: [String]) -> Bool {
                ["bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"].map { tree.line("\(path)/\($0)") }
                    == triple
            }
            guard interfaces.contains(where: { isTriple($0, ["ff", "51", "01"]) }) else { return nil }
            let path = "\(folder)/\(name)"
            return ConnectedUnit(
                name: name, serial: tree.line("\(path)/serial"), kind: kind(tree.line("\(path)/speed")),
                node: node(tree.line("\(path)/busnum"), tree.line("\(path)/devnum")),
                number: tree.line("\(path)/dev") ?? "?", powerControl: tree.line("\(path)/power/control"),
                hasSerialInterface: interfaces.contains { tree.line("\($0)/bInterfaceClass") == "02" },
                ports: interfaces.flatMap { interface in
                    tree.names("\(interface)/tty").map {
                        Port(name: $0, number: tree.line("\(interface)/tty/\($0)/dev") ?? "?")
                    }
                })
        }
    }

    /// sysfs gives the speed in Mbit/s.
    private static func kind(_ speed: String?) -> TransportEndpoint.Kind {
        guard let speed = speed.flatMap({ Double($0) }) else { return .usbHigh }
        return speed >= 5000 ? .usbSuper : speed >= 480 ? .usbHigh : .usbFull
    }

    private static func node(_ bus: String?, _ device: String?) -> String {
        func padded(_ text: String?) -> String {
            let text = text ?? "?"
            return String(repeating: "0", count: max(0, 3 - text.count)) + text
        }
        return "/dev/bus/usb/\(padded(bus))/\(padded(device))"
    }
}
