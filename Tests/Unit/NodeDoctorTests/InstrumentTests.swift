import Foundation
import NodeDoctor
import Testing
import UnitTransport

@Suite struct InstrumentTests {
    /// A machine with a USBTMC instrument whose node has this mode and group.
    private func machine(mode: mode_t, group: Int) throws -> Machine {
        let machine = try Machine()
        try machine.write("/sys/class/usbmisc/usbtmc0/dev", "180:0\n")
        try machine.write("/dev/usbtmc0", "")
        chmod(machine.root + "/dev/usbtmc0", mode)
        try #require(chown(machine.root + "/dev/usbtmc0", getuid(), gid_t(group)) == 0)
        return machine
    }

    @Test func `nothing is said of instruments where none is plugged in`() throws {
        #expect(try !Machine().diagnosis().findings.contains { $0.check == "instruments" })
    }

    @Test func `an instrument of the group is in order, for who is in it`() throws {
        let machine = try machine(mode: 0o660, group: Machine().group)
        #expect(try machine.finding("instruments", "usbtmc0").state == .ok)
        try machine.log(in: 1000, groups: [1000])
        let finding = try machine.finding("instruments", "usbtmc0")
        #expect(finding.state == .warning && finding.repair == "sudo usermod -aG cvqkd kim")
        #expect(try !machine.diagnosis("NOVA-B-0001").findings.contains { $0.check == "instruments" })
    }

    @Test func `an instrument that is root's needs the rules, and if they are there their application`() throws {
        let machine = try machine(mode: 0o600, group: Machine().group)
        let finding = try machine.finding("instruments", "usbtmc0")
        #expect(finding.state == .warning && finding.repair == DevicePermission.applyRules)
        try machine.remove("/etc/udev/rules.d/60-cvqkd-instruments.rules")
        #expect(
            try machine.finding("instruments", "usbtmc0").repair
                == DevicePermission.installRules("60-cvqkd-instruments.rules"))
        try machine.log(in: 0, groups: [0])
        #expect(try machine.finding("instruments", "usbtmc0").state == .ok)
    }
}
