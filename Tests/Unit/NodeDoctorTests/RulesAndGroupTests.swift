import Foundation
import Repository
import NodeDoctor
import Testing
import UnitTransport

@Suite struct RulesAndGroupTests {
    @Test func `the rules of this build are those of udev-rules`() throws {
        let folder = Repository.root.appending(path: "udev-rules")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(CarriedRules.files.map(\.name) == files)
        for file in files {
            #expect(CarriedRules.text(file) == (try String(contentsOf: folder.appending(path: file), encoding: .utf8)))
        }
    }

    @Test func `nothing is wrong with a node in order`() throws {
        let machine = try Machine()
        let diagnosis = try machine.diagnosis()
        #expect(diagnosis.findings.filter { $0.state != .ok } == [])
        #expect(diagnosis.findings.allSatisfy { $0.repair == nil && $0.threatens == nil })
        #expect(diagnosis.count(.ok) >= 15)
    }

    @Test func `missing rules are a failure, with the command that installs them`() throws {
        let machine = try Machine()
        try machine.remove("/etc/udev/rules.d/60-cvqkd.rules")
        let finding = try machine.finding("udev-rules")
        #expect(finding.state == .failure)
        let repair = try #require(finding.repair)
        #expect(
            repair.hasPrefix("cvqkd doctor --print-rules 60-cvqkd.rules | sudo tee /etc/udev/rules.d/60-cvqkd.rules"))
        #expect(repair.contains("udevadm control --reload"))
    }

    @Test func `rules of a package count, and those in etc count more`() throws {
        let machine = try Machine()
        try machine.remove("/etc/udev/rules.d/60-cvqkd.rules")
        try machine.write("/usr/lib/udev/rules.d/60-cvqkd.rules", try #require(CarriedRules.text("60-cvqkd.rules")))
        #expect(try machine.finding("udev-rules").state == .ok)
        try machine.write("/etc/udev/rules.d/60-cvqkd.rules", "# by hand\n")
        let finding = try machine.finding("udev-rules")
        #expect(finding.state == .warning)
        #expect(finding.found.contains("/etc/udev/rules.d/60-cvqkd.rules differs"))
        #expect(finding.threatens?.contains("--print-rules 60-cvqkd.rules | diff - /etc") == true)
    }

    @Test func `a link to nowhere switches the rules off`() throws {
        let machine = try Machine()
        try machine.remove("/etc/udev/rules.d/60-cvqkd.rules")
        try machine.link("/etc/udev/rules.d/60-cvqkd.rules", to: "/dev/null")
        let finding = try machine.finding("udev-rules")
        #expect(finding.state == .failure)
        #expect(finding.repair?.hasPrefix("sudo rm /etc/udev/rules.d/60-cvqkd.rules && ") == true)
    }

    @Test func `rules that are installed and have not run are told from missing ones`() throws {
        let machine = try Machine()
        try machine.write("/run/udev/data/c189:1", "E:ID_BUS=usb\nG:systemd\nQ:systemd\n")
        let finding = try machine.finding("rules-applied", "NOVA-B-0001")
        #expect(finding.state == .failure)
        #expect(finding.found.contains("have not run for /dev/bus/usb/001/002"))
        #expect(finding.repair == DevicePermission.applyRules)
    }

    @Test func `a tag that the device only once had is no tag`() throws {
        let machine = try Machine()
        try machine.write("/run/udev/data/c189:1", "S:cvqkd/NOVA-B-0001\nG:cvqkd\n")
        #expect(try machine.finding("rules-applied", "NOVA-B-0001").state == .failure)
    }

    @Test func `a group that is missing, that the user lacks, and that the login lacks are three things`() throws {
        let machine = try Machine()
        #expect(try machine.finding("group").found == "kim is in the group cvqkd")
        try machine.log(in: 1000, groups: [1000])
        #expect(try machine.finding("group").repair == "newgrp cvqkd")
        #expect(try machine.finding("group").found.contains("log out and in again"))
        try machine.write("/etc/group", "root:x:0:\ncvqkd:x:\(machine.group):sam\n")
        #expect(try machine.finding("group").repair == "sudo usermod -aG cvqkd kim")
        try machine.write("/etc/group", "root:x:0:\ncvqkd-test:x:961:kim\n")
        #expect(try machine.finding("group").repair == DevicePermission.makeGroup)
    }

    @Test func `root needs no group`() throws {
        let machine = try Machine()
        try machine.log(in: 0, groups: [0])
        #expect(try machine.finding("group").state == .ok)
    }

    @Test func `a machine without USB is not told off for what only USB needs`() throws {
        let machine = try Machine()
        for path in ["/sys/bus", "/etc/udev", "/run/udev", "/etc/group"] { try machine.remove(path) }
        let diagnosis = try machine.diagnosis()
        #expect(diagnosis.count(.failure) == 0)
        #expect(
            diagnosis.findings.filter { $0.state == .warning }.map(\.check) == [
                "group", "udev-rules", "udevd", "usbcore",
            ])
    }

    @Test func `a node that is not of the group is a failure, and an open one a danger`() throws {
        let machine = try Machine()
        chmod(machine.root + "/dev/bus/usb/001/002", 0o666)
        let finding = try machine.finding("rules-applied", "NOVA-B-0001")
        #expect(finding.state == .failure)
        #expect(finding.threatens == "anybody may command the unit's laser")
    }
}
