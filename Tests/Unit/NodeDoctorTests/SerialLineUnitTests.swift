import NodeDoctor
import Testing
import UnitTransport

struct SerialLineUnitTests {
    @Test func `a unit that may be behind an announced line is no failure, and only asking tells`() throws {
        let machine = try Machine()
        try machine.write("/dev/pts/5", "")
        try machine.write("/run/cvqkd/units/bob", "")
        let findings = try machine.diagnosis("NOVA-B-0009").findings
        let connected = try #require(findings.first { $0.check == "connected" })
        #expect(connected.state == .unknown && connected.repair == "cvqkd list NOVA-B-0009")
        #expect(!findings.contains { $0.state == .failure && $0.subject == "NOVA-B-0009" })
        #expect(findings.contains { $0.check == "access" && $0.subject == "/run/cvqkd/units/bob" })
    }

    @Test func `without a line it is a failure, and so is a unit that was looked for on USB`() throws {
        let machine = try Machine()
        #expect(
            try machine.diagnosis("NOVA-B-0009").findings.contains { $0.check == "connected" && $0.state == .failure })
        try machine.write("/run/cvqkd/units/bob", "")
        let onUSB = try machine.diagnosis("usb:NOVA-B-0009").findings
        #expect(onUSB.contains { $0.check == "connected" && $0.state == .failure })
    }
}
