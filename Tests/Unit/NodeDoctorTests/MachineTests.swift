import Foundation
import NodeDoctor
import Testing

/// Everything about the machine and its kernel, one file at a time.
@Suite struct MachineTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var path: String
        /// Nil removes the file.
        var text: String?
        var check: String
        var subject: String?
        var state: NodeFinding.State
        /// Words of what is found, of what it threatens, and of the command.
        var words: [String]

        init(
            _ path: String, _ text: String?, _ check: String, _ state: NodeFinding.State, _ words: String...,
            subject: String? = nil
        ) {
            (self.path, self.text, self.check, self.subject) = (path, text, check, subject)
            (self.state, self.words) = (state, words)
        }

        var testDescription: String { "\(path) \(text ?? "missing")" }
    }

    private static let swapHeader = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    private static let unit = "NOVA-B-0001"
    private static let power = "/sys/bus/usb/devices/1-1/power/control"
    private static let limit = "/sys/module/usbcore/parameters/usbfs_memory_mb"

    static let cases = [
        Case(
            power, "auto\n", "autosuspend", .failure, "is auto", "goes dark", "echo on | sudo tee \(power)",
            subject: unit),
        Case(power, nil, "autosuspend", .unknown, "cannot be read", subject: unit),
        Case(limit, "16\n", "usbfs-memory", .ok, "1 unit needs 1 × 16 × 257 KiB", "the limit is 16 MiB"),
        Case(limit, "0\n", "usbfs-memory", .ok, "no limit"),
        Case(
            limit, "4\n", "usbfs-memory", .warning, "4.1 MiB in all", "fewer transfers", "- - - - 32'",
            "systemd-tmpfiles"),
        Case(limit, "1\n", "usbfs-memory", .failure, "not even with 4 transfers"),
        Case(limit, nil, "usbfs-memory", .unknown, "cannot be read"),
        Case("/sys/module/cdc_acm/version", nil, "cdc-acm", .ok, "loaded"),
        Case("/sys/module/vhci_hcd/version", "1", "virtual-usb", .ok, "vhci_hcd loaded, for tests"),
        Case(
            "/proc/77/comm", "ModemManager\n", "modem-manager", .ok, "runs, and leaves /dev/ttyACM1 alone",
            subject: unit),
        Case("/proc/swaps", swapHeader, "swap", .ok, "none"),
        Case(
            "/proc/swaps", swapHeader + "/dev/sda2\tpartition\t8\t0\t-2\n", "swap", .warning, "/dev/sda2",
            "swapoff /dev/sda2"),
        Case("/proc/swaps", swapHeader + "/swapfile\tfile\t8\t0\t-2\n", "swap", .warning, "/swapfile"),
        Case("/proc/swaps", swapHeader + "/dev/zram0\tpartition\t8\t0\t100\n", "swap", .ok, "in memory"),
        Case("/proc/swaps", swapHeader + "/dev/dm-1\tpartition\t8\t0\t-2\n", "swap", .warning, "/dev/dm-1"),
        Case("/proc/swaps", nil, "swap", .unknown),
        Case("/sys/power/state", "freeze mem disk\n", "hibernation", .ok, "no swap on a disk"),
        Case(
            "/proc/cmdline", "quiet init_on_free=0\n", "init-on-free", .warning, "switched off", "freed pages",
            "update-grub"),
        Case("/proc/cmdline", "quiet\n", "init-on-free", .unknown, "cannot be read"),
        Case("/proc/cmdline", "init_on_free=0 init_on_free=1\n", "init-on-free", .ok, "command line"),
        Case("/proc/sys/kernel/core_pattern", "core\n", "core-files", .ok, "the limit of this login is 0"),
        Case(
            "/proc/sys/kernel/core_pattern", "|/lib/systemd/systemd-coredump %P\n", "core-files", .warning,
            "go to /lib/systemd/systemd-coredump, whatever the limit", "sysctl"),
        Case(
            "/proc/self/limits", "Max locked memory         65536                65536                bytes\n",
            "locked-memory", .warning, "locks 8 MiB", "may lock 0.1 MiB", "refused", "'@cvqkd - memlock 16384'"),
        Case("/proc/self/limits", nil, "locked-memory", .unknown),
        Case(
            "/proc/self/limits", "Max core file size        unlimited            unlimited            bytes\n",
            "core-files", .warning, "written as 'core'"),
    ]

    @Test(arguments: cases) func `one file decides`(item: Case) throws {
        let machine = try Machine()
        if let text = item.text { try machine.write(item.path, text) } else { try machine.remove(item.path) }
        let finding = try machine.finding(item.check, item.subject)
        #expect(finding.state == item.state, "\(finding)")
        let said = [finding.found, finding.threatens ?? "", finding.repair ?? ""].joined(separator: "\n")
        for word in item.words { #expect(said.contains(word), "\(said)") }
        #expect((finding.state == .ok) == (finding.threatens == nil))
    }

    @Test(arguments: [
        ("1.0.26", NodeFinding.State.ok), ("1.0.27", .ok), ("1.1.0", .ok), ("1.0.25", .warning), ("0.9.99", .warning),
        ("?", .unknown),
    ])
    func `libusb is 1.0.26 at least`(version: String, state: NodeFinding.State) throws {
        let machine = try Machine()
        machine.libusb = version
        #expect(try machine.finding("libusb").state == state)
    }

    @Test func `a clock that nobody keeps is a warning, unless timesyncd says otherwise`() throws {
        let machine = try Machine()
        machine.clockIsSynchronised = false
        #expect(try machine.finding("clock").repair == "sudo timedatectl set-ntp true")
        machine.clockIsSynchronised = nil
        #expect(try machine.finding("clock").state == .unknown)
        try machine.write("/run/systemd/timesync/synchronized", "")
        #expect(try machine.finding("clock").state == .ok)
    }

    @Test func `encrypted swap is known by device mapper's uuid, and may be hibernated to`() throws {
        let machine = try Machine()
        try machine.write("/sys/power/state", "freeze mem disk\n")
        try machine.write("/proc/swaps", Self.swapHeader + "/dev/dm-1\tpartition\t8\t0\t-2\n")
        #expect(try machine.finding("hibernation").state == .warning)
        try machine.write("/sys/block/dm-1/dm/uuid", "CRYPT-LUKS2-0123-swap\n")
        #expect(try machine.finding("swap").found == "/dev/dm-1 encrypted")
        #expect(try machine.finding("hibernation").state == .ok)
    }

    @Test func `zram that writes back to a disk is swap on a disk`() throws {
        let machine = try Machine()
        try machine.write("/proc/swaps", Self.swapHeader + "/dev/zram0\tpartition\t8\t0\t-2\n")
        try machine.write("/sys/block/zram0/backing_dev", "/dev/sda5\n")
        #expect(try machine.finding("swap").state == .warning)
    }

    @Test func `hibernation that systemd masks is ok`() throws {
        let machine = try Machine()
        try machine.write("/sys/power/state", "freeze mem disk\n")
        try machine.write("/proc/swaps", Self.swapHeader + "/dev/sda2\tpartition\t8\t0\t-2\n")
        let repair = try #require(try machine.finding("hibernation").repair)
        #expect(repair.hasPrefix("sudo systemctl mask hibernate.target"))
        try machine.write("/etc/systemd/system/.keep", "")
        for target in repair.split(separator: " ").dropFirst(3) {
            try machine.link("/etc/systemd/system/\(target)", to: "/dev/null")
        }
        #expect(try machine.finding("hibernation").state == .ok)
    }

    @Test func `the kernel's own default is read from its configuration`() throws {
        let machine = try Machine()
        try machine.write("/proc/cmdline", "quiet\n")
        try machine.write("/boot/config-6.1.0-test", "CONFIG_INIT_ON_FREE_DEFAULT_ON=y\n")
        #expect(try machine.finding("init-on-free").state == .ok)
        try machine.write("/boot/config-6.1.0-test", "# CONFIG_INIT_ON_FREE_DEFAULT_ON is not set\n")
        #expect(try machine.finding("init-on-free").state == .warning)
    }

    @Test func `ModemManager is a failure where nothing tells it to leave the port alone`() throws {
        let machine = try Machine()
        try machine.write("/run/udev/data/c166:1", "E:ID_BUS=usb\n")
        #expect(try machine.finding("modem-manager").found == "not installed")
        try machine.write("/usr/sbin/ModemManager", "")
        #expect(try machine.finding("modem-manager", Self.unit).state == .warning)
        try machine.write("/proc/77/comm", "ModemManager\n")
        #expect(try machine.finding("modem-manager", Self.unit).state == .failure)
        #expect(try machine.finding("modem-manager", Self.unit).repair?.contains("udevadm trigger") == true)
    }

    @Test func `a unit whose serial port has no driver is told from a machine that only has not loaded it`() throws {
        let machine = try Machine()
        try machine.remove("/sys/module/cdc_acm")
        #expect(try machine.finding("cdc-acm").state == .unknown)
        try machine.write("/lib/modules/6.1.0-test/modules.dep", "kernel/drivers/usb/class/cdc-acm.ko.xz: a b\n")
        #expect(try machine.finding("cdc-acm").found.contains("loaded when a unit asks"))
        try machine.remove("/sys/bus/usb/devices/1-1:1.1/tty")
        #expect(try machine.finding("cdc-acm").repair == "sudo modprobe cdc_acm")
        try machine.write("/lib/modules/6.1.0-test/modules.dep", "kernel/fs/ext4/ext4.ko:\n")
        #expect(try machine.finding("cdc-acm").found == "this kernel has no driver for the units' serial ports")
    }

    @Test func `the budget counts every unit at its speed`() throws {
        let machine = try Machine()
        for number in 2...5 { try machine.plug("1-\(number)", serial: "U-\(number)", minor: number) }
        let four = try machine.finding("usbfs-memory")
        #expect(four.state == .warning)
        #expect(four.found.contains("5 units need 5 × 16 × 257 KiB"))
        try machine.plug("1-6", serial: "U-6", minor: 6, speed: "480")
        #expect(try machine.finding("usbfs-memory").found.contains("5 × 16 × 257 KiB + 1 × 16 × 65 KiB"))
        #expect(try machine.finding("locked-memory").found.contains("6 key sessions lock 42 MiB"))
    }

    @Test func `with a unit, others are left out`() throws {
        let machine = try Machine()
        try machine.plug("1-2", serial: "NOVA-A-0001", minor: 2)
        let subjects = Set(try machine.diagnosis("NOVA-A-0001").findings.compactMap(\.subject))
        #expect(subjects == ["NOVA-A-0001"])
        #expect(Set(try machine.diagnosis("serial:/dev/ttyACM1").findings.compactMap(\.subject)) == ["NOVA-B-0001"])
        let absent = try machine.diagnosis("usb:NOVA-X-9999").findings.filter { $0.subject == "NOVA-X-9999" }
        #expect(absent.map(\.check) == ["connected"])
        #expect(absent.map(\.state) == [.failure])
    }

    @Test func `a unit that this user may not open is a failure that says why`() throws {
        let machine = try Machine()
        #expect(try machine.finding("access", Self.unit).state == .ok)
        try machine.remove("/dev/bus/usb/001/002")
        #expect(try machine.finding("access", Self.unit).state == .failure)
    }
}
