import LocalUnits
import NodeReports
import Testing
import UnitProtocol
import UnitSchema
import UnitTransport

@testable import UnitControl

/// Documents of units: what a unit says, with its numbers in SI units, and what is not a number left out.
@Suite struct UnitDocumentTests {
    @Test func `identity and capabilities of a receiver`() throws {
        try expect(
            UnitInfo(Units.identity(.bob), Units.capabilities()),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "model": "NOVA", "firmware": "1.2.0",
                 "selector": "serial:/dev/ttyACM0", "path": "/dev/ttyACM0", "connection": "serial", "bootCount": 17,
                 "resetCause": "PowerOn", "heartbeatInterval": 0.5, "heartbeatTimeout": 2,
                 "capabilities": ["Shutter"], "maximumFrameBytes": 65536, "streamBufferBytes": "8388608",
                 "detection": "Heterodyne", "localOscillator": "Local", "sampleFormats": ["XP16"], "adcBits": 14,
                 "symbolRate": {"minimum": 1000, "maximum": 10000000}, "maximumDelay": 1024,
                 "maximumCaptureSamples": 4000000, "maximumMomentSamples": "1000000000", "warmUpTime": 2.5,
                 "detectorEfficiency": 0.6, "detectorEfficiencySigma": 0.012, "nominalLocalOscillatorPower": 0.01,
                 "shutterSettling": 0.02, "attenuation": {}}
                """)
    }

    @Test func `a status without a session has no session, and read-backs that are not numbers are absent`() throws {
        let status = Status(
            state: .dark, activity: .idle, light: [], purpose: 0, faultCode: 0, sessionId: 0, nextSymbol: 0,
            droppedSymbols: 0, framesSent: 0, uptime: 1_500_000_000, controller: FixedText())
        let optics = OpticalState(
            light: [], shutterSet: .closed, shutterReadBack: .closed, biasLocked: false, modulation: .off,
            localOscillatorPower: .nan, signalPower: .infinity, attenuationSet: .nan, attenuationReadBack: -.infinity,
            modulationVariance: .nan)
        try expect(
            UnitStatus(Units.identity(.bob), status, optics),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "state": "Dark", "activity": "Idle", "light": [],
                 "faultCode": 0, "nextSymbol": "0", "droppedSymbols": "0", "framesSent": "0", "uptime": 1.5,
                 "optics": {"light": [], "shutterSet": "Closed", "shutterReadBack": "Closed", "biasLocked": false,
                            "modulation": "Off"}}
                """)
        #expect(UnitStatus(Units.identity(.bob), status, nil).optics == nil)
    }

    @Test func `a status with a session names it by sixteen digits`() throws {
        let status = Status(
            state: .streaming, activity: .idle, light: .signalLaser, purpose: SessionPurpose.test.rawValue,
            faultCode: 0, sessionId: 0xAB, nextSymbol: 4_000, droppedSymbols: 16, framesSent: 12, uptime: 2_000_000_000,
            controller: Units.text("cvqkd link start"))
        let optics = OpticalState(
            light: .signalLaser, shutterSet: .open, shutterReadBack: .open, biasLocked: true, modulation: .gaussian,
            localOscillatorPower: .nan, signalPower: 1e-9, attenuationSet: 20, attenuationReadBack: 20.5,
            modulationVariance: 5)
        try expect(
            UnitStatus(Units.identity(.alice), status, optics),
            is: """
                {"serial": "NOVA-A-0001", "role": "Alice", "emulated": true, "state": "Streaming", "activity": "Idle",
                 "light": ["SignalLaser"], "faultCode": 0, "controller": "cvqkd link start", "purpose": "test",
                 "session": "00000000000000ab", "nextSymbol": "4000", "droppedSymbols": "16", "framesSent": "12", "uptime": 2,
                 "optics": {"light": ["SignalLaser"], "shutterSet": "Open", "shutterReadBack": "Open",
                            "biasLocked": true, "modulation": "Gaussian", "modulationVariance": 5, "signalPower": 1e-9,
                            "attenuationSet": 20, "attenuationReadBack": 20.5}}
                """)
    }

    @Test func `telemetry says what is stale, and leaves out values and limits that are not there`() throws {
        let readings = [
            TelemetryReading(
                id: 4, name: "detector_temperature", unit: "degC", value: 25.5, status: .normal, age: .seconds(42),
                maximumAge: .seconds(5), operating: 20...30, absolute: 0...60),
            TelemetryReading(
                id: 18, name: "pilot_snr", unit: "dB", value: .nan, status: .unavailable, age: .milliseconds(250),
                maximumAge: .seconds(5), operating: 0 ... .infinity, absolute: -.infinity ... .infinity),
        ]
        try expect(
            TelemetryReport(Units.identity(.bob), readings),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "readings": [
                  {"id": 4, "name": "detector_temperature", "unit": "degC", "value": 25.5, "status": "Normal",
                   "stale": true, "age": 42, "maximumAge": 5, "operatingMinimum": 20, "operatingMaximum": 30,
                   "absoluteMinimum": 0, "absoluteMaximum": 60},
                  {"id": 18, "name": "pilot_snr", "unit": "dB", "status": "Unavailable", "stale": false, "age": 0.25,
                   "maximumAge": 5, "operatingMinimum": 0}]}
                """)
    }

    private static func captured(_ samples: [Int16], _ format: SampleFormat, power: Double) -> CapturedSamples {
        CapturedSamples(
            header: CaptureReady(
                captureId: 1, sampleCount: UInt32(samples.count), format: format, light: [],
                localOscillatorPower: power, sampleRate: 1e6, deviceTime: 0), samples: samples)
    }

    @Test func `a capture has a channel for each quadrature, and its clipped samples`() throws {
        let capture = Self.captured([1, 10, 3, 30, 2, 8000], .xp16, power: .nan)
        try expect(
            CaptureSummary(Units.identity(.bob), capture, Units.capabilities(), file: "noise.csv"),
            is: """
                {"serial": "NOVA-B-0001", "role": "Bob", "emulated": true, "light": [], "sampleRate": 1000000,
                 "unit": "LSB", "file": "noise.csv", "channels": [
                  {"name": "x", "samples": 3, "mean": 2, "variance": 1, "varianceSigma": 1, "clippedSamples": 0},
                  {"name": "p", "samples": 3, "mean": 2680, "variance": 21226900, "varianceSigma": 21226900,
                   "clippedSamples": 1}]}
                """)
    }

    @Test func `a capture of one sample has no variance`() throws {
        let summary = CaptureSummary(
            Units.identity(.alice), Self.captured([7], .x16, power: 0.01), nil, file: nil)
        #expect(summary.channels.count == 1 && summary.channels[0].mean == 7)
        #expect(summary.channels[0].variance == nil && summary.channels[0].varianceSigma == nil)
        #expect(summary.localOscillatorPower == 0.01 && summary.file == nil)
        try expectSame(summary)
    }

    @Test func `a list has who is there, and in the caller's words why another cannot be used`() throws {
        var works = ProbedUnit(
            selector: .usb(serial: "A-1"), serial: "A-1", connections: [.usb(node: "/dev/bus/usb/001/004")])
        (works.role, works.isEmulated, works.state, works.model) = (.alice, false, .ready, "NOVA")
        (works.firmware, works.controller) = ("1.2.0", "cvqkd")
        let lost = LocalUnitError.unit(.usb(serial: "A-1"), .transport(.notFound("usb:A-1")))
        works.failedWays = [ProbedUnit.FailedWay(connection: .serial(path: "/dev/ttyACM0"), reason: lost)]
        let absent = ProbedUnit(selector: .anywhere(serial: "B-1"), readiness: .absent, problem: lost)
        let list = UnitListDocument(
            [works, absent].map { ListedUnit($0) { _ in FailureReport(kind: "notFound", message: "look again") } })
        try expect(
            list,
            is: """
                {"units": [
                  {"selector": "usb:A-1", "status": "ready", "serial": "A-1", "role": "Alice", "emulated": false,
                   "state": "Ready", "model": "NOVA", "firmware": "1.2.0", "controller": "cvqkd",
                   "connections": ["USB /dev/bus/usb/001/004"], "notes": ["/dev/ttyACM0: look again"]},
                  {"selector": "B-1", "status": "absent", "connections": [], "notes": [],
                   "problem": {"kind": "notFound", "message": "look again"}}]}
                """)
    }

    @Test func `a failure stands in place of a result`() throws {
        try expect(
            FailureDocument(FailureReport(kind: "busy", message: "end it")),
            is: #"{"error": {"kind": "busy", "message": "end it"}}"#)
    }

    private static func schema(_ field: String, version: Int) throws -> Schema {
        let own = UnitSchemaText.utf8.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        return try Schema(parsing: own.replacing("name=\"hostInstance\"", with: "name=\"\(field)\""), file: "s.xml")
    }

    @Test func `a schema that was checked, and two that differ`() throws {
        let (own, other) = (try Self.schema("hostInstance", version: 0), try Self.schema("hostIncarnation", version: 0))
        var check = SchemaCheckDocument(own, file: "s.xml")
        #expect(check.id == 20_817 && check.messages > 40)
        try expectSame(check)
        (check.semanticVersion, check.version, check.messages) = ("1.0", 3, 50)
        try expect(
            check,
            is: """
                {"file": "s.xml", "id": 20817, "version": 3, "semanticVersion": "1.0", "messages": 50}
                """)
        let differences = SchemaDifferencesDocument(from: own, to: other)
        #expect(differences.differences.map(\.name) == ["Hello"] && !differences.differences[0].compatible)
        try expectSame(differences)
        try expectFrozen(
            SchemaDifferencesDocument.self,
            #"{"differences": [{"message": 1, "name": "Hello", "compatible": false, "text": "message 1 Hello: …"}]}"#)
        try expect(SchemaDifferencesDocument(from: own, to: own), is: #"{"differences": []}"#)
    }
}

/// What units say of themselves.
enum Units {
    static func text<let capacity: Int>(_ text: String) -> FixedText<capacity> { FixedText(text) ?? FixedText() }

    static func identity(_ role: UnitRole) -> UnitIdentity {
        UnitIdentity(
            HelloReply(
                role: role, emulated: true, state: .dark, access: .observe, resetCause: .powerOn, bootCount: 17,
                serial: text(role == .alice ? "NOVA-A-0001" : "NOVA-B-0001"), model: text("NOVA"),
                firmware: text("1.2.0"),
                capabilities: .shutter, heartbeatInterval: 500, heartbeatTimeout: 2_000, maximumControlFrame: 4_096,
                maximumFrameBytes: 65_536, streamBufferBytes: 8 << 20, response: FixedArray(repeating: 0)),
            schemaFingerprint: 7,
            endpoint: TransportEndpoint(
                selector: .serial(path: "/dev/ttyACM0", baud: nil), path: "/dev/ttyACM0", kind: .serial))
    }

    /// Bob's: what only Alice has is not a number.
    static func capabilities() -> Capabilities {
        Capabilities(
            detection: .heterodyne, localOscillator: .local, coupling: .dc, adcBits: 14, sampleFormats: .xp16,
            filterId: 0,
            maximumDelay: 1_024, maximumCaptureSamples: 4_000_000, maximumMomentSamples: 1_000_000_000,
            minimumSymbolRate: 1_000, maximumSymbolRate: 1e7, shutterSettling: 0.02, shutterExtinction: 60,
            detectorEfficiency: 0.6, detectorEfficiencySigma: 0.012, nominalLocalOscillatorPower: 0.01,
            maximumLocalOscillatorPower: 0.02, maximumModulationVariance: .nan, sampleScale: 0.01,
            minimumAttenuation: .nan, maximumAttenuation: .infinity, warmUpTime: 2.5, clipLow: -8_000, clipHigh: 8_000)
    }
}
