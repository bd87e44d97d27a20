import Glibc
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The kernel's memory for USB transfers, when there is little of it.
enum BudgetChecks {
    /// Two units share 3 MiB; a third stream is refused, with the arithmetic, and runs when one has ended.
    static func limitIsShared() async throws {
        try set(megabytes: 3)
        defer { try? set(megabytes: 16) }
        let benches = try [Bench(), Bench(index: 1), Bench(index: 2)]
        defer { benches.forEach { $0.end() } }
        _ = try await benches[2].candidates(count: 12)
        // Bobs only: Alice has no stream without light.
        let first = try await connect(benches[0], "NOVA-B-0001")
        let second = try await connect(benches[1], "NOVA-B-0002")
        let streams = [try await stream(first, 41), try await stream(second, 42)]
        let transfers = [
            await first.anomalies.transport.streamTransfers, await second.anomalies.transport.streamTransfers,
        ]
        try expect(transfers[0] >= 4 && transfers[1] >= 4 && transfers[0] + transfers[1] == 10, "\(transfers)")
        let third = try await connect(benches[2], "NOVA-B-0003")
        do {
            _ = try await stream(third, 43)
            throw SmokeFailure(description: "the third stream was let in")
        } catch UnitError.transport(.usbMemory(let shortage)) {
            let text = shortage.description
            try expect(
                text.hasPrefix("NOVA-B-0003 at /dev/bus/usb/") && text.contains("needs 4 × 257 KiB = 1 MiB")
                    && text.contains("of 3 MiB (usbfs_memory_mb) are in use by 2 other streams"), text)
        }
        for (stream, unit) in zip(streams, [first, second]) { try await finish(stream, unit) }
        let late = try await stream(third, 44)
        try await finish(late, third)
        for unit in [first, second, third] { await unit.close() }
    }

    /// What another process uses is not known here: the kernel refuses some transfers, and the stream runs with the
    /// rest; or it refuses all, which is explained.
    static func otherProcessesCount() async throws {
        defer { try? set(megabytes: 16) }
        try set(megabytes: 6)
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        try Shell.run(
            """
            cvqkd stream usb:NOVA-A-0001 --symbol-rate 50000 >/run/vm/stream.log 2>&1 & echo $! > /run/vm/stream.pid
            for i in $(seq 100); do grep -q '^session' /run/vm/stream.log && break; sleep 0.2; done
            """)
        defer { _ = try? Shell.run("kill -INT $(cat /run/vm/stream.pid); sleep 2") }
        let bob = try await connect(bench, "NOVA-B-0001")
        let some = try await stream(bob, 51)
        let transfers = await bob.anomalies.transport.streamTransfers
        try expect((4..<16).contains(transfers), "\(transfers) transfers")
        try await finish(some, bob)
        try set(megabytes: 5)
        do {
            _ = try await stream(bob, 52)
            throw SmokeFailure(description: "a stream without memory was let in")
        } catch UnitError.transport(.usbMemory(let shortage)) {
            try expect(shortage.description.contains("the kernel has no memory left"), shortage.description)
        }
        await bob.close()
    }

    /// Memory that other programs take while a stream runs costs it transfers, not its life.
    static func streamSurvivesScarcity() async throws {
        defer { try? set(megabytes: 16) }
        try set(megabytes: 16)
        let bench = try Bench()
        defer { bench.end() }
        let bob = try await connect(bench, "NOVA-B-0001")
        let running = try await stream(bob, 61)
        for (megabytes, symbols) in [(2, 40_000), (16, 80_000), (1, 120_000)] {
            try set(megabytes: megabytes)
            while running.counters.nextSymbol < symbols { _ = try await running.read { _, _ in } }
        }
        let overruns = await bob.anomalies.transport.overruns
        try expect(overruns > 0, "no transfer waited for memory")
        try await finish(running, bob)
        try expect(running.counters.missingSymbols == 0, "\(running.counters)")
        await bob.close()
    }

    /// The doctor's arithmetic, and that its repair raises the limit.
    static func doctorRaisesIt() async throws {
        try set(megabytes: 1)
        defer { try? set(megabytes: 16) }
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        let output = try Shell.run("cvqkd doctor").output
        let doctor = Examination(output)
        try expect(doctor.state("usbfs-memory") == "FAILURE" && output.contains("2 × 16 × 257 KiB"), output)
        let repair = try Shell.run(try doctor.repair("usbfs-memory"))
        try expect(repair.status == 0, repair.output)
        let after = Examination(try Shell.run("cvqkd doctor").output)
        try expect(after.state("usbfs-memory") == "ok", "\(after)")
    }

    private static func set(megabytes: Int) throws {
        try Shell.run("echo \(megabytes) > /sys/module/usbcore/parameters/usbfs_memory_mb")
    }

    private static func connect(_ bench: Bench, _ serial: String) async throws -> Unit {
        try await Unit.connect(bench.openUSB(serial), hostName: "smoke")
    }

    /// A stream of dark slots, which every unit can run by itself.
    private static func stream(_ unit: Unit, _ session: UInt64) async throws -> UnitStream {
        try await unit.startStream(
            StreamPlan(
                session: session, purpose: .test, options: .standalone, frameBytes: 4096, symbolsPerFrame: 992,
                symbolRate: 50_000, darkFraction: 1))
    }

    /// Reads until 20,000 symbols have come, and to the end.
    private static func finish(_ stream: UnitStream, _ unit: Unit) async throws {
        while stream.counters.deliveredSymbols < 20_000 { _ = try await stream.read { _, _ in } }
        let reader = Task { while try await stream.read({ _, _ in }) {} }
        let stopped = try await unit.stopStream()
        try await reader.value
        await unit.finishStream(stopped)
        try expect(stream.counters.isConserved, "\(unit.identity.serial) is not conserved")
    }
}
