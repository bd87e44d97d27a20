import Foundation
import Repository
import SerialTransport
import Testing
import UnitConformance
import UnitControl
import UnitProtocol

/// Foundation has a Unit of its own.
private typealias Unit = UnitControl.Unit

/// `Examples/python-unit`: a unit by somebody who had read firmware-schemas and nothing else, in another language. What
/// passes here was understood from the documents.
@Suite(.serialized)
struct PythonUnitTests {
    /// The process of a Python unit, and the line that it serves.
    final class PythonUnit {
        let path: String
        private let process = Process()

        init(role: String, detection: String = "heterodyne") async throws {
            let root = Repository.root
            path = "/tmp/cvqkd-python-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "python3", root.appending(path: "Examples/python-unit/unit.py").path, "--role", role, "--serial",
                "PY-0001", "--detection", detection, "--link", path,
            ]
            process.standardInput = FileHandle.nullDevice
            // Not the test's own: whoever reads those would wait for this process too.
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<500 where access(path, F_OK) != 0 { try await Task.sleep(for: .milliseconds(20)) }
            try #require(access(path, F_OK) == 0, "the unit did not start")
        }

        deinit {
            // The test program blocks SIGTERM in its children.
            kill(process.processIdentifier, SIGKILL)
            unlink(path)
        }

        fileprivate func connect(_ access: Access = .control) async throws -> Unit {
            try await Unit.connect(SerialTransport(path: path), access: access, hostName: "test", serial: "PY-0001")
        }
    }

    static let kinds = [("alice", "heterodyne"), ("bob", "heterodyne"), ("bob", "homodyne")]

    @Test(arguments: kinds)
    func `it says who it is, and its messages are ours`(role: String, detection: String) async throws {
        let python = try await PythonUnit(role: role, detection: detection)
        let unit = try await python.connect()
        #expect(unit.identity.isEmulated)
        #expect(unit.identity.role == (role == "alice" ? .alice : .bob))
        #expect(try await unit.status().state == .dark)
        #expect(try await unit.status().controller.description == "test")
        let capabilities = try await unit.capabilities()
        #expect(
            capabilities.detection
                == (role == "alice" ? .notApplicable : detection == "homodyne" ? .homodyne : .heterodyne))
        await unit.close()
    }

    @Test(arguments: kinds)
    func `its telemetry describes itself and is fresh`(role: String, detection: String) async throws {
        let python = try await PythonUnit(role: role, detection: detection)
        let unit = try await python.connect(.observe)
        let readings = try await unit.telemetry()
        let needed = role == "alice" ? [1, 5, 7, 16, 26, 27] : [4, 5, 10, 15, 26, 27]
        #expect(Set(readings.map { Int($0.id) }).isSuperset(of: needed))
        for reading in readings {
            #expect(!reading.name.isEmpty && !reading.unit.isEmpty)
            #expect(reading.status == .unavailable || (!reading.isStale && reading.value.isFinite), "\(reading.name)")
        }
        await unit.close()
    }

    @Test(arguments: kinds)
    func `a standalone session is conserved, and its kinds are as asked`(role: String, detection: String) async throws {
        let python = try await PythonUnit(role: role, detection: detection)
        let unit = try await python.connect()
        if role == "alice" {
            try await unit.set(SetModulation(format: .gaussian, variance: 4))
            try await unit.set(SetSignalLaser(on: true))
        } else {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
        }
        try await unit.waitUntil(.ready, within: .seconds(20))
        let stream = try await unit.startStream(
            StreamPlan(
                session: .random(in: 1...UInt64.max), purpose: .test, options: .standalone, frameBytes: 4096,
                symbolsPerFrame: 992, symbolRate: 50_000, vacuumFraction: role == "bob" ? 0.5 : 0,
                trainingFraction: role == "alice" ? 0.5 : 0))
        let reading = Task { while try await stream.read({ _, _ in }) {} }
        for _ in 0..<1000 where stream.counters.deliveredSymbols < 150_000 {
            try await Task.sleep(for: .milliseconds(20))
        }
        let stopped = try await unit.stopStream()
        try await reading.value
        await unit.finishStream(stopped)
        let counters = stream.counters
        #expect(counters.deliveredSymbols >= 150_000)
        #expect(counters.isConserved)
        #expect(counters.nextSymbol == stopped.nextSymbol)
        #expect(counters.deliveredSymbols == stopped.deliveredSymbols)
        #expect(counters.frames == stopped.framesSent)
        #expect(counters.malformedFrames + counters.corruptFrames + counters.staleFrames == 0)
        let kind: SymbolKind = role == "alice" ? .training : .vacuum
        // Some 150 slots at one half: five sigma are 0.2, false alarms one in 1.7 million.
        let fraction = Double(counters.symbols(kind)) / Double(counters.deliveredSymbols)
        #expect(abs(fraction - 0.5) < 0.2)
        #expect(try await unit.status().state == .ready)
        await unit.close()
    }

    /// Resets included. Slowly, because Python makes the symbols.
    @Test(arguments: kinds)
    func `it passes the conformance suite, as far as one unit without a peer can`(
        role: String, detection: String
    ) async throws {
        let python = try await PythonUnit(role: role, detection: detection)
        let path = python.path
        var options = ConformanceSuite.Options()
        options.isDestructive = true
        options.symbolRate = 20_000
        let suite = ConformanceSuite(
            [UnitPorts(open: { try SerialTransport(path: path) })], options: options, station: "test")
        let record = await suite.run()
        let complaints = record.phases.filter { $0.outcome == .fail || $0.outcome == .error }
            .map { "\($0.name): \($0.seen.joined(separator: "; "))" }
        #expect(record.hasPassed, "\(complaints.joined(separator: "\n"))")
        #expect(record.count(.pass) > 70)
        // What it has not: a second port, a peer, the other role.
        let skipped = record.phases.filter { $0.outcome == .skip }
        let other = role == "alice" ? "bob" : "alice"
        // Its FIFO takes three quarters of a minute to fill at this rate, or is full before a terminal's own buffers are.
        let others = ["second-host-busy", "control-moves", "overflow", "host-does-not-read"]
        #expect(
            skipped.allSatisfy { $0.subject == other || $0.subject == "pair" || others.contains($0.check) },
            "\(skipped.map(\.name))")
        withExtendedLifetime(python) {}
    }

    @Test func `dark and vacuum moments, a capture, the clock and the self-test`() async throws {
        let python = try await PythonUnit(role: "bob")
        let unit = try await python.connect()
        let dark = try await unit.measureMoments(.dark, samples: 100_000)
        #expect(try await unit.runSelfTest().outcome == .passed)
        await #expect(throws: UnitError.self) { _ = try await unit.measureMoments(.vacuum, samples: 1000) }
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(20))
        let vacuum = try await unit.measureMoments(.vacuum, samples: 100_000)
        #expect(vacuum.sumSquaresX > 2 * dark.sumSquaresX)
        let capture = try await unit.capture(samples: 2000)
        #expect(capture.samples.count == 2000)
        #expect(Set(capture.samples).count > 20)
        let mapping = try await unit.clockMapping()
        #expect(mapping.uncertainty < 500_000_000)
        await unit.close()
    }

    @Test func `it refuses what the page says is refused`() async throws {
        let python = try await PythonUnit(role: "bob")
        let unit = try await python.connect()
        func code(_ body: () async throws -> Void) async -> ErrorCode? {
            do {
                try await body()
                return nil
            } catch UnitError.refused(_, let code, _, _, _, _) {
                return code
            } catch UnitError.purposeForbids {
                return .purposeForbids
            } catch {
                return nil
            }
        }
        #expect(await code { try await unit.set(SetSignalLaser(on: true)) } == .notSupported)
        #expect(await code { try await unit.set(SetShutter(position: .open)) } == .conditionNotMet)
        #expect(
            await code { _ = try await unit.ask(GetBootloaderIdentity(), for: BootloaderIdentity.self) } == .wrongState)
        #expect(
            await code { _ = try await unit.ask(Reset(kind: .warm, confirmation: 1), for: Acknowledge.self) }
                == .notConfirmed)
        #expect(await code { _ = try await unit.ask(StopStream(sessionId: 5), for: StreamStopped.self) } == .wrongState)
        await unit.close()
    }

    @Test func `without heartbeats it goes dark`() async throws {
        let python = try await PythonUnit(role: "bob")
        let unit = try await python.connect()
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(20))
        await unit.close()
        let again = try await python.connect(.observe)
        let limit = ContinuousClock.now + .seconds(5)
        while try await !again.opticalState().light.isEmpty, .now < limit {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await again.opticalState().light.isEmpty)
        await again.close()
    }

    @Test func `its schema text is the committed one`() async throws {
        let python = try await PythonUnit(role: "alice")
        let transport = try SerialTransport(path: python.path)
        let text = try await Unit.fetchSchema(transport)
        await transport.close()
        #expect(text == UnitSchemaText.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }
}
