internal import CLibUSB
internal import UnitTransport

/// Addresses of a unit's endpoints, by their order in the vendor interface (firmware-schemas/README.md, section 2): a
/// device controller may number them as it must.
struct UnitEndpoints: Hashable {
    /// The first bulk OUT.
    let request: UInt8
    /// The first bulk IN: replies and events.
    let control: UInt8
    /// The second bulk IN.
    let stream: UInt8

    /// Reads them from the device's descriptors. Throws `.notAUnit` for what has not the interface of a unit.
    init(_ handle: OpaquePointer, _ node: String) throws(TransportError) {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        // Not the active one: libusb 1.0.26 does not know it for a wrapped descriptor. A unit has one configuration.
        let result = libusb_get_config_descriptor(libusb_get_device(handle), 0, &configuration)
        guard result == 0, let configuration else {
            throw USBDevice.failure("libusb_get_config_descriptor", node, result)
        }
        defer { libusb_free_config_descriptor(configuration) }
        guard configuration.pointee.bNumInterfaces > 0,
            let settings = configuration.pointee.interface.pointee.altsetting
        else { throw .notAUnit(path: node, reason: "it has no interfaces") }
        let first = settings.pointee
        guard first.bInterfaceClass == 0xFF, first.bInterfaceSubClass == 0x51, first.bInterfaceProtocol == 0x01 else {
            throw .notAUnit(path: node, reason: "its first interface is not FF/51/01")
        }
        let endpoints = UnsafeBufferPointer(start: first.endpoint, count: Int(first.bNumEndpoints))
        try self.init(bulk: endpoints.filter { $0.bmAttributes & 0x03 == 0x02 }.map(\.bEndpointAddress), node)
    }

    /// From the addresses of the interface's bulk endpoints, in order.
    init(bulk addresses: [UInt8], _ node: String) throws(TransportError) {
        let out = addresses.filter { $0 & 0x80 == 0 }
        let into = addresses.filter { $0 & 0x80 != 0 }
        guard out.count >= 1, into.count >= 2 else {
            throw .notAUnit(path: node, reason: "its first interface has not one bulk OUT and two bulk IN endpoints")
        }
        (request, control, stream) = (out[0], into[0], into[1])
    }
}
