/// How a unit shows itself on USB: a vendor interface for frames (bulk OUT 0x01, bulk IN 0x81 for replies and events,
/// bulk IN 0x82 for the stream) and, beside it, a CDC-ACM serial port (bulk OUT 0x04, bulk IN 0x84).
public enum UnitUSBDescriptors {
    /// Which end of a link the unit is.
    public enum Role: Hashable, Sendable {
        /// Transmitter.
        case alice
        /// Receiver.
        case bob
    }

    /// What runs on the unit.
    public enum Firmware: Hashable, Sendable {
        /// The unit proper, product id 0x0001.
        case application
        /// The bootloader, product id 0x0002.
        case bootloader
    }

    /// pid.codes' vendor id.
    public static let vendorID: UInt16 = 0x1209
    /// Manufacturer string.
    static let manufacturer = "cvqkd"
    /// Class, subclass and protocol of the vendor interface.
    public static let vendorInterface: (UInt8, UInt8, UInt8) = (0xFF, 0x51, 0x01)
    /// Bulk OUT: requests.
    public static let requestEndpoint: UInt8 = 0x01
    /// Bulk IN: replies and events.
    public static let replyEndpoint: UInt8 = 0x81
    /// Bulk IN: stream frames.
    public static let streamEndpoint: UInt8 = 0x82
    /// Bulk OUT of the serial port: what the host types.
    public static let serialOutEndpoint: UInt8 = 0x04
    /// Bulk IN of the serial port.
    public static let serialInEndpoint: UInt8 = 0x84

    /// pid.codes test ids: for private tests and never for products that leave the house.
    public static func productID(_ firmware: Firmware) -> UInt16 { firmware == .application ? 0x0001 : 0x0002 }

    /// Product string, by which udev's rules know a unit.
    static func product(_ role: Role) -> String { role == .alice ? "NOVA LQ Alice" : "NOVA LQ Bob" }

    /// Descriptors of one unit. `serialNumber` identifies it and must not be empty.
    public static func descriptors(
        role: Role, serialNumber: String, speed: USBSpeed, firmware: Firmware = .application
    ) -> USBDescriptors {
        precondition(!serialNumber.isEmpty, "a unit without a serial number")
        return USBDescriptors(
            device: device(speed: speed, productID: productID(firmware)),
            configuration: configuration(speed: speed),
            binaryObjectStore: speed == .superSpeed ? binaryObjectStore : [],
            strings: [
                manufacturer, product(role), serialNumber, "CV-QKD unit", "CV-QKD unit console",
            ])
    }

    /// Class EF/02/01 tells the host to look for an interface association.
    private static func device(speed: USBSpeed, productID: UInt16) -> [UInt8] {
        let isSuper = speed == .superSpeed
        return [18, 0x01] + octets(isSuper ? 0x0300 : 0x0200) + [0xEF, 0x02, 0x01]
            // Size of control packets: itself at high speed, its binary logarithm at SuperSpeed.
            + [isSuper ? 9 : 64]
            + octets(vendorID) + octets(productID) + octets(0x0100) + [1, 2, 3, 1]
    }

    private static func configuration(speed: USBSpeed) -> [UInt8] {
        let interfaces =
            vendorFunction(packet: speed == .superSpeed ? 1024 : 512, isSuper: speed == .superSpeed, string: 4)
            // Interface association: 1 and 2 are one function.
            + [8, 0x0B, 1, 2, 0x02, 0x02, 0x00, 5]
            + interface(1, endpoints: 1, (0x02, 0x02, 0x00), string: 5)
            + [5, 0x24, 0x00] + octets(0x0110)  // header: CDC 1.10
            + [5, 0x24, 0x01, 0x00, 2]  // call management: none, data interface 2
            + [4, 0x24, 0x02, 0x02]  // ACM: line coding and control lines
            + [5, 0x24, 0x06, 1, 2]  // union: 1 controls 2
            + notification(0x83, speed)
            + interface(2, endpoints: 2, (0x0A, 0x00, 0x00), string: 0)
            + bulk(serialOutEndpoint, speed) + bulk(serialInEndpoint, speed)
        // Self-powered, takes nothing from the bus.
        return [9, 0x02] + octets(UInt16(9 + interfaces.count)) + [3, 1, 0, 0xC0, 0] + interfaces
    }

    private static func interface(
        _ number: UInt8, endpoints: UInt8, _ triple: (UInt8, UInt8, UInt8), string: UInt8
    ) -> [UInt8] {
        [9, 0x04, number, 0, endpoints, triple.0, triple.1, triple.2, string]
    }

    /// The vendor interface and its endpoints: four descriptors, seven with SuperSpeed's companions.
    static func vendorFunction(packet: UInt16, isSuper: Bool, string: UInt8) -> [UInt8] {
        [requestEndpoint, replyEndpoint, streamEndpoint].reduce(
            interface(0, endpoints: 3, vendorInterface, string: string)
        ) { $0 + bulk($1, packet: packet, isSuper: isSuper) }
    }

    private static func bulk(_ address: UInt8, _ speed: USBSpeed) -> [UInt8] {
        bulk(address, packet: speed == .superSpeed ? 1024 : 512, isSuper: speed == .superSpeed)
    }

    private static func bulk(_ address: UInt8, packet: UInt16, isSuper: Bool) -> [UInt8] {
        // Companion: bursts of 16 packets, no streams.
        [7, 0x05, address, 0x02] + octets(packet) + [0] + (isSuper ? [6, 0x30, 15, 0, 0, 0] : [])
    }

    /// Interrupt IN, 16 octets every 2^(9−1) × 125 µs = 32 ms.
    private static func notification(_ address: UInt8, _ speed: USBSpeed) -> [UInt8] {
        [7, 0x05, address, 0x03] + octets(16) + [9] + (speed == .superSpeed ? [6, 0x30, 0, 0] + octets(16) : [])
    }

    /// Two capabilities: USB 2.0 extension (no link power management) and SuperSpeed (high speed and 5 Gbit/s, all
    /// functions from high speed on, exit latencies of 10 µs and 32 µs).
    private static let binaryObjectStore: [UInt8] =
        [5, 0x0F] + octets(22) + [2]
        + [7, 0x10, 0x02, 0, 0, 0, 0]
        + [10, 0x10, 0x03, 0] + octets(0x000C) + [2, 10] + octets(32)

    private static func octets(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
}
