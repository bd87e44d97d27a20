import UnitControl
import UnitEmulator
import UnitProtocol

/// Tries the judge on a real session: it must acquit the account as it is, and convict every falsified one.
enum JudgeCheck {
    private static let falsifications: [(name: String, change: @Sendable (inout SessionAccount) -> Void)] = [
        ("a frame is missing, and the driver counts it", { $0.frames.remove(at: 4) }),
        (
            "a frame is missing without a gap",
            { account in
                let frame = account.frames.remove(at: 4)
                account.counters.deliveredSymbols -= UInt64(frame.count)
            }
        ),
        ("a frame came twice", { $0.frames.insert($0.frames[4], at: 5) }),
        ("two frames changed places", { $0.frames.swapAt(4, 5) }),
        ("samples differ", { $0.frames[4].digest ^= 1 }),
        ("another kind", { $0.frames[4].kind = $0.frames[4].kind == .vacuum ? .unlocked : .vacuum }),
        ("a frame is shorter than it was sent", { $0.frames[4].count -= 1 }),
        ("a frame lies elsewhere", { $0.frames[4].first += 1 }),
        ("a gap is declared that was none", { $0.counters.gapSymbols += 1 }),
        ("a tail is declared that was none", { $0.tail = 500 }),
        (
            "the driver itself finds symbols undeclared",
            { account in
                account.counters.gapSymbols = 1
                account.counters.undeclaredSymbols = 1
            }
        ),
        (
            "the end is missing, and nobody says so",
            { account in
                let frame = account.frames.removeLast()
                account.counters.deliveredSymbols -= UInt64(frame.count)
                account.counters.nextSymbol -= UInt64(frame.count)
            }
        ),
    ]

    static func run() async throws {
        let bench = try EmulatedBench(.pty, index: 0)
        defer { bench.end() }
        let supervisor = bench.supervisor(bench.bob)
        let unit = try await supervisor.unit(within: .seconds(5))
        try await Witness.light(unit)
        let plan = CellRun.plan(.test)
        let consumer = Consumer(try await unit.startStream(plan))
        try await CellRun.flow(consumer, to: 10_000)
        let stopped = try await unit.stopStream()
        try await CellRun.end(consumer)
        await unit.finishStream(stopped)
        await supervisor.close()
        let honest = SessionAccount(
            session: plan.session, frames: consumer.frames, counters: consumer.stream.counters)
        let record = bench.bob.record(session: plan.session)
        let verdict = Verdict(honest, record: record)
        guard verdict.faults.isEmpty, verdict.lost == 0 else {
            throw CellFault("an honest session is convicted: \(verdict.faults)")
        }
        for (name, change) in falsifications {
            var account = honest
            change(&account)
            if Verdict(account, record: record).faults.isEmpty { throw CellFault("it does not notice that \(name)") }
        }
    }
}
