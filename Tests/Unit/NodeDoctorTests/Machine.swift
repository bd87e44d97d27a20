import Foundation
import NodeDoctor
import Testing
import UnitTransport

/// A machine made of files: a folder with the parts of /sys, /proc, /etc that the checks read.
final class Machine {
    let root: String
    var libusb = "1.0.26"
    var clockIsSynchronised: Bool? = true

    /// Number of the group cvqkd: only root can give files to a group that it is not in.
    let group = getuid() == 0 ? 960 : Int(getgid())

    /// A node in order: rules, group, one unit on SuperSpeed, a user who is in the group.
    init() throws {
        root = "/tmp/cvqkd-doctor-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        for rules in CarriedRules.files where rules.name.hasPrefix("60") {
            try write("/etc/udev/rules.d/\(rules.name)", rules.text)
        }
        try write("/etc/group", "root:x:0:\ncvqkd:x:\(group):kim,sam\n")
        try write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000:Kim:/home/kim:/bin/sh\n")
        try log(in: 1000, groups: [1000, group])
        try write("/proc/sys/kernel/osrelease", "6.1.0-test\n")
        try write("/proc/sys/kernel/core_pattern", "core\n")
        try write("/proc/cmdline", "quiet init_on_free=1\n")
        try write("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
        try write(
            "/proc/self/limits",
            """
            Limit                     Soft Limit           Hard Limit           Units
            Max core file size        0                    unlimited            bytes
            Max locked memory         67108864             67108864             bytes

            """)
        try write("/sys/power/state", "freeze mem\n")
        try write("/sys/module/usbcore/parameters/usbfs_memory_mb", "16\n")
        try write("/sys/module/cdc_acm/version", "1\n")
        try plug("1-1", serial: "NOVA-B-0001", minor: 1)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func write(_ path: String, _ text: String) throws {
        let file = URL(fileURLWithPath: root + path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: root + path) }

    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + path, withDestinationPath: target)
    }

    /// Who runs the doctor. `capabilities` are the effective ones.
    func log(in user: Int, groups: [Int], capabilities: UInt64 = 0) throws {
        try write(
            "/proc/self/status",
            """
            Name:\tcvqkd
            Uid:\t\(user)\t\(user)\t\(user)\t\(user)
            Gid:\t\(user)\t\(user)\t\(user)\t\(user)
            Groups:\t\(groups.map(String.init).joined(separator: " "))
            CapEff:\t\(String(capabilities, radix: 16))

            """)
    }

    /// A unit as the kernel and udev show it when the rules have run. Its node is a plain file of this process's.
    func plug(_ name: String, serial: String, minor: Int, speed: String = "5000") throws {
        let folder = "/sys/bus/usb/devices/\(name)"
        let values = [
            "serial": serial, "speed": speed, "busnum": "1", "devnum": "\(minor + 1)", "dev": "189:\(minor)",
            "power/control": "on", "product": "NOVA LQ (emulated)",
        ]
        for (file, value) in values { try write("\(folder)/\(file)", value + "\n") }
        for (interface, triple) in [("1.0", ["ff", "51", "01"]), ("1.1", ["02", "02", "00"])] {
            for (file, value) in zip(["bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"], triple) {
                try write("/sys/bus/usb/devices/\(name):\(interface)/\(file)", value + "\n")
            }
        }
        try write("/sys/bus/usb/devices/\(name):1.1/tty/ttyACM\(minor)/dev", "166:\(minor)\n")
        let record = "I:1\nE:ID_MM_DEVICE_IGNORE=1\nG:cvqkd\nQ:cvqkd\nQ:systemd\nV:1\n"
        try write("/run/udev/data/c189:\(minor)", "S:cvqkd/\(serial)\n" + record)
        try write("/run/udev/data/c166:\(minor)", "S:cvqkd/\(serial)-serial\n" + record)
        let node = "/dev/bus/usb/001/\(String(format: "%03d", minor + 1))"
        try write(node, "")
        chmod(root + node, 0o660)
        try #require(chown(root + node, getuid(), gid_t(group)) == 0)
    }

    func diagnosis(_ unit: String? = nil) throws -> NodeDiagnosis {
        let facts = SystemFacts(
            tree: SystemTree(root: root), libusb: libusb, clockIsSynchronised: clockIsSynchronised)
        return NodeDiagnosis(of: facts, unit: try unit.map { text in try UnitSelector(text) })
    }

    /// The one finding of a check about a subject.
    func finding(_ check: String, _ subject: String? = nil) throws -> NodeFinding {
        let found = try diagnosis().findings.filter { $0.check == check && $0.subject == subject }
        try #require(found.count == 1, "\(check): \(found)")
        return found[0]
    }
}
