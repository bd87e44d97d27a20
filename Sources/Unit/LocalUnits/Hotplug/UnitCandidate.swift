public import UnitTransport

/// Something that looks like a unit, before anybody has talked to it.
public struct UnitCandidate: Sendable, Hashable {
    /// How it is connected.
    public enum Connection: Sendable, Hashable {
        /// A USB device; `node` is its usbfs node.
        case usb(node: String)
        /// A serial line.
        case serial(path: String)
    }

    /// How it is connected.
    public var connection: Connection
    /// Serial number, if the bus tells it. A UART or a pseudo-terminal does not.
    public var serial: String?
    /// Product text of the bus, if any.
    public var product: String?
    /// The USB device that it is or belongs to, as the bus names it: what tells two units with one serial number apart from
    /// two ways to one unit. Nil for a line that belongs to no such device.
    public var device: String?
    /// Whether the bus says that this is a bootloader.
    public var isBootloader: Bool

    /// A candidate with the given values.
    public init(
        connection: Connection, serial: String?, product: String?, isBootloader: Bool, device: String? = nil
    ) {
        self.connection = connection
        self.serial = serial
        self.product = product
        self.isBootloader = isBootloader
        self.device = device
    }

    /// How the candidate is named on a command line.
    public var selector: UnitSelector {
        switch connection {
        case .usb: .usb(serial: serial ?? "?")
        case .serial(let path): .serial(path: path, baud: nil)
        }
    }

    /// The node to open.
    public var path: String { connection.path }
}

extension UnitCandidate.Connection: CustomStringConvertible {
    /// The node to open.
    public var path: String {
        switch self {
        case .usb(let node): node
        case .serial(let path): path
        }
    }

    /// Whether it is a device on USB and not a serial line.
    public var isUSB: Bool {
        if case .usb = self { return true }
        return false
    }

    /// For a person.
    public var description: String { isUSB ? "USB \(path)" : path }
}
