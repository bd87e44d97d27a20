import CalibrationRecords
import Foundation
import LinkOperation
import NodeReports
import ReadableText
import Testing
import UnitControl
import UnitProtocol

@testable import cvqkd

/// Text of others on its way to a terminal: records of sessions, signed files of strangers, names of keys, recordings, paths,
/// the environment, units. Each command is run with it, and the bytes are looked at.
struct HostileTextTests {
    /// Moves the cursor, forges a row, turns the direction, hides.
    static let evil = "x\u{1b}[2J\u{9b}31m\nRECORD ok\r\u{202e}\u{2066}\u{200b}\u{85}\u{2028}\u{61c}\u{7f}"
    /// Without what no path has.
    static let evilName = "x\u{1b}[2J\nRECORD ok\u{202e}\u{9b}31m"

    private let folder: Scratch
    private let cvqkd: Program

    init() throws {
        folder = try Scratch()
        cvqkd = Program(name: "cvqkd", environment: Program.isolation(in: folder.path))
    }

    /// Nothing but letters and our own line feeds; no line that begins as the forged one.
    private func check(_ text: String, _ what: String) {
        let found = text.unicodeScalars.filter { $0.isUnseen && $0 != "\n" }
        #expect(found.isEmpty, "\(what): \(found.map { String($0.value, radix: 16) })")
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("RECORD ok") }, "\(what): \(text)")
    }

    /// Runs a command as a person and as a script. `quotes` is whether the text is to be seen, as escapes.
    private func drive(_ arguments: String..., quotes: Bool = true, json: Bool = true) async throws {
        let what = arguments.joined(separator: " ")
        let plain = try await cvqkd.run(arguments)
        check(plain.output, what)
        check(plain.errors, what)
        #expect(!quotes || (plain.output + plain.errors).contains("\\u{1b}[2J"), "\(what): \(plain)")
        guard json else { return }
        let script = try await cvqkd.run(arguments + ["--json"])
        check(script.output, what)
        check(script.errors, what)
        for text in [script.output, script.errors] where text.hasPrefix("{") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        }
    }

    @Test func `a session record of somebody else`() async throws {
        let sessions = "\(folder.path)/cvqkd/sessions"
        try FileManager.default.createDirectory(
            atPath: sessions, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let member =
            [
                "role": Self.evil, "serial": Self.evil, "selector": Self.evil, "path": Self.evil, "emulated": false,
            ] as [String: Any]
        let record: [String: Any] = [
            "process": try JSONSerialization.jsonObject(with: JSONEncoder().encode(ProcessIdentity.current)),
            "command": Self.evil, "units": [member], "session": Self.evil, "purpose": Self.evil, "state": "streaming",
            "began": "2026-11-30T16:00:00Z", "updated": "2026-11-30T16:00:00Z",
        ]
        try JSONSerialization.data(withJSONObject: record).write(to: URL(filePath: "\(sessions)/a.json"))
        try await drive("link", "status")
        try await drive("link", "stop", "nothing", quotes: false)
    }

    @Test func `a signed file of a stranger, and the store that took it`() async throws {
        var record = CalibratedPair.record(.bob)
        record.operatorName = Self.evil
        record.program = Self.evil
        record.remarks = [Self.evil]
        record.units[0].serial = Self.evil
        record.units[0].model = Self.evil
        record.units[0].firmware = Self.evil
        record.phases[0].name = Self.evil
        record.phases[0].note = Self.evil
        record.phases[0].measurements[0].name = Self.evil
        record.phases[0].measurements[0].unit = Self.evil
        record.phases[0].measurements[0].plane = Self.evil
        record.validity?.reason = Self.evil
        let state = StateFolder("\(folder.path)/state")
        _ = try Station.make(name: Self.evil, operatorName: Self.evil, in: state, now: Date())
        let stored = try? CalibrationStore(state).add(record)
        if let stored {
            try await drive("calibration", "list")
            try await drive("calibration", "show", stored.shortName)
            try await drive("calibration", "diff", stored.shortName, stored.shortName)
            try await drive("calibration", "compare", stored.shortName, "--with", stored.shortName, quotes: false)
            try await drive("calibration", "verify")
            let html = try await cvqkd.run("calibration", "report", stored.shortName)
            check(html.output, "report")
        }
        try await drive("station", "show")
        try await drive("station", "list")
    }

    @Test func `a key with such a name`() async throws {
        let pem = "\(folder.path)/k.pem"
        let other = StateFolder("\(folder.path)/other")
        let station = try Station.make(name: "other", operatorName: nil, in: other, now: Date())
        try station.publicKey.pem.write(toFile: pem, atomically: true, encoding: .utf8)
        try await drive("station", "trust", pem, "--name", Self.evilName, quotes: false)
        try await drive("station", "list", quotes: false)
    }

    @Test func `a recording whose metadata say so`() async throws {
        let base = "\(folder.path)/r"
        try Data(count: 4096).write(to: URL(filePath: "\(base).sigmf-data"))
        for key in ["core:datatype", "core:version", "cvqkd:kind", "cvqkd:detection", "core:sha512"] {
            var global: [String: Any] = ["core:datatype": "ri16_le", "core:version": "1.2.0"]
            global[key] = Self.evil
            let meta: [String: Any] = ["global": global, "captures": [["core:sample_start": 0]], "annotations": []]
            try JSONSerialization.data(withJSONObject: meta).write(to: URL(filePath: "\(base).sigmf-meta"))
            try await drive("spectrum", base, "--verify", quotes: false)
            try await drive("shot-noise", "analyze", "--off", base, "--on", base, quotes: false)
        }
    }

    @Test func `names of files and folders`() async throws {
        let path = "\(folder.path)/\(Self.evilName)"
        try await drive("otdr", "show", path)
        try await drive("schema", "check", path)
        try await drive("schema", "diff", path + ".xml")
        try await drive("calibration", "verify", path)
        try await drive("spectrum", path)
        try await drive("station", "list", "--store", path)
        try await drive("station", "init", "--name", "n", "--store", path + "/a/b", quotes: false)
        try await drive("calibration", "import", path, quotes: false)
        try await drive("calibration", "sign", path, "--key", path, "--output", path)
        try await drive("capture", "A", "--samples", "5", "--output", path + ".csv", quotes: false)
        try await drive("power-meter", "read", "scpi:/dev/\(Self.evilName)", "--wavelength", "1550", quotes: false)
        for command in ["info", "status", "telemetry", "doctor", "list"] {
            try await drive(command, "serial:/dev/\(Self.evilName)", quotes: false)
        }
        // The parser quotes what it does not understand.
        try await drive(Self.evilName)
        try await drive("list", "--\(Self.evilName)", quotes: false)
        try await drive("link", "start", "--alice", "A", "--bob", "B", "--purpose", Self.evilName, quotes: false)
        try await drive("conformance", "--list", "--only", Self.evilName, json: false)
    }

    @Test func `the environment`() async throws {
        var program = cvqkd
        for name in [
            "CVQKD_STATE_DIRECTORY", "CVQKD_RUNTIME_DIRECTORY", "CVQKD_UNIT_DIRECTORY", "XDG_DATA_HOME", "USER",
        ] {
            program.environment[name] = "\(folder.path)/\(Self.evilName)"
        }
        for arguments in [["station", "list"], ["calibration", "list"], ["list"], ["link", "status"], ["doctor"]] {
            let result = try await program.run(arguments)
            check(result.output, "\(arguments)")
            check(result.errors, "\(arguments)")
        }
    }

    @Test func `what units say of themselves`() {
        var unit = ListedUnit(selector: Self.evil, connections: [Self.evil])
        (unit.serial, unit.role, unit.model, unit.firmware) = (Self.evil, Self.evil, Self.evil, Self.evil)
        (unit.state, unit.controller, unit.notes) = (Self.evil, Self.evil, [Self.evil])
        unit.problem = FailureReport(kind: "busy", message: Self.evil)
        let reading = TelemetryReading(
            id: 1, name: Self.evil, unit: Self.evil, value: 1, status: .normal, age: .seconds(1),
            maximumAge: .seconds(5), operating: 0...2, absolute: 0...3)
        let report = TelemetryReport(
            serial: Self.evil, role: Self.evil, emulated: false, readings: [.init(reading)])
        for (page, rows) in [(UnitTable.text([unit]), 5), (TelemetryTable.text(report), 3)] {
            check(page.text, "page")
            check(page.text(columns: 80), "page")
            #expect(page.text.split(separator: "\n", omittingEmptySubsequences: false).count == rows, "\(page.text)")
        }
    }

    @Test func `on a terminal there are this program's own sequences and no others`() async throws {
        let path = "\(folder.path)/\(Self.evilName)"
        for arguments in [["otdr", "show", path], ["station", "list", "--store", path], [Self.evilName], ["list"]] {
            let (_, text) = try await Terminal.run(cvqkd, arguments)
            check(text.replacing("\r\u{1b}[K", with: ""), "\(arguments)")
        }
    }
}
