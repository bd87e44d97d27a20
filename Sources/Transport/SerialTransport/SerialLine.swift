internal import CUnitIO
internal import Glibc
internal import UnitTransport

/// The descriptor of an open line, or of a socket that a far line is forwarded to, and the event that wakes its thread.
/// Closed once, by the transport.
final class SerialLine: Sendable {
    let path: String
    let descriptor: Int32
    /// Whether there is a socket in place of a line: what comes over it may have crossed a network.
    let isForwarded: Bool
    private let event: Int32
    private let open = Guarded(true)

    init(path: String, baud: UInt32?) throws(TransportError) {
        isForwarded = ForwardedLine.isSocket(path)
        let descriptor = isForwarded ? ForwardedLine.connect(path) : cu_serial_open(path, baud ?? 0)
        guard descriptor >= 0 else { throw Self.refusal(path: path, baud: baud, code: -descriptor) }
        let event = cu_event_create()
        guard event >= 0 else {
            Glibc.close(descriptor)
            throw .system(call: "eventfd", path: path, code: -event)
        }
        self.path = path
        self.descriptor = descriptor
        self.event = event
    }

    deinit { close() }

    func close() {
        let first = open.withLock { open in
            defer { open = false }
            return open
        }
        guard first else { return }
        if isForwarded { Glibc.close(descriptor) } else { cu_serial_close(descriptor) }
        Glibc.close(event)
    }

    /// Wakes the thread in `wait`.
    func wake() {
        open.withLock { open in
            if open { _ = cu_event_set(event) }
        }
    }

    func wait(
        forReading: Bool, forWriting: Bool, milliseconds: Int32
    ) -> (readable: Bool, writable: Bool, gone: Bool) {
        let wanted = (forReading ? Int32(CU_READABLE) : 0) | (forWriting ? Int32(CU_WRITABLE) : 0)
        let mask = cu_wait(descriptor, wanted, event, milliseconds)
        _ = cu_event_clear(event)
        guard mask >= 0 else { return (false, false, true) }
        return (mask & Int32(CU_READABLE) != 0, mask & Int32(CU_WRITABLE) != 0, mask & Int32(CU_GONE) != 0)
    }

    private static func refusal(path: String, baud: UInt32?, code: Int32) -> TransportError {
        switch code {
        case ENOENT, ENXIO, ENODEV, ECONNREFUSED: return .notFound(path)
        case EACCES, EPERM: return .noPermission(path: path, remedy: DevicePermission.remedy(for: path))
        case EAGAIN, EBUSY: return .busy(path: path, holder: DeviceHolder.find(path))
        case ENOTTY, EISDIR, EINVAL: return .notAUnit(path: path, reason: "it is not a serial line")
        case ERANGE: return .notAUnit(path: path, reason: "it cannot run at \(baud ?? 0) baud")
        default: return .system(call: "open", path: path, code: code)
        }
    }
}
