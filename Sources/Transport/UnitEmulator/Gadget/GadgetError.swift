import Glibc

/// Why a unit could not be put behind a USB device controller of this machine.
public enum GadgetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kernel's gadget files may not be changed: run as root.
    case notRoot(path: String)
    /// A kernel module is not there: load it, as root.
    case moduleMissing(String)
    /// The machine has no USB device controller, or its driver is not loaded.
    case noController
    /// No controller has this name; `known` are those that there are.
    case unknownController(String, known: [String])
    /// A gadget uses the controller: stop it, or choose another controller.
    case controllerBusy(String, holder: String?)
    /// All controllers are in use: stop a gadget, or serve fewer units.
    case allControllersBusy([String])
    /// Another process serves a unit of this serial number as a gadget.
    case serialTaken(String)
    /// The controller has not the endpoints that a unit needs, or refused the gadget; `code` is the errno.
    case bindRefused(controller: String, code: Int32)
    /// A file operation failed for another reason; `code` is the errno.
    case system(call: String, path: String, code: Int32)

    /// One sentence on what is wrong and one on what to do.
    public var description: String {
        switch self {
        case .notRoot(let path):
            "Making a USB gadget needs root: \(path) may not be changed. Run the emulator with sudo."
        case .moduleMissing(let name):
            "The kernel module '\(name)' is not loaded, or this kernel is without it. Load it as root with "
                + "'modprobe \(name)'; a board's own kernel needs CONFIG_USB_CONFIGFS."
        case .noController:
            "This machine has no USB device controller (/sys/class/udc is empty). On a board, load the controller's "
                + "driver and set its port to device mode; elsewhere 'modprobe dummy_hcd is_super_speed=1 num=2'."
        case .unknownController(let name, let known):
            "There is no USB device controller '\(name)'. There \(known.count == 1 ? "is" : "are") "
                + "\(known.joined(separator: ", ")): name one of them with --udc."
        case .controllerBusy(let name, let holder):
            "The USB device controller '\(name)' is in use\(holder.map { " by the gadget '\($0)'" } ?? ""). Stop that "
                + "gadget, or name another controller with --udc."
        case .allControllersBusy(let names):
            "All USB device controllers (\(names.joined(separator: ", "))) are in use. Stop a gadget, or serve one "
                + "unit with --only alice or --only bob."
        case .serialTaken(let serial):
            "Another emulator serves \(serial) as a USB gadget: a serial number is served once. Stop that emulator."
        case .bindRefused(let controller, let code):
            "The USB device controller '\(controller)' refused the unit (\(Self.text(code))). A unit needs one bulk "
                + "OUT and two bulk IN endpoints; look into 'dmesg' for what the controller says."
        case .system(let call, let path, let code):
            "\(call) \(path) failed (\(Self.text(code))). Look into 'dmesg'."
        }
    }

    private static func text(_ code: Int32) -> String {
        // strerror's static buffer is shared by all threads.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "errno \(code)"
            }
            return "\(String(cString: base)), errno \(code)"
        }
    }
}
