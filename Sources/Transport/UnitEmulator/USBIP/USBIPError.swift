import Glibc

/// Why a device could not be attached to the kernel's virtual host controller.
public enum USBIPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `vhci_hcd` is not there: load it (`modprobe vhci_hcd`), as root, outside containers without modules.
    case moduleNotLoaded
    /// The controller's file may not be written: run as root.
    case permissionDenied(path: String)
    /// All ports of that speed are taken: detach a device, or load the module on a kernel with more ports.
    case noFreePort(USBSpeed)
    /// The kernel refused the socket at that port; `code` is the errno.
    case attachRefused(port: Int, code: Int32)
    /// A system call failed for a reason outside USB/IP; `code` is the errno.
    case systemCall(name: String, code: Int32)

    /// One sentence on what is wrong and one on what to do.
    public var description: String {
        switch self {
        case .moduleNotLoaded:
            "The kernel has no virtual USB host controller. Load it as root with 'modprobe vhci_hcd'; Debian's "
                + "'cloud' kernels do not have the module."
        case .permissionDenied(let path):
            "Writing \(path) is not permitted. Attaching an emulated USB device needs root; use a pseudo-terminal "
                + "where that is not possible."
        case .noFreePort(let speed):
            "All \(speed) ports of the virtual USB host controller are taken. Stop another emulator, or free a port "
                + "by writing its number to \(VirtualHostController.directory)/detach."
        case .attachRefused(let port, let code):
            "The kernel refused the device at port \(port) (\(Self.text(code))). Look into 'dmesg' for lines with "
                + "vhci_hcd."
        case .systemCall(let name, let code):
            "\(name) failed (\(Self.text(code))). Check the limits of open files and of threads ('ulimit -a')."
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
