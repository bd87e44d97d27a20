import Foundation
import Testing
import UnitTransport

/// What "permission denied" is explained with: exactly what is missing.
@Suite struct PermissionTests {
    private static let node = "/dev/bus/usb/001/002"

    private func remedy(_ machine: Machine) -> String {
        DevicePermission.remedy(for: Self.node, in: SystemTree(root: machine.root))
    }

    @Test func `no rules, no group, rules not applied: each is said`() throws {
        let machine = try Machine()
        // As the kernel makes it, before any rule: root's, 664.
        chmod(machine.root + Self.node, 0o644)
        #expect(
            remedy(machine)
                == "/etc/udev/rules.d/60-cvqkd.rules has not been applied to it: \(DevicePermission.applyRules)")
        try machine.write("/etc/group", "root:x:0:\n")
        #expect(
            remedy(machine).contains(
                "The group cvqkd of /etc/udev/rules.d/60-cvqkd.rules does not exist: sudo groupadd"))
        try machine.remove("/etc/udev/rules.d/60-cvqkd.rules")
        #expect(
            remedy(machine).hasPrefix("The udev rules 60-cvqkd.rules are not installed: cvqkd doctor --print-rules"))
    }

    @Test func `who is not in the group, and whose login is too old, is told so`() throws {
        let machine = try Machine()
        try machine.log(in: 1000, groups: [1000])
        try machine.write("/etc/group", "cvqkd:x:\(machine.group):sam\n")
        #expect(remedy(machine) == "kim is not in its group cvqkd: 'sudo usermod -aG cvqkd kim', then log in again")
        try machine.write("/etc/group", "cvqkd:x:\(machine.group):sam,kim\n")
        #expect(remedy(machine).contains("this login began before: log out and in again, or 'newgrp cvqkd'"))
    }

    @Test func `somebody else's terminal is no matter of rules`() throws {
        var (master, slave): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        try #require(openpty(&master, &slave, &name, nil, nil) == 0)
        defer { [master, slave].forEach { close($0) } }
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(DevicePermission.remedy(for: path).contains("a terminal of user \(getuid())"))
    }
}
