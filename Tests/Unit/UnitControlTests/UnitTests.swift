import Glibc
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// One unit and everything that it, or its line, can do wrong.
struct UnitTests {
    static func pair(seed: UInt64 = 1) -> EmulatedPair {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.05
        return EmulatedPair(configuration)
    }

    static func failure(_ body: () async throws -> Void) async -> UnitError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? UnitError
        }
    }

    @Test func `a unit says who it is, emulated included`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", serial: "NOVA-B-0001")
        #expect(unit.identity.role == .bob)
        #expect(unit.identity.isEmulated)
        #expect(unit.identity.heartbeatTimeout == .seconds(2))
        #expect(try await unit.status().controller.description == "test")
        await unit.close()
    }

    @Test func `another serial number than the one asked for is refused`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", serial: "NOVA-B-0002")
        }
        #expect(error == .wrongSerialNumber(wanted: "NOVA-B-0002", found: "NOVA-B-0001"))
    }

    @Test func `a second host is told who controls the unit, and may observe`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let first = try await Unit.connect(InProcessPort(pair.bob), hostName: "agent@ring-1 (pid 7)")
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "second")
        }
        guard case .controlledElsewhere(let holder) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(holder.contains("agent@ring-1 (pid 7)"))
        let observer = try await Unit.connect(InProcessPort(pair.bob), access: .observe, hostName: "second")
        #expect(try await observer.status().state == .dark)
        let refusal = await Self.failure { try await observer.set(SetLocalOscillator(on: true, power: 0)) }
        guard case .refused(_, .noControl, _, _, _, _) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        await observer.close()
        await first.close()
    }

    @Test func `a changed field of the protocol is named`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.wrongFingerprint, value: 13)
        let error = await Self.failure { _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test") }
        guard case .incompatible(let difference) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(difference.contains("message 13 Status"))
        #expect(difference.contains("field "))
    }

    @Test func `an older unit that knows fewer fields is compatible`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.oldSchema, value: 13)
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        #expect(unit.identity.serial == "NOVA-B-0001")
        await unit.close()
    }

    @Test func `an unknown role is refused`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.unknownRole, value: 9)
        let error = await Self.failure { _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test") }
        #expect(error == .unknownRole(9))
    }

    @Test func `a silent unit is a time-out that says what to try`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.hang)
        let error = await Self.failure { _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test") }
        guard case .timedOut(request: "Hello", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `late replies are dropped by number and poison nothing`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        pair.bob.inject(.lateReplies, value: 300)
        let error = await Self.failure {
            _ = try await unit.ask(GetStatus(), for: Status.self, deadline: .milliseconds(100), attempts: 1)
        }
        #expect(error == .timedOut(request: "GetStatus", milliseconds: 100))
        pair.bob.inject(.clear)
        try await eventually("the late reply comes") { await unit.anomalies.unmatchedReplies >= 1 }
        #expect(try await unit.status().state == .dark)
        await unit.close()
    }

    @Test(arguments: [Fault.duplicateReplies, .wrongCorrelation, .truncateFrame, .garbage])
    func `a disturbed reply costs at most a repetition`(fault: Fault) async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        pair.bob.inject(fault)
        for _ in 0..<5 { #expect(try await unit.status().state == .dark) }
        // What was in the way is counted as what it was, whichever it was.
        let anomalies = await unit.anomalies
        let undecodable = anomalies.transport.undecodable
        switch fault {
        case .duplicateReplies, .wrongCorrelation: #expect(anomalies.unmatchedReplies > 0)
        case .garbage: #expect(undecodable > 0)
        default: #expect(anomalies.corruptControlFrames + undecodable > 0)
        }
        await unit.close()
    }

    @Test func `refusals name code, state and field`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        let wrongState = await Self.failure {
            _ = try await unit.ask(StopStream(sessionId: 9), for: StreamStopped.self)
        }
        guard case .refused("StopStream", let code, .dark, _, _, _) = wrongState else {
            Issue.record("\(String(describing: wrongState))")
            return
        }
        #expect(code == .wrongState || code == .sessionUnknown)
        let outOfRange = await Self.failure { try await unit.set(SetLocalOscillator(on: true, power: 9)) }
        guard case .refused(_, .outOfRange, _, _, "power", let text) = outOfRange else {
            Issue.record("\(String(describing: outOfRange))")
            return
        }
        #expect(!text.isEmpty)
        await unit.close()
    }

    @Test func `without heartbeats the unit goes dark`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let events = await unit.events()
        pair.bob.inject(.ignoreHeartbeat)
        let change = await events.first { event in
            if case .stateChanged(let change) = event { return change.cause == .heartbeatLost }
            return false
        }
        #expect(change != nil)
        #expect(try await unit.opticalState().light.isEmpty)
        await unit.close()
    }

    @Test func `heartbeats go on while computations occupy the whole task pool`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        // The pool has a thread per processor: so many tasks occupy all of it, for longer than the unit's time-out.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
                group.addTask {
                    let end = ContinuousClock.now + .milliseconds(3500)
                    while ContinuousClock.now < end {}
                }
            }
        }
        #expect(pair.bob.state == .ready)
        await unit.close()
    }

    @Test func `telemetry has units, ranges and ages, and tells a missing sensor`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        pair.bob.inject(.sensorMissing, value: 5)
        // The unit looks at its sensors a few times a second.
        var readings = try await unit.telemetry()
        for _ in 0..<50 where readings.first(where: { $0.id == 5 })?.status != .unavailable {
            try await Task.sleep(for: .milliseconds(100))
            readings = try await unit.telemetry()
        }
        #expect(readings.count >= 20)
        #expect(Set(readings.map(\.id)).count == readings.count)
        for reading in readings {
            #expect(!reading.name.isEmpty && !reading.unit.isEmpty)
            #expect(reading.id == 5 || !reading.isStale, "\(reading.name)")
        }
        let board = try #require(readings.first { $0.id == 5 })
        #expect(board.status == .unavailable)
        #expect(board.value.isNaN)
        await unit.close()
    }

    @Test func `crossing a limit is an event`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        let events = await unit.events()
        pair.bob.inject(.temperature, value: 60)
        let crossing = await events.first { event in
            if case .rangeCrossed(let crossing) = event { return crossing.id == 4 }
            return false
        }
        #expect(crossing != nil)
        await unit.close()
    }

    @Test func `events that a slow listener loses are counted`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        let events = await unit.events()
        for _ in 0..<4 {
            pair.bob.inject(.logMessage, value: 100)
            // The reply comes behind the messages: they have been read.
            _ = try await unit.status()
        }
        _ = try await unit.status()
        let anomalies = await unit.anomalies
        #expect(anomalies.unheardEvents + anomalies.transport.droppedEvents == 400 - 256)
        withExtendedLifetime(events) {}
        await unit.close()
    }

    @Test func `a capture is read out whole`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        let capture = try await unit.capture(samples: 10_000)
        #expect(capture.samples.count == 10_000)
        #expect(Set(capture.samples).count > 10)
        let tooMany = await Self.failure { _ = try await unit.capture(samples: .max) }
        guard case .outOfRange = tooMany else {
            Issue.record("\(String(describing: tooMany))")
            return
        }
        await unit.close()
    }

    @Test func `a cancelled request ends at once`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        pair.bob.inject(.hang)
        let request = Task { try await unit.ask(GetStatus(), for: Status.self, deadline: .seconds(30)) }
        // On its way by now, most of the time; before that it has to end as quickly.
        try await Task.sleep(for: .milliseconds(50))
        request.cancel()
        let start = ContinuousClock.now
        await #expect(throws: UnitError.cancelled) { _ = try await request.value }
        #expect(ContinuousClock.now - start < .seconds(1))
        await unit.close()
    }

    @Test func `a brown-out ends the connection, and the bootloader is told apart`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        let events = await unit.events()
        pair.bob.inject(.brownOut, value: 3000)
        for await _ in events {}
        await unit.close()
        // It is away for a moment, then there as its bootloader for three seconds.
        try await eventually("the bootloader answers") {
            await Self.failure { _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test") }
                == .inBootloader(serial: "NOVA-B-0001")
        }
    }

    @Test(arguments: [Fault.staleSession, .reorder, .oversizeFrame, .dropStreamFrame, .fifoOverflow])
    func `a disturbed stream is conserved, by the unit's own record`(fault: Fault) async throws {
        let pair = Self.pair(seed: 5)
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(
                session: 77, purpose: .test, options: .standalone, frameBytes: 4096, symbolsPerFrame: 992,
                symbolRate: 1e6, vacuumFraction: 0.5))
        let reading = Task { while try await stream.read({ _, _ in }) {} }
        try await eventually("it streams") { stream.counters.frames > 10 }
        pair.bob.inject(fault, value: 2)
        try await eventually("symbols are missing") { stream.counters.gapSymbols > 0 }
        let stopped = try await unit.stopStream()
        try await reading.value
        await unit.finishStream(stopped)
        let record = try #require(pair.bob.record(session: 77))
        let counters = stream.counters
        #expect(counters.isConserved)
        #expect(counters.nextSymbol == record.end)
        #expect(counters.missingSymbols == counters.gapSymbols)
        #expect(counters.gapSymbols > 0)
        #expect(counters.unitDroppedSymbols == record.droppedSymbols)
        await unit.close()
    }
}

/// Looks every 10 ms until something is so.
func eventually(
    _ what: Comment, within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        try #require(ContinuousClock.now < end, what)
        try await Task.sleep(for: .milliseconds(10))
    }
}
