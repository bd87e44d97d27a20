import Glibc

/// Speed at which a device is attached; the raw value is the kernel's `enum usb_device_speed`.
public enum USBSpeed: Int, Hashable, Sendable, CustomStringConvertible {
    /// 480 Mbit/s, 512-octet bulk packets, the USB 2 hubs.
    case high = 3
    /// 5 Gbit/s, 1024-octet bulk packets, the USB 3 hubs.
    case superSpeed = 5

    /// As in USB's own texts.
    public var description: String { self == .high ? "high-speed" : "SuperSpeed" }
}

/// The files through which `vhci_hcd` is told of devices.
enum VirtualHostController {
    static let directory = "/sys/devices/platform/vhci_hcd.0"

    /// Hands `socket` to the first free port for `speed` and returns the port's number.
    ///
    /// The kernel takes its own reference to the socket: the caller closes its descriptor afterwards.
    static func attach(socket: Int32, deviceID: UInt32, speed: USBSpeed) throws(USBIPError) -> Int {
        let ports = try freePorts(speed: speed)
        for port in ports {
            let code = write("\(port) \(socket) \(deviceID) \(speed.rawValue)", to: directory + "/attach")
            switch code {
            case 0: return port
            // Another process was quicker.
            case EBUSY: continue
            case EACCES, EPERM, EROFS: throw .permissionDenied(path: directory + "/attach")
            default: throw .attachRefused(port: port, code: code)
            }
        }
        throw .noFreePort(speed)
    }

    /// Numbers of the ports that nobody uses, over all controllers.
    private static func freePorts(speed: USBSpeed) throws(USBIPError) -> [Int] {
        guard var text = read(directory + "/status") else { throw .moduleNotLoaded }
        var ports: [Int] = []
        var controller = 0
        // Further controllers have their own tables, but only the first one has the files.
        repeat {
            ports += freePorts(inStatus: text, speed: speed)
            controller += 1
            text = read("\(directory)/status.\(controller)") ?? ""
        } while !text.isEmpty
        return ports
    }

    /// Ports of `speed` in state 4 (VDEV_ST_NULL, free) of one status table: `hub port sta spd dev sockfd busid`.
    static func freePorts(inStatus text: String, speed: USBSpeed) -> [Int] {
        let hub = speed == .high ? "hs" : "ss"
        return text.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count >= 3, columns[0] == hub, Int(columns[2]) == 4 else { return nil }
            return Int(columns[1])
        }
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes in one call, as sysfs wants it; returns 0 or errno.
    private static func write(_ text: String, to path: String) -> Int32 {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return errno }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) >= 0 ? 0 : errno
    }
}
