import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// One `cvqkd stream`: connect, light up, stream, end, judge.
struct StreamRun: Sendable {
    struct Options: Sendable {
        var unit: UnitSelector
        var plan: StreamPlan
        var symbolRate: Double?
        var frameBytes: Int?
        var duration: Double?
        var warmUpLimit: Double?
        var failOn: [StreamCommand.Fault]
    }

    struct Outcome {
        var document: StreamDocument
        var failure: CommandFailure?
    }

    private let options: Options
    private let interruption = Interruption()
    private let live = LiveLine()

    init(options: StreamCommand) {
        let plan = StreamPlan(
            session: .random(in: 1...UInt64.max), purpose: options.purpose, options: .standalone, frameBytes: 0,
            symbolsPerFrame: 0, symbolRate: 0, vacuumFraction: options.vacuumFraction,
            trainingFraction: options.trainingFraction, darkFraction: options.darkFraction)
        self.options = Options(
            unit: options.unit.unit, plan: plan, symbolRate: options.symbolRate, frameBytes: options.frameBytes,
            duration: options.duration, warmUpLimit: options.warmUpLimit, failOn: options.failOn)
    }

    func perform() async throws -> Outcome {
        try await interruption.withUnit(options.unit, task: "stream") { unit in
            live.note("\(unit.identity.role)  \(unit.identity.line)")
            let notes = await UnitNotes.begin([unit], live: live)
            defer { notes.end() }
            return try await unit.lightDownAfter {
                defer { live.end() }
                do {
                    let journal = try SessionJournal(
                        command: "stream", units: [unit.identity], session: options.plan.session,
                        purpose: options.plan.purpose.word)
                    defer { journal.remove() }
                    return try await stream(unit, journal)
                } catch {
                    throw interruption.isRequested ? Self.ended : error
                }
            }
        }
    }

    private func stream(_ unit: Unit, _ journal: SessionJournal) async throws -> Outcome {
        let (options, live) = (options, live)
        let plan = try await interruption.cancellable {
            let capabilities = try await unit.capabilities()
            try await unit.lightDown()
            if options.plan.darkFraction < 1 {
                journal.enter(.warmingUp)
                live.show("warming up …")
                try await unit.lightUp(
                    .signal(
                        modulationVariance: min(
                            LightSetting.defaultModulationVariance, capabilities.maximumModulationVariance)),
                    within: options.warmUpLimit.map { .seconds($0) } ?? capabilities.warmUpLimit)
            }
            return Self.plan(options, unit, capabilities)
        }
        try interruption.throwIfRequested()
        let stream = try await unit.startStream(plan)
        journal.enter(.streaming)
        live.note(
            "session \(NumberText.session(plan.session)), \(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it"
        )
        let reader = Task { () -> UnitError? in
            do throws(UnitError) {
                while try await stream.read({ _, _ in }) {}
                return nil
            } catch {
                return error
            }
        }
        let (elapsed, endedBy) = await watch(stream, journal)
        journal.enter(.ending)
        let stopped = try? await unit.stopStream()
        // An end frame that was lost on the way is a declared gap at most, because the unit's answer names the end.
        let failure = await reader.value
        await unit.finishStream(stopped)
        let document = StreamDocument(
            unit.identity, plan, CountersDocument(stream.counters), stopped, elapsed: elapsed,
            endedBy: stream.endCause?.description ?? endedBy,
            transport: await unit.anomalies.transport)
        return Outcome(document: document, failure: judge(stream, failure))
    }

    private static func plan(_ options: Options, _ unit: Unit, _ capabilities: Capabilities) -> StreamPlan {
        var plan = options.plan
        plan.frameBytes = options.frameBytes ?? StreamPlan.usualFrameBytes(unit.identity)
        plan.symbolsPerFrame = StreamPlan.symbolsPerFrame(frameBytes: plan.frameBytes, format: .xp16) / 8 * 8
        plan.symbolRate =
            options.symbolRate
            ?? StreamBudget.symbolRate(
                [(unit.identity.endpoint, capabilities)], disclosedFraction: 0)
        return plan
    }

    /// Shows how it goes until the time is over, the unit ends the session, or Ctrl-C.
    private func watch(_ stream: UnitStream, _ journal: SessionJournal) async -> (elapsed: Double, endedBy: String) {
        let began = ContinuousClock.now
        var meter = RateMeter()
        var rounds = 0
        while true {
            let now = ContinuousClock.now
            let elapsed = NumberText.seconds(began.duration(to: now))
            if !stream.isRunning { return (elapsed, "unit") }
            if interruption.isRequested { return (elapsed, "interruption") }
            if let duration = options.duration, elapsed >= duration { return (elapsed, "duration") }
            let counters = stream.counters
            meter.note(alice: counters.deliveredSymbols, bob: counters.bytes, at: now)
            live.show(
                [
                    NumberText.clock(elapsed), NumberText.engineering(meter.alice, "Symbol/s", digits: 3),
                    NumberText.engineering(meter.bob, "B/s", digits: 3),
                    counters.gaps == 0
                        ? "no gaps" : "\(counters.gaps) gaps (\(NumberText.count(counters.missingSymbols)) symbols)",
                    "CRC errors \(counters.corruptFrames)", "overflows \(counters.overflowFrames)",
                ].joined(separator: "  "))
            rounds += 1
            if rounds % 20 == 0 { journal.refresh() }
            let left = options.duration.map { max(0.001, $0 - elapsed) } ?? 0.1
            await interruption.pause(.seconds(min(0.1, left)))
        }
    }

    private func judge(_ stream: UnitStream, _ failure: UnitError?) -> CommandFailure? {
        if let failure { return CommandFailure(any: failure) }
        if let cause = stream.endCause { return CommandFailure(any: UnitError.sessionEnded(cause: cause)) }
        let counters = stream.counters
        guard counters.isConserved else {
            return CommandFailure(.loss, "the symbols do not add up: the unit's firmware or this program is at fault")
        }
        let occurred = options.failOn.filter { fault in
            switch fault {
            case .gap: counters.missingSymbols > 0
            case .crc: counters.corruptFrames + counters.malformedFrames > 0
            case .overflow: counters.overflowFrames > 0
            }
        }
        if !occurred.isEmpty {
            return CommandFailure(
                .loss,
                "--fail-on: \(occurred.map(\.rawValue).joined(separator: ", ")) occurred. Try a lower --symbol-rate or a better cable"
            )
        }
        return interruption.isRequested ? Self.ended : nil
    }

    private static let ended = CommandFailure(.interrupted, "ended on request; the unit was told to go dark")
}
