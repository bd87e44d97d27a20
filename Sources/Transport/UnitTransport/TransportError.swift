internal import Glibc

/// What can go wrong between the host and a unit below the level of messages. Codes of the system are kept.
public enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing answers to this name. Look at the cable and at the list of what is connected.
    case notFound(String)
    /// It is there and may not be opened. `remedy` names the rule or group that is missing.
    case noPermission(path: String, remedy: String)
    /// Another program has it open. `holder` names it if the system tells.
    case busy(path: String, holder: String?)
    /// It is there and is not a unit of this kind.
    case notAUnit(path: String, reason: String)
    /// It was removed, or its line hung up. Everything that was pending fails with this.
    case gone(path: String)
    /// This end was closed.
    case closed
    /// The calling task was cancelled.
    case cancelled
    /// A frame is longer than the unit accepts.
    case tooLong(bytes: Int, limit: Int)
    /// The kernel's memory for USB transfers does not suffice for a stream.
    case usbMemory(USBMemoryShortage)
    /// The memory for raw key cannot be locked (bytes): key sessions are refused.
    case memoryNotLocked(bytes: Int)
    /// A session of purpose key over a socket: raw key does not leave the machine that the unit is plugged into. Run the
    /// session there.
    case keyOverSocket(path: String)
    /// The unit did not take a frame in time.
    case sendTimedOut(path: String, milliseconds: Int)
    /// The unit takes nothing, and this many bytes for it wait already.
    case sendBlocked(path: String, waiting: Int)
    /// A system call failed.
    case system(call: String, path: String, code: Int32)
    /// A libusb call failed.
    case usb(call: String, path: String, code: Int32, name: String)

    /// One or two sentences for a person: what happened, and what to try.
    public var description: String {
        switch self {
        case .notFound(let name): "\(name): no such unit. Check power and cable"
        case .noPermission(let path, let remedy): "\(path): permission denied. \(remedy)"
        case .busy(let path, let holder):
            "\(path) is in use\(holder.map { " by \($0)" } ?? " by another program"). Stop it first, or use the unit through it"
        case .notAUnit(let path, let reason): "\(path) is not a CV-QKD unit: \(reason)"
        case .gone(let path): "\(path): the unit is gone. Check the cable"
        case .closed: "the connection is closed"
        case .cancelled: "cancelled"
        case .tooLong(let bytes, let limit): "a frame of \(bytes) bytes is longer than the unit's limit of \(limit)"
        case .usbMemory(let shortage): shortage.description
        case .memoryNotLocked(let bytes):
            "\(bytes) bytes of memory for raw key cannot be locked. Raise the limit (ulimit -l, or LimitMEMLOCK= in the unit file)"
        case .keyOverSocket(let path):
            "\(path) is a socket: raw key does not leave the machine that the unit is plugged into. Run the key session there, or use another purpose"
        case .sendTimedOut(let path, let milliseconds):
            "\(path): the unit took no data for \(milliseconds) ms. Power-cycle it if this persists"
        case .sendBlocked(let path, let waiting):
            "\(path): the unit does not read; \(waiting) bytes wait for it. Power-cycle it if this persists"
        case .system(let call, let path, let code):
            "\(path): \(call) failed: \(String(cString: strerror(code))) (errno \(code))"
        case .usb(let call, let path, let code, let name): "\(path): \(call) failed: \(name) (libusb \(code))"
        }
    }
}
