import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The other unit of the pair: it streams while its neighbour fails, and must not notice.
struct Witness {
    private let bench: EmulatedBench
    private let supervisor: UnitSupervisor
    private let unit: Unit
    private let consumer: Consumer
    private let session: UInt64

    init(_ bench: EmulatedBench) async throws {
        self.bench = bench
        supervisor = bench.supervisor(bench.pair.alice)
        unit = try await supervisor.unit(within: .seconds(5))
        try await Self.light(unit)
        let plan = CellRun.plan(.test, isAlice: true)
        session = plan.session
        consumer = Consumer(try await unit.startStream(plan))
        try await CellRun.flow(consumer, to: 2_000)
    }

    /// Switches the unit's light on and waits until it is ready.
    static func light(_ unit: Unit) async throws {
        if unit.identity.role == .alice {
            try await unit.set(SetSignalLaser(on: true))
        } else {
            try await unit.set(SetLocalOscillator(on: true, power: 0))
        }
        for _ in 0..<500 {
            if try await unit.status().state == .ready { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw UnitError.notReached(state: .ready, milliseconds: 5_000)
    }

    /// Streams on for a while, stops, and says what it noticed.
    func finish() async -> [String] {
        do {
            try await CellRun.flow(consumer, to: consumer.stream.counters.nextSymbol + 4_000)
            let stopped = try await unit.stopStream()
            try await CellRun.end(consumer)
            await unit.finishStream(stopped)
        } catch {
            await supervisor.close()
            return ["the other unit failed too: \(error)"]
        }
        await supervisor.close()
        let account = SessionAccount(session: session, frames: consumer.frames, counters: consumer.stream.counters)
        let verdict = Verdict(account, record: bench.pair.alice.record(session: session))
        return verdict.faults + (verdict.lost == 0 ? [] : ["the other unit lost \(verdict.lost) symbols"])
    }
}
