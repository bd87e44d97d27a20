import Glibc
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// One unit and everything that it, or its line, can do wrong.
@Suite(.virtualTime) struct UnitTests {
    static func pair(seed: UInt64 = 1) -> EmulatedPair {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.05
        return .test(configuration)
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
        let unit = try await Unit.connect(
            InProcessPort(pair.bob), hostName: "test", serial: "NOVA-B-0001", clock: .test)
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
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", serial: "NOVA-B-0002", clock: .test)
        }
        #expect(error == .wrongSerialNumber(wanted: "NOVA-B-0002", found: "NOVA-B-0001"))
    }

    @Test func `a second host is told who controls the unit, and may observe`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let first = try await Unit.connect(InProcessPort(pair.bob), hostName: "agent@ring-1 (pid 7)", clock: .test)
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "second", clock: .test)
        }
        guard case .controlledElsewhere(let holder) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(holder.contains("agent@ring-1 (pid 7)"))
        let observer = try await Unit.connect(
            InProcessPort(pair.bob), access: .observe, hostName: "second", clock: .test)
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
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        }
        guard case .incompatible(let difference) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(difference.contains("message 13 Status"))
        #expect(difference.contains("field "))
    }

    @Test func `a fingerprint that is not that of the unit's own text is refused, though the text is ours`()
        async throws
    {
        var configuration = PairConfiguration(model: PairModel(seed: 1))
        configuration.adjust = { $0.defects = [.wrongFingerprint] }
        let pair = EmulatedPair.test(configuration)
        defer { pair.stop() }
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        }
        guard case .incompatible(let difference) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(difference.contains("message 13 Status"))
        #expect(difference.contains("its own schema text") || difference.contains("the unit's own schema text"))
    }

    @Test func `an older unit that knows fewer fields is compatible`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.oldSchema, value: 13)
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        #expect(unit.identity.serial == "NOVA-B-0001")
        await unit.close()
    }

    @Test func `an unknown role is refused`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.unknownRole, value: 9)
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        }
        #expect(error == .unknownRole(9))
    }

    @Test func `a silent unit is a time-out that says what to try`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        pair.bob.inject(.hang)
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        }
        guard case .noHello(let silence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(silence.bytes == 0 && silence.milliseconds == 2100)
        #expect(silence.description == "no reply to Hello within 2100 ms: nothing came. Check power and cable")
    }

    @Test func `late replies are dropped by number and poison nothing`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        pair.bob.inject(.lateReplies, value: 300)
        let error = await Self.failure {
            _ = try await unit.ask(GetStatus(), for: Status.self, deadline: .milliseconds(100), attempts: 1)
        }
        #expect(error == .timedOut(request: "GetStatus", milliseconds: 100))
        pair.bob.inject(.clear)
        try await HostClock.test.sleep(for: .milliseconds(500))
        #expect(try await unit.status().state == .dark)
        await unit.close()
    }

    @Test(arguments: [Fault.duplicateReplies, .wrongCorrelation, .truncateFrame, .garbage])
    func `a disturbed reply costs at most a repetition`(fault: Fault) async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
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
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let wrongState = await Self.failure {
            _ = try await unit.ask(StopStream(sessionId: 9), for: StreamStopped.self)
        }
        guard case .refused("StopStream", let code, .dark, _, _, _) = wrongState else {
            Issue.record("\(String(describing: wrongState))")
            return
        }
        #expect(code == .wrongState)
        let outOfRange = await Self.failure { try await unit.set(SetLocalOscillator(on: true, power: 9)) }
        guard case .refused(_, .outOfRange, _, _, "power", let text) = outOfRange else {
            Issue.record("\(String(describing: outOfRange))")
            return
        }
        #expect(text.hasPrefix("SetLocalOscillator.power "), "\(text)")
        await unit.close()
    }

    @Test func `without heartbeats the unit goes dark`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
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

    /// Replies that take 0.3 s each do not make three seconds four times as long.
    @Test func `waiting for a state ends at its limit, however slow the unit answers`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        pair.bob.inject(.lateReplies, value: 300)
        let start = HostClock.test.now
        let error = await Self.failure { try await unit.waitUntil(.ready, within: .seconds(3)) }
        let elapsed = HostClock.test.now - start
        #expect(error == .notReached(state: .ready, milliseconds: 3000))
        #expect(elapsed >= .seconds(3) && elapsed < .seconds(6), "\(elapsed)")
        await unit.close()
    }

    /// The unit has the request, and its reply is on the way, when nobody wants the session any more.
    @Test func `a start that is cancelled under way leaves no session on the unit`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        pair.bob.inject(.lateReplies, value: 300)
        let plan = StreamPlan(
            session: 6, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
            symbolRate: 50_000, vacuumFraction: 1)
        let starting = Task(executorPreference: HostClock.test.executor) { try await unit.startStream(plan) }
        try await HostClock.test.sleep(for: .milliseconds(100))
        #expect(pair.bob.state == .streaming)
        starting.cancel()
        await #expect(throws: UnitError.cancelled) { _ = try await starting.value }
        #expect(pair.bob.state == .ready)
        #expect(await unit.phase == .idle)
        await unit.close()
    }

    /// Bob waits for Alice, who never starts. Heartbeats that are answered late do not make the five seconds longer.
    @Test(arguments: [0.0, 400]) func `a stream on which nothing comes is given up after five seconds`(late: Double)
        async throws
    {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(session: 5, purpose: .test, frameBytes: 1024, symbolsPerFrame: 128, symbolRate: 50_000))
        if late > 0 { pair.bob.inject(.lateReplies, value: late) }
        let start = HostClock.test.now
        let error = await Self.failure { while try await stream.read({ _, _ in }) {} }
        let elapsed = HostClock.test.now - start
        guard case .streamStalled(let milliseconds) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(milliseconds >= 5000)
        // It is looked at once per heartbeat.
        #expect(elapsed >= .seconds(5) && elapsed < .seconds(8), "\(elapsed)")
        await unit.close()
    }

    @Test func `telemetry has units, ranges and ages, and tells a missing sensor`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        pair.bob.inject(.sensorMissing, value: 5)
        // The unit looks at its sensors a few times a second.
        var readings = try await unit.telemetry()
        for _ in 0..<50 where readings.first(where: { $0.id == 5 })?.status != .unavailable {
            try await HostClock.test.sleep(for: .milliseconds(100))
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
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
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
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let events = await unit.events()
        // Few enough at a time to be let through.
        for _ in 0..<30 {
            pair.bob.inject(.logMessage, value: 10)
            try await HostClock.test.sleep(for: .seconds(2))
        }
        _ = try await unit.status()
        let anomalies = await unit.anomalies
        #expect(anomalies.unheardEvents + anomalies.transport.droppedEvents == 300 - 256)
        withExtendedLifetime(events) {}
        await unit.close()
    }

    @Test func `a capture is read out whole`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
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
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        pair.bob.inject(.hang)
        let request = Task(executorPreference: HostClock.test.executor) {
            try await unit.ask(GetStatus(), for: Status.self, deadline: .seconds(30))
        }
        try await HostClock.test.sleep(for: .milliseconds(50))
        request.cancel()
        let start = HostClock.test.now
        await #expect(throws: UnitError.cancelled) { _ = try await request.value }
        #expect(HostClock.test.now - start < .seconds(1))
        await unit.close()
    }

    @Test func `a brown-out ends the connection, and the bootloader is told apart`() async throws {
        let pair = Self.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let events = await unit.events()
        pair.bob.inject(.brownOut, value: 3000)
        for await _ in events {}
        await unit.close()
        try await HostClock.test.sleep(for: .milliseconds(600))
        let error = await Self.failure {
            _ = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        }
        #expect(error == .inBootloader(serial: "NOVA-B-0001"))
    }

    @Test(arguments: [Fault.staleSession, .reorder, .oversizeFrame, .dropStreamFrame, .fifoOverflow])
    func `a disturbed stream is conserved, by the unit's own record`(fault: Fault) async throws {
        let pair = Self.pair(seed: 5)
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(
                session: 77, purpose: .test, options: .standalone, frameBytes: 4096, symbolsPerFrame: 992,
                symbolRate: 1e6, vacuumFraction: 0.5))
        let reading = Task(executorPreference: HostClock.test.executor) { while try await stream.read({ _, _ in }) {} }
        try await HostClock.test.sleep(for: .milliseconds(200))
        pair.bob.inject(fault, value: 2)
        try await HostClock.test.sleep(for: .milliseconds(300))
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

/// What must hold on the machine's own clock.
struct UnitInRealTimeTests {
    @Test func `heartbeats go on while computations occupy the whole task pool`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let end = ContinuousClock.now + .milliseconds(3500)
                    while ContinuousClock.now < end {}
                }
            }
        }
        #expect(pair.bob.state == .ready)
        await unit.close()
    }
}
