internal import CLibUdev
public import ForeignFiles
internal import Glibc
public import UnitTransport

/// Why the bus cannot be looked at.
public enum HotplugError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libudev failed; `call` says where.
    case udev(call: String)
    /// There is no thread to listen with.
    case thread(TransportError)
    /// Anybody could announce lines in the folder, and so choose what is opened.
    case announcements(ForeignFileRefusal)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .udev(let call): "\(call) failed: is /sys mounted, and is systemd-udevd running?"
        case .thread(let error): error.description
        case .announcements(let refusal): "lines cannot be announced there: \(refusal)"
        }
    }
}

/// What looks like a unit on this machine now: USB devices with the vendor interface FF/51/01, serial ports of such
/// devices, and the lines that are announced by a link in the unit directory.
public enum UnitDirectory {
    /// Folder whose links announce serial lines that nobody can recognise from outside: UARTs, pseudo-terminals.
    /// The environment variable `CVQKD_UNIT_DIRECTORY` replaces the usual `/run/cvqkd/units`; empty is not set.
    public static var announcementFolder: String {
        guard let value = getenv("CVQKD_UNIT_DIRECTORY"), value.pointee != 0 else { return "/run/cvqkd/units" }
        return String(cString: value)
    }

    /// All candidates, USB first, in order of their paths. `folder` is where lines are announced.
    public static func candidates(
        announcedIn folder: String = announcementFolder
    ) throws(HotplugError) -> [UnitCandidate] {
        guard let udev = udev_new() else { throw .udev(call: "udev_new") }
        defer { udev_unref(udev) }
        let devices = try usbDevices(udev)
        var found = devices.values.map { $0 }.sorted { $0.path < $1.path }
        found += try serialPorts(udev, of: devices)
        found += try announcedLines(folder)
        return found
    }

    /// Units on USB, by their sysfs path.
    private static func usbDevices(_ udev: OpaquePointer) throws(HotplugError) -> [String: UnitCandidate] {
        let interface = [("bInterfaceClass", "ff"), ("bInterfaceSubClass", "51"), ("bInterfaceProtocol", "01")]
        var devices: [String: UnitCandidate] = [:]
        try enumerate(udev, subsystem: "usb", attributes: interface) { device in
            guard let parent = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device"),
                let path = text(udev_device_get_syspath(parent)), let node = text(udev_device_get_devnode(parent))
            else { return }
            devices[path] = UnitCandidate(
                connection: .usb(node: node), serial: text(udev_device_get_sysattr_value(parent, "serial")),
                product: text(udev_device_get_sysattr_value(parent, "product")),
                isBootloader: text(udev_device_get_sysattr_value(parent, "idProduct")) == "0002",
                device: path)
        }
        return devices
    }

    /// CDC-ACM ports of those units.
    private static func serialPorts(
        _ udev: OpaquePointer, of devices: [String: UnitCandidate]
    ) throws(HotplugError) -> [UnitCandidate] {
        var ports: [UnitCandidate] = []
        try enumerate(udev, subsystem: "tty", attributes: []) { device in
            guard let parent = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device"),
                let path = text(udev_device_get_syspath(parent)), var unit = devices[path],
                let node = text(udev_device_get_devnode(device))
            else { return }
            unit.connection = .serial(path: node)
            ports.append(unit)
        }
        return ports.sorted { $0.path < $1.path }
    }

    /// Links that are looked at; a folder has as many as it has lines.
    private static let mostLines = 1_024

    /// Whoever may write to the folder chooses which lines are opened: this user, root, and the group that is there for
    /// it.
    private static func announcedLines(_ path: String) throws(HotplugError) -> [UnitCandidate] {
        let names: [String]
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(path)
            try folder.requireOwner(geteuid(), 0)
            try folder.requireWriters(.group)
            names = try folder.names(atMost: mostLines).names
        } catch {
            switch error {
            case .ofAnotherUser, .writableByOthers, .notAFolder, .notAFile: throw .announcements(error)
            default: return []
            }
        }
        return names.map { "\(path)/\($0)" }.filter { path in
            var status = stat()
            // A link whose line has gone leads nowhere; a folder or file is not a line.
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && isTerminal(status.st_rdev)
        }.map { UnitCandidate(connection: .serial(path: $0), serial: nil, product: nil, isBootloader: false) }
    }

    private static func enumerate(
        _ udev: OpaquePointer, subsystem: String, attributes: [(String, String)], body: (OpaquePointer) -> Void
    ) throws(HotplugError) {
        guard let enumeration = udev_enumerate_new(udev) else { throw .udev(call: "udev_enumerate_new") }
        defer { udev_enumerate_unref(enumeration) }
        udev_enumerate_add_match_subsystem(enumeration, subsystem)
        for (name, value) in attributes { udev_enumerate_add_match_sysattr(enumeration, name, value) }
        guard udev_enumerate_scan_devices(enumeration) >= 0 else { throw .udev(call: "udev_enumerate_scan_devices") }
        var entry = udev_enumerate_get_list_entry(enumeration)
        while let here = entry {
            if let path = udev_list_entry_get_name(here), let device = udev_device_new_from_syspath(udev, path) {
                body(device)
                udev_device_unref(device)
            }
            entry = udev_list_entry_get_next(here)
        }
    }

    /// Opening another character device can do harm (a watchdog resets the machine); sysfs knows what is a terminal.
    private static func isTerminal(_ number: dev_t) -> Bool {
        let (high, low) = ((number >> 8) & 0xFFF, (number & 0xFF) | ((number >> 12) & 0xFFF00))
        if (136...143).contains(high) { return true }  // Pseudo-terminals are not in sysfs.
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink("/sys/dev/char/\(high):\(low)/subsystem", &target, target.count)
        return count > 0
            && String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).hasSuffix("/tty")
    }

    /// A device's own words, without what would steer a terminal.
    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        guard let pointer else { return nil }
        let scalars = String(cString: pointer).unicodeScalars.map {
            $0.properties.generalCategory == .control ? "?" : $0
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
