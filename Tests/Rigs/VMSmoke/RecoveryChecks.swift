import LocalUnits
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The steps of the recovery ladder on the kernel's real USB.
enum RecoveryChecks {
    /// A stream of vacuum only, which Bob's unit can run by itself.
    private static func stream(_ unit: Unit, session: UInt64) async throws -> UnitStream {
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(10))
        return try await unit.startStream(
            StreamPlan(
                session: session, purpose: .test, options: .standalone, frameBytes: 4096, symbolsPerFrame: 992,
                symbolRate: 50_000,
                vacuumFraction: 1))
    }

    /// A halted stream endpoint is cleared, and the session goes on with what was lost declared.
    static func haltIsCleared() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let unit = try await Unit.connect(bench.openUSB("NOVA-B-0001"), hostName: "smoke")
        let stream = try await stream(unit, session: 11)
        for round in 1...3 {
            let before = stream.counters.deliveredSymbols
            while stream.counters.deliveredSymbols < before + 20_000 { _ = try await stream.read { _, _ in } }
            bench.pair.bob.inject(.stall)
            while await unit.anomalies.transport.clearedHalts < UInt64(round) {
                _ = try await stream.read { _, _ in }
            }
        }
        let reader = Task { while try await stream.read({ _, _ in }) {} }
        let stopped = try await unit.stopStream()
        try await reader.value
        await unit.finishStream(stopped)
        guard let record = bench.pair.bob.record(session: 11) else { throw SmokeFailure(description: "no record") }
        let counters = stream.counters
        try expect(counters.isConserved, "not conserved: \(counters)")
        try expect(
            counters.deliveredSymbols + counters.declaredGapSymbols == record.end,
            "\(counters.deliveredSymbols) + \(counters.declaredGapSymbols) of \(String(describing: record.end))")
        try expect(stream.endCause == nil, "the unit ended it: \(String(describing: stream.endCause))")
        await unit.close()
    }

    /// A unit that restarts as its bootloader and comes back is found again under whatever address it has then.
    static func brownOutIsSurvived() async throws {
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        let supervisor = UnitSupervisor(
            .usb(serial: "NOVA-B-0001"), role: .bob, hostName: "smoke", finder: LocalUnitFinder(hostName: "smoke"))
        let unit = try await supervisor.unit(within: .seconds(5))
        let stream = try await stream(unit, session: 21)
        bench.pair.bob.inject(.brownOut, value: 1500)
        // The unit may get its end frame out before the supply is gone.
        let failure = await streamFailure(stream) ?? .sessionEnded(cause: .restarted)
        let recovery = try await supervisor.recover(unit, after: failure)
        try expect(recovery.step == .reconnection, "\(recovery.step)")
        try expect(recovery.unit.identity.resetCause == .brownOut, "\(recovery.unit.identity.resetCause)")
        _ = try await self.stream(recovery.unit, session: 22)
        try expect(try await recovery.unit.status().state == .streaming, "no new session")
        await supervisor.close()
    }

    /// A USB reset ends the session on the unit and leaves it usable for a new one, under the same serial number.
    static func resetRestartsThePort() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let finder = LocalUnitFinder(hostName: "smoke")
        _ = try await bench.candidates(count: 4)
        let supervisor = UnitSupervisor(.usb(serial: "NOVA-B-0001"), role: .bob, hostName: "smoke", finder: finder)
        let unit = try await supervisor.unit(within: .seconds(5))
        _ = try await stream(unit, session: 31)
        let recovery = try await supervisor.recover(unit, after: .timedOut(request: "GetStatus", milliseconds: 1000))
        try expect(recovery.step == .reset, "\(recovery.step)")
        try expect(try await recovery.unit.status().state == .dark, "it is not dark")
        _ = try await stream(recovery.unit, session: 32)
        await supervisor.close()
    }

    /// A transport that somebody forgot to close gives the device back, and its last callbacks find what they need.
    static func forgottenTransport() async throws {
        let bench = try Bench()
        defer { bench.end() }
        for round in 0..<4 {
            do {
                let transport = try await bench.openUSB("NOVA-B-0001")
                try await transport.openStream(StreamGeometry(frameBytes: 4096, secret: false))
            }
            if round % 2 == 1 {
                bench.pair.bob.inject(.unplug)
                await Bench.waitUntilGone("NOVA-B-0001")
                bench.pair.bob.inject(.replug)
            }
            let supervisor = UnitSupervisor(
                .usb(serial: "NOVA-B-0001"), hostName: "smoke", finder: LocalUnitFinder(hostName: "smoke"))
            _ = try await supervisor.unit(within: .seconds(5))
            await supervisor.close()
        }
    }

    private static func streamFailure(_ stream: UnitStream) async -> UnitError? {
        do throws(UnitError) {
            while try await stream.read({ _, _ in }) {}
            return nil
        } catch {
            return error
        }
    }
}
