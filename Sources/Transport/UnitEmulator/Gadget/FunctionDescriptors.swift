/// What FunctionFS is told once about the vendor interface: its descriptors for each speed, and its string
/// (`linux/usb/functionfs.h`). All numbers little-endian.
enum FunctionDescriptors {
    /// The three sets, headed by magic number 3 (second version), length, flags and the number of descriptors in each.
    ///
    /// A unit has no full-speed mode; that set is there because the kernel reads the endpoints' addresses from it, and
    /// follows a null pointer without one (Linux 6.1).
    static var descriptors: [UInt8] {
        let full = UnitUSBDescriptors.vendorFunction(packet: 64, isSuper: false, string: 1)
        let high = UnitUSBDescriptors.vendorFunction(packet: 512, isSuper: false, string: 1)
        let superSpeed = UnitUSBDescriptors.vendorFunction(packet: 1024, isSuper: true, string: 1)
        let body = full + high + superSpeed
        let header: [UInt32] = [3, UInt32(24 + body.count), 1 | 2 | 4, 4, 4, 7]
        return header.flatMap(octets) + body
    }

    /// Magic number 2, length, one string in one language, 0x0409.
    static var strings: [UInt8] {
        let text = Array("CV-QKD unit".utf8) + [0]
        let header: [UInt32] = [2, UInt32(18 + text.count), 1, 1]
        return header.flatMap(octets) + [0x09, 0x04] + text
    }

    private static func octets(_ value: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8),
            UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 24),
        ]
    }
}
