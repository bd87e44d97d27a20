import Foundation
import LocalUnits
import NodeReports
import ReadableText
import Testing
import UnitControl
import UnitProtocol
import UnitTransport

@testable import cvqkd

/// How numbers and tables look. Literal text: a change of it is a change for everybody who reads it.
@Suite struct FormatTests {
    @Test(arguments: [
        (0.31621, 0.00031, "0.31621 ± 0.00031"), (0.31621, 0.00012, "0.31621 ± 0.00012"),
        (10_012.4, 161.0, "10010 ± 160"),
        (-0.0004, 0.03, "0.000 ± 0.030"), (-0.04, 0.03, "-0.040 ± 0.030"), (5.0, 1.0, "5.0 ± 1.0"),
        (1234.5, 20.1, "1234 ± 20"),
        (3.162e-10, 3e-12, "(3.162 ± 0.030)e-10"), (0, 0.02, "0.000 ± 0.020"), (2.5, .nan, "2.500 (σ unknown)"),
        (.nan, 1, "–"),
    ])
    func `an estimate has the digits that its sigma leaves it`(value: Double, sigma: Double, text: String) {
        #expect(NumberText.estimate(value, sigma: sigma) == text)
    }

    @Test(arguments: [
        (0.00812, "W", "8.120 mW"), (909_090.9, "Symbol/s", "909.1 kSymbol/s"), (1e6, "Symbol/s", "1.000 MSymbol/s"),
        (0, "A", "0 A"), (-0.001, "A", "-1.000 mA"), (3.3e-12, "s", "3.300 ps"), (.nan, "W", "– W"),
        (193.4e12, "Hz", "193.4 THz"),
    ])
    func `a quantity has a prefix that leaves it readable`(value: Double, unit: String, text: String) {
        #expect(NumberText.engineering(value, unit) == text)
    }

    @Test(arguments: [
        (0.5, "0.5"), (12, "12"), (-5e6, "-5000000"), (0, "0"), (.infinity, "∞"), (1200.25, "1200.25"),
        (1e-10, "1e-10"),
        (2.5e12, "2.5e+12"),
    ])
    func `a stated number has no digits that mean nothing`(value: Double, text: String) {
        #expect(NumberText.stated(value) == text)
    }

    @Test func `counts are grouped and session numbers have sixteen digits`() {
        #expect(NumberText.count(4_560_640) == "4,560,640")
        #expect(NumberText.count(999) == "999")
        #expect(NumberText.session(0xAB) == "00000000000000ab")
        #expect(NumberText.clock(3_725) == "1:02:05")
        #expect(NumberText.clock(65.9) == "01:05")
    }

    @Test func `a table pads its columns and ends no line in spaces`() {
        var table = Table([Table.Column("NAME"), Table.Column("VALUE", .right), Table.Column("NOTE")])
        table.rows = [["a", "1.0 µW", ""], ["longer", "20 W", "Δ"]]
        #expect(
            table.text == """
                NAME     VALUE  NOTE
                a       1.0 µW
                longer    20 W  Δ
                """)
    }

    private static func unit(_ serial: String?, _ path: String, problem: FailureReport? = nil) -> ListedUnit {
        var unit = ListedUnit(selector: "serial:\(path)", connections: [path])
        unit.status = problem.map { $0.kind == "busy" ? .busy : .noPermission } ?? .ready
        unit.serial = serial
        unit.problem = problem
        if serial != nil { (unit.role, unit.emulated) = ("Alice", true) }
        if problem == nil { (unit.state, unit.model, unit.firmware) = ("Dark", "NOVA", "1.2.0") }
        return unit
    }

    @Test func `the list shows what works, what does not, and why`() {
        let problem = FailureReport(kind: "noPermission", message: "/dev/b: permission denied. Join its group")
        let text = UnitTable.text([Self.unit("A-1", "/dev/a"), Self.unit(nil, "/dev/b", problem: problem)])
        #expect(
            text == """
                SERIAL  ROLE   STATE  MODEL  FIRMWARE  CONNECTION  REMARK
                A-1     Alice  Dark   NOVA   1.2.0     /dev/a      emulated
                ?       ?      –      ?      ?         /dev/b      no permission

                serial:/dev/b: permission denied. Join its group.
                """)
    }

    @Test func `what a look at a unit has shown is put in words`() {
        let (usb, line) = (
            UnitCandidate.Connection.usb(node: "/dev/bus/usb/001/004"),
            UnitCandidate.Connection.serial(path: "/dev/ttyACM0")
        )
        var unit = ProbedUnit(selector: .usb(serial: "A-1"), serial: "A-1", connections: [usb, line])
        unit.failedWays = [
            ProbedUnit.FailedWay(
                connection: usb,
                reason: .unit(
                    .usb(serial: "A-1"), .transport(.noPermission(path: usb.path, remedy: "Join its group"))))
        ]
        let listed = ListedUnit(unit)
        #expect(listed.selector == "usb:A-1")
        #expect(listed.connections == ["USB /dev/bus/usb/001/004", "/dev/ttyACM0"])
        #expect(
            listed.notes == ["USB /dev/bus/usb/001/004: /dev/bus/usb/001/004: permission denied. Join its group"])
    }

    @Test(
        arguments: [
            (.unit(.usb(serial: "A-1"), .transport(.notFound("usb:A-1"))), "notFound", "no such unit"),
            (
                .perhapsUnasked(
                    serial: "A-1", line: .serial(path: "/dev/x", baud: nil),
                    .transport(.busy(path: "/dev/x", holder: nil))), "busy", "one may be it: /dev/x is in use"
            ),
            (
                .notAmongAnswering(.anywhere(serial: "A-1"), lines: [.serial(path: "/dev/x")]), "notFound",
                "it may be at /dev/x"
            ),
            (.directory(.udev(call: "udev_new")), "failure", "is systemd-udevd running?"),
            (
                .unit(.usb(serial: "A-1"), .outOfService(state: .fault, faultCode: 7)), "refused",
                "'cvqkd telemetry UNIT'"
            ),
            (
                .unit(.usb(serial: "A-1"), .outOfService(state: .streaming, faultCode: 0)), "refused",
                "'cvqkd link status'"
            ),
        ] as [(LocalUnitError, String, String)])
    func `why a unit cannot be used has an exit code and names what tells more`(
        error: LocalUnitError, kind: String, words: String
    ) {
        let failure = CommandFailure(any: error)
        #expect(failure.kind.rawValue == kind)
        #expect(failure.message.contains(words), "\(failure.message)")
    }

    @Test func `telemetry shows ranges, ages, and what is stale, missing or out of range`() {
        func reading(
            _ id: UInt16, _ name: String, _ unit: String, _ value: Double, _ status: RangeStatus, stale: Bool = false,
            _ low: Double, _ high: Double
        ) -> TelemetryReport.Reading {
            TelemetryReport.Reading(
                TelemetryReading(
                    id: id, name: name, unit: unit, value: value, status: status,
                    age: stale ? .seconds(42) : .milliseconds(100), maximumAge: .seconds(5), operating: low...high,
                    absolute: -.infinity ... .infinity))
        }
        let report = TelemetryReport(
            serial: "B-1", role: "Bob", emulated: true,
            readings: [
                reading(4, "detector_temperature", "degC", 61.25, .outOfAbsolute, 20, 30),
                reading(10, "local_oscillator_power", "W", 0.0101, .normal, stale: true, 0, 0.012),
                reading(18, "pilot_snr", "dB", .nan, .unavailable, 0, .infinity),
                reading(27, "boot_count", "1", 17, .normal, -.infinity, .infinity),
            ])
        #expect(
            TelemetryTable.text(report) == """
                B-1, Bob, EMULATED
                ID  QUANTITY                   VALUE  OPERATING RANGE     AGE  STATUS
                 4  detector_temperature    61.25 °C    20 °C … 30 °C  0.10 s  BEYOND ABSOLUTE LIMIT
                10  local_oscillator_power  10.10 mW      0 W … 12 mW    42 s  STALE (ok then)
                18  pilot_snr                      –           ≥ 0 dB       –  unavailable
                27  boot_count                    17              any  0.10 s  ok
                """)
    }

    @Test(arguments: [
        (ENOSPC, "the disk is full"), (EEXIST, "--force"), (EACCES, "may not be written"), (ENOENT, "folder"),
    ])
    func `a file that cannot be written is a sentence`(code: Int32, words: String) {
        #expect(AtomicFile.failure("/x/y.csv", code, 100).message.contains(words))
    }

    @Test func `a file is there whole or not at all`() throws {
        let folder = try Scratch()
        let path = "\(folder.path)/file"
        try AtomicFile.write(Data("one".utf8), to: path, replacing: false)
        #expect(throws: CommandFailure.self) { try AtomicFile.write(Data("two".utf8), to: path, replacing: false) }
        #expect(folder.text("file") == "one")
        try AtomicFile.write(Data("two".utf8), to: path, replacing: true)
        #expect(folder.text("file") == "two")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
}
