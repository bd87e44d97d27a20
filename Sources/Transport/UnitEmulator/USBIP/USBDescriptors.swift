/// The descriptors of a device with one configuration, as octets.
public struct USBDescriptors: Hashable, Sendable {
    /// Device descriptor, 18 octets.
    public var device: [UInt8]
    /// Configuration descriptor with everything that belongs to it: interfaces, endpoints, class descriptors.
    public var configuration: [UInt8]
    /// Binary device object store; SuperSpeed requires it, otherwise empty.
    public var binaryObjectStore: [UInt8]
    /// Strings by index minus one; all are offered as US English (0x0409).
    public var strings: [String]

    /// Descriptors as given; nothing is checked here, the kernel does.
    public init(device: [UInt8], configuration: [UInt8], binaryObjectStore: [UInt8] = [], strings: [String]) {
        self.device = device
        self.configuration = configuration
        self.binaryObjectStore = binaryObjectStore
        self.strings = strings
    }

    /// What GET_DESCRIPTOR with this wValue returns, uncut; nil stalls, as a device does for what it has not.
    public func answer(value: UInt16) -> [UInt8]? {
        let index = Int(value & 0xFF)
        switch value >> 8 {
        case 0x01: return device
        case 0x02: return index == 0 ? configuration : nil
        case 0x03: return string(index)
        case 0x0F: return binaryObjectStore.isEmpty ? nil : binaryObjectStore
        default: return nil
        }
    }

    private func string(_ index: Int) -> [UInt8]? {
        guard index != 0 else { return [4, 0x03, 0x09, 0x04] }
        guard index <= strings.count else { return nil }
        // bLength is one octet: 126 UTF-16 units at most.
        let units = strings[index - 1].utf16.prefix(126)
        return [UInt8(2 + 2 * units.count), 0x03] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    /// An endpoint as the configuration describes it.
    struct Endpoint: Hashable {
        var address: UInt8
        /// Interface that it belongs to.
        var interface: UInt8
        var isBulk: Bool
    }

    /// Endpoints in the order of the configuration. Descriptors begin with their length and their type.
    var endpoints: [Endpoint] {
        var found: [Endpoint] = []
        var interface: UInt8 = 0
        var offset = 0
        while offset + 2 <= configuration.count, configuration[offset] >= 2 {
            let next = offset + Int(configuration[offset])
            guard next <= configuration.count else { break }
            if configuration[offset + 1] == 0x04, next - offset >= 9 {
                interface = configuration[offset + 2]
            }
            if configuration[offset + 1] == 0x05, next - offset >= 7 {
                let isBulk = configuration[offset + 3] & 0x03 == 0x02
                found.append(
                    Endpoint(address: configuration[offset + 2], interface: interface, isBulk: isBulk))
            }
            offset = next
        }
        return found
    }

    /// Number of interfaces, bNumInterfaces.
    var interfaceCount: Int { configuration.count > 4 ? Int(configuration[4]) : 0 }

    /// bConfigurationValue.
    var configurationValue: UInt8 { configuration.count > 5 ? configuration[5] : 0 }

    /// Whether the configuration says that the device has its own supply.
    var isSelfPowered: Bool { configuration.count > 7 && configuration[7] & 0x40 != 0 }
}
