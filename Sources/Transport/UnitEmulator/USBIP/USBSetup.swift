/// The eight octets that begin every control transfer (USB 2.0, table 9-2).
public struct USBSetup: Hashable, Sendable {
    /// Direction (bit 7: in), type (bits 6…5: standard, class, vendor) and recipient (bits 4…0).
    public var requestType: UInt8
    /// Request code, within its type.
    public var request: UInt8
    /// wValue.
    public var value: UInt16
    /// wIndex; for an interface's request the interface number.
    public var index: UInt16
    /// wLength: octets of the data stage, at most.
    public var length: UInt16

    /// A setup packet from its five fields.
    public init(requestType: UInt8, request: UInt8, value: UInt16, index: UInt16, length: UInt16) {
        self.requestType = requestType
        self.request = request
        self.value = value
        self.index = index
        self.length = length
    }

    /// Whether the device sends the data stage.
    public var isIn: Bool { requestType & 0x80 != 0 }

    /// Whether chapter 9 of the USB specification defines the request; the server answers these itself.
    public var isStandard: Bool { requestType & 0x60 == 0 }
}
