internal import SerialTransport
internal import USBTransport
public import UnitTransport

/// Units that are plugged into this machine: the one place where what was found becomes a transport.
public enum LocalUnits {
    /// Opens what is there as a candidate. Throws what the transport throws.
    public static func open(_ candidate: UnitCandidate) throws(TransportError) -> any UnitTransport {
        switch candidate.connection {
        case .serial(let path): return try open(path: path, baud: nil)
        case .usb(let node):
            guard let number = candidate.serial else {
                throw .notAUnit(path: node, reason: "it has no serial number, which a unit must have")
            }
            return try USBTransport(node: node, serial: number)
        }
    }

    /// Opens a serial line; without a rate it stays as it is.
    public static func open(path: String, baud: UInt32?) throws(TransportError) -> any UnitTransport {
        try SerialTransport(path: path, baud: baud)
    }
}
