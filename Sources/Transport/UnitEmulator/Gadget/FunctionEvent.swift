/// What the kernel reports of a gadget's function: 12 octets each, read from endpoint 0.
enum FunctionEvent: Equatable {
    /// A controller has taken the gadget.
    case bound
    /// The gadget has left its controller.
    case unbound
    /// The host chose the configuration: the endpoints work. Also follows a bus reset, without `disabled` if that was
    /// not read in time.
    case enabled
    /// The endpoints are off: bus reset, other configuration, cable pulled.
    case disabled
    /// A control request to the interface that the kernel does not answer itself.
    case setup(USBSetup)
    /// The host sleeps.
    case suspended
    /// The host is back.
    case resumed
    /// A kind that this version does not know.
    case unknown(UInt8)

    static let size = 12

    /// All whole events in `bytes`.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [FunctionEvent] {
        stride(from: bytes.startIndex, to: bytes.endIndex - size + 1, by: size).map { start in
            let event = Array(bytes[start..<start + size])
            func pair(_ index: Int) -> UInt16 { UInt16(event[index]) | UInt16(event[index + 1]) << 8 }
            switch event[8] {
            case 0: return .bound
            case 1: return .unbound
            case 2: return .enabled
            case 3: return .disabled
            case 4:
                return .setup(
                    USBSetup(
                        requestType: event[0], request: event[1], value: pair(2), index: pair(4), length: pair(6)))
            case 5: return .suspended
            case 6: return .resumed
            default: return .unknown(event[8])
            }
        }
    }
}
