import Glibc
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// One cell from a fresh pair to its verdict: connect, light, a session with the fault in its phase, what the host does
/// then, and a session that proves that nothing is left of it.
actor CellRun {
    private let cell: Cell
    private let bench: EmulatedBench
    private let serial: String
    private var accounts: [SessionAccount] = []
    private var consumer: Consumer?
    private var file: CaptureFile?
    private let supervisor: UnitSupervisor
    private var step: RecoveryStep?
    private var injectedAt = ContinuousClock.now
    private var firstError: UnitError?
    private var isQuarantined = false
    private var returned: Duration?
    private var faults: [String] = []
    private var notes: [String] = []
    private var delays: [String] = []

    /// Symbols before and after the fault, and of the proof.
    private static let stretch: UInt64 = 8_000
    /// No step of a session takes longer unless something hangs.
    private static let patience: Duration = .seconds(12)
    /// Removal is reported within this time, on every transport.
    private static let removalLimit: Duration = .milliseconds(250)

    init(_ cell: Cell, bench: EmulatedBench) {
        self.cell = cell
        self.bench = bench
        serial = bench.bob.configuration.serial
        supervisor = bench.supervisor(bench.bob)
    }

    /// Plays the cell and says how it ended.
    func perform() async -> CellResult {
        var isBack = false
        do {
            isBack = try await play()
        } catch {
            faults.append("\(error)")
        }
        await noteSteps()
        await supervisor.close()
        var verdict = Verdict()
        for account in accounts {
            verdict = verdict + Verdict(account, record: bench.bob.record(session: account.session))
        }
        faults += verdict.faults
        let outcome = outcome(lost: verdict.lost, isBack: isBack)
        return CellResult(
            cell: cell, outcome: outcome, recoverySeconds: isBack ? returned.map { $0 / .seconds(1) } : nil,
            lost: verdict.lost, declared: verdict.declared, step: step, faults: faults, notes: notes,
            delays: delays)
    }

    private func noteSteps() async {
        let counters = await supervisor.counters
        if let step { notes.append("way back: \(step.rawValue)") }
        if counters.resubmissions > 0 { notes.append("\(counters.resubmissions) resubmissions") }
        if counters.clearedHalts > 0 { notes.append("\(counters.clearedHalts) cleared halts") }
    }

    private func outcome(lost: UInt64, isBack: Bool) -> Outcome {
        guard let firstError else { return lost == 0 ? .unaffected : .declaredLoss }
        if isBack { return .resumed(firstError.shortName) }
        if isQuarantined { return .quarantined }
        return firstError.shortName == "gone" ? .gone : .failed(firstError.shortName)
    }

    /// True if the unit can be used at the end.
    private func play() async throws -> Bool {
        let unit = try await supervisor.unit(within: .seconds(5))
        try await light(unit)
        let witness = cell.fault == .twoUnits ? try await Witness(bench) : nil
        do {
            try await session(on: unit)
            if cell.fault == .permissionRevoked { try await reopen(unit) }
        } catch let error as UnitError {
            firstError = error
        }
        if let witness { faults += await witness.finish() }
        let next: Unit
        if firstError == nil {
            try closeAccount(nil)
            next = unit
        } else {
            await mend()
            guard let regained = try await regain(unit) else { return false }
            next = regained
        }
        bench.bob.inject(.clear)
        try await prove(next)
        return true
    }

    // MARK: The session

    private func session(on unit: Unit) async throws {
        if cell.phase == .idle { try await inject(unit) { () async throws(UnitError) in _ = try await unit.status() } }
        let plan = Self.plan(cell.phase == .capturing ? .calibration : .test)
        accounts.append(SessionAccount(session: plan.session))
        let stream: UnitStream
        if cell.phase == .starting {
            stream = try await inject(unit) { () async throws(UnitError) in try await unit.startStream(plan) }
        } else {
            stream = try await unit.startStream(plan)
        }
        if cell.phase == .capturing { file = try CaptureFile(path: "/tmp/fault-matrix-\(getpid())-\(serial).capture") }
        let isSlow = cell.fault == .slowConsumer && cell.phase == .starting
        let consumer = Consumer(stream, file: file, pause: isSlow ? .seconds(2) : nil)
        self.consumer = consumer
        try await Self.flow(consumer, to: Self.stretch)
        if cell.phase == .streaming || cell.phase == .capturing {
            try await inject(unit) { () async throws(UnitError) in _ = try await unit.status() }
            try await Self.flow(consumer, to: consumer.stream.counters.nextSymbol + Self.stretch)
        }
        let stopped: StreamStopped
        if cell.phase == .stopping {
            stopped = try await inject(unit) { () async throws(UnitError) in try await unit.stopStream() }
        } else {
            stopped = try await unit.stopStream()
        }
        try await Self.end(consumer)
        await unit.finishStream(stopped)
        if firstError == nil { returned = (consumer.firstArrival ?? .now) - injectedAt }
    }

    static func plan(_ purpose: SessionPurpose, isAlice: Bool = false) -> StreamPlan {
        StreamPlan(
            session: .random(in: 1...UInt64.max), purpose: purpose, options: .standalone, frameBytes: 4096,
            symbolsPerFrame: 500, symbolRate: EmulatedBench.symbolRate, vacuumFraction: isAlice ? 0 : 0.2,
            trainingFraction: isAlice ? 0.2 : 0)
    }

    /// Waits until the consumer has come to an index, or its stream is over.
    static func flow(_ consumer: Consumer, to symbol: UInt64) async throws {
        let limit = ContinuousClock.now + patience
        while consumer.stream.counters.nextSymbol < symbol {
            let ending = consumer.ending
            if let failure = ending.failure { throw failure }
            if ending.isOver { throw CellFault("the stream ended at \(consumer.stream.counters.nextSymbol)") }
            guard .now < limit else {
                throw CellFault("silence: no symbol \(symbol), and no error, within \(patience)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits for the end of a stream.
    static func end(_ consumer: Consumer) async throws {
        let limit = ContinuousClock.now + patience
        while true {
            let ending = consumer.ending
            if let failure = ending.failure { throw failure }
            if ending.isOver { return }
            guard .now < limit else { throw CellFault("the reader did not end within \(patience)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Lights up, whatever state the unit was left in.
    private func light(_ unit: Unit) async throws {
        let status = try await unit.status()
        if status.state == .streaming {
            _ = try await unit.ask(
                StopStream(sessionId: status.sessionId), for: StreamStopped.self, deadline: .seconds(3))
        }
        try await Witness.light(unit)
    }

    // MARK: The fault

    /// Lets it go wrong while `operation` is under way, or just before.
    private func inject<Value: Sendable>(
        _ unit: Unit, around operation: @escaping @Sendable () async throws(UnitError) -> Value
    ) async throws -> Value {
        consumer?.mark()
        guard cell.fault.isRemoval else {
            injectedAt = .now
            try make()
            return try await operation()
        }
        return try await remove(unit, around: operation)
    }

    private func make() throws {
        let bob = bench.bob
        // Before a stream has begun, a CDC line carries nothing but replies, and a request is repeated once.
        let transfers: Double =
            cell.transport == .cdcACM && (cell.phase == .idle || cell.phase == .starting) ? 1 : 2
        switch cell.fault {
        case .stall: bob.inject(.stall)
        case .hang, .dead: bob.inject(.hang)
        case .wedge: bob.inject(.wedge)
        case .overflow: bob.inject(.fifoOverflow, value: 3)
        case .protocolError: bob.inject(.protocolError, value: transfers)
        case .shortTransfer: bob.inject(.shortTransfer, value: transfers)
        case .babble: bob.inject(.babble, value: transfers)
        case .sequenceGap: bob.inject(.dropStreamFrame, value: 3)
        case .crcFlip: bob.inject(.corruptFrame, value: 3)
        case .staleSession: bob.inject(.staleSession, value: 2)
        case .lineNoise: bob.inject(.lineNoise, value: 8)
        // Beyond every ordinary deadline with its repetition, below StopStream's.
        case .lateReply: bob.inject(.lateReplies, value: 2_500)
        case .duplicateReply: bob.inject(.duplicateReplies)
        case .slowConsumer: consumer?.pause(.seconds(2))
        case .permissionRevoked: try bench.revoke(serial)
        case .unplug, .replug, .brownOut, .twoUnits: preconditionFailure("these are removals")
        }
    }

    /// Takes the unit away while a request is pending that it does not answer, and measures how long the host takes to
    /// tell everybody.
    private func remove<Value: Sendable>(
        _ unit: Unit, around operation: @escaping @Sendable () async throws(UnitError) -> Value
    ) async throws -> Value {
        let events = await unit.events()
        let notice = Task { () -> (TransportError, ContinuousClock.Instant)? in
            for await event in events { if case .disconnected(let error) = event { return (error, .now) } }
            return nil
        }
        bench.bob.inject(.hang)
        let pending = Task { () -> (Result<Value, UnitError>, ContinuousClock.Instant) in
            do throws(UnitError) { return (.success(try await operation()), .now) } catch {
                return (.failure(error), .now)
            }
        }
        // Not a wait: the moment is what is tried. A unit that hangs shows nobody that a request has come.
        try await Task.sleep(for: .milliseconds(50))
        injectedAt = .now
        bench.bob.inject(cell.fault == .brownOut ? .brownOut : .unplug)
        let (result, end) = await pending.value
        let noticed = await notice.value
        bench.bob.inject(.clear)
        check("a pending request", result.failure, end - injectedAt)
        check("the connection", noticed.map { .transport($0.0) }, (noticed?.1 ?? .now) - injectedAt)
        return try result.get()
    }

    private func check(_ what: String, _ error: UnitError?, _ elapsed: Duration) {
        guard case .transport(.gone) = error else {
            return faults.append("\(what) ended with \(error.map(\.shortName) ?? "no error") and not with gone")
        }
        notes.append("\(what) told after \(Int(elapsed / .milliseconds(1))) ms")
        if elapsed > Self.removalLimit { delays.append("\(what) was told after \(elapsed)") }
    }

    /// Ends a fault that a real unit or its operator would end, so that the way back can be tried.
    private func mend() async {
        switch cell.fault {
        case .replug:
            // A cable comes back when the host has seen it go, because the old node has the new one's name; and soon in any
            // case, because somebody waits for it.
            let limit = ContinuousClock.now + .seconds(1)
            while ContinuousClock.now < limit, (try? bench.node(serial)) != nil {
                try? await Task.sleep(for: .milliseconds(10))
            }
            bench.bob.inject(.replug)
        // A deaf unit stays deaf, whatever is tried.
        case .hang, .lateReply: bench.bob.inject(.clear)
        case .permissionRevoked: try? bench.restore(serial)
        default: break
        }
    }

    /// The node was closed and may not be opened again: the error says so.
    private func reopen(_ unit: Unit) async throws {
        try closeAccount(try await unit.status())
        await unit.close()
        do throws(TransportError) {
            let transport = try bench.open(serial)
            await transport.close()
            faults.append("a node of mode 000 was opened")
        } catch {
            throw UnitError.transport(error)
        }
    }

    // MARK: The way back

    /// The unit after an error; nil if there is no way back.
    private func regain(_ unit: Unit) async throws -> Unit? {
        switch cell.fault {
        // A time-out poisons nothing: when the unit answers again, the same connection and the same session go on.
        case .hang, .lateReply: return try await conclude(unit)
        case .permissionRevoked: return try await supervisor.unit(within: .seconds(5))
        case .unplug, .twoUnits: return try await missing()
        default: break
        }
        do {
            let recovery = try await supervisor.recover(unit, after: firstError ?? .transport(.closed))
            step = recovery.step
            // The reader of a connection that was closed under it ends with `closed`; what it had, it has.
            if let consumer { try? await Self.end(consumer) }
            try closeAccount(try await recovery.unit.status())
            return recovery.unit
        } catch let error as UnitError {
            if case .quarantined = error { isQuarantined = true }
            notes.append("no way back: \(error.shortName)")
            try await brokenOff()
            return nil
        }
    }

    /// The unit stays away: whoever asks for it is told that it is not there.
    private func missing() async throws -> Unit? {
        do throws(UnitError) {
            return try await supervisor.unit(within: .milliseconds(200))
        } catch {
            if error.shortName != "notFound" { faults.append("an unplugged unit is looked for in vain: \(error)") }
        }
        try await brokenOff()
        return nil
    }

    /// Ends the session on the connection that it began on.
    private func conclude(_ unit: Unit) async throws -> Unit {
        if let consumer {
            let stopped = try await unit.stopStream()
            if !consumer.ending.isOver { try await Self.end(consumer) }
            await unit.finishStream(stopped)
        }
        try closeAccount(try await unit.status())
        return unit
    }

    /// Nobody can be asked for the session's end.
    private func brokenOff() async throws {
        if let consumer { try? await Self.end(consumer) }
        try closeAccount(nil)
        if firstError != nil, !accounts.isEmpty { accounts[accounts.count - 1].isOpenEnded = true }
    }

    /// Writes down what the host has of the first session; `status` is what the unit says of it afterwards.
    private func closeAccount(_ status: Status?) throws {
        guard !accounts.isEmpty else { return }
        var account = accounts.removeLast()
        if let consumer {
            guard consumer.ending.isOver else { throw CellFault("the reader still waits") }
            account.counters = consumer.stream.counters
            account.frames = consumer.frames
        }
        if let status {
            if status.sessionId == account.session {
                account.tail = status.nextSymbol - min(status.nextSymbol, account.counters.nextSymbol)
            } else {
                account.isOpenEnded = true
            }
        }
        if let file {
            file.finish(at: account.counters.nextSymbol + account.tail)
            let content = try CaptureFile.read(file.path)
            account.frames = content.frames
            if content.gapSymbols != account.counters.gapSymbols + account.tail {
                faults.append("the file declares \(content.gapSymbols) missing symbols")
            }
        }
        file = nil
        consumer = nil
        accounts.append(account)
        noteLosses(account.counters)
    }

    /// What the driver says of the loss.
    private func noteLosses(_ counters: StreamCounters) {
        let causes = [
            (counters.unitDroppedSymbols, "symbols dropped by the unit"), (counters.missingFrames, "missing frames"),
            (counters.corruptFrames, "corrupt frames"), (counters.malformedFrames, "malformed frames"),
            (counters.staleFrames, "stale frames"), (counters.repeatedFrames, "repeated frames"),
        ]
        notes += causes.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }

    /// A session without loss on the unit as it is now.
    private func prove(_ unit: Unit) async throws {
        try await light(unit)
        let plan = Self.plan(.test)
        let stream = try await unit.startStream(plan)
        let consumer = Consumer(stream)
        try await Self.flow(consumer, to: Self.stretch)
        let stopped = try await unit.stopStream()
        try await Self.end(consumer)
        await unit.finishStream(stopped)
        if firstError != nil { returned = (consumer.firstArrival ?? .now) - injectedAt }
        let account = SessionAccount(session: plan.session, frames: consumer.frames, counters: stream.counters)
        accounts.append(account)
        let verdict = Verdict(account, record: bench.bob.record(session: plan.session))
        if verdict.lost > 0 { faults.append("the session afterwards lost \(verdict.lost) symbols") }
    }
}

extension Result {
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
