internal import LocalUnits
public import UnitControl
public import UnitProtocol
public import UnitTransport

/// A session of one unit alone: light up, stream, end, light down. Its samples are counted, and not kept.
public struct UnitStreamRun: Sendable {
    /// What a session of one unit alone can be for: it makes no key.
    public enum Purpose: String, Sendable, CaseIterable {
        /// A calibration.
        case calibration
        /// A test.
        case test

        /// As the unit is told.
        public var ofSession: SessionPurpose { self == .calibration ? .calibration : .test }
    }

    /// What is wanted: nil wherever the unit's own values shall do.
    public struct Request: Sendable {
        /// Fixed for the session.
        public var purpose: Purpose
        /// Part of the slots that are vacuum.
        public var vacuumFraction = 0.0
        /// Part of the slots that are training.
        public var trainingFraction = 0.0
        /// Part of the slots that are dark.
        public var darkFraction = 0.0
        /// Hz; nil for the highest that the unit and its line can do.
        public var symbolRate: Double?
        /// Stride of stream frames.
        public var frameBytes: Int?
        /// It ends after so much streaming; nil for never.
        public var duration: Duration?
        /// Longest warm-up; nil for what the unit states, with a margin.
        public var warmUpLimit: Duration?

        /// A stream for a purpose.
        public init(_ purpose: Purpose) { self.purpose = purpose }

        /// What is asked for that a unit of this role does not make.
        public func misfit(for role: UnitRole) -> SlotFraction? {
            let wanted = [(SlotFraction.vacuum, vacuumFraction), (.dark, darkFraction), (.training, trainingFraction)]
            return wanted.first { $0.1 > 0 && $0.0.role != role }?.0
        }
    }

    /// What happens.
    public enum Event: Sendable {
        /// The light comes up.
        case warmingUp
        /// Symbols come.
        case started(StreamPlan)
        /// How it goes, ten times a second.
        case moment(Moment)
    }

    /// A running stream at a moment.
    public struct Moment: Sendable {
        /// The account.
        public var counters: StreamCounters
        /// Time of streaming.
        public var elapsed: Duration
        /// Symbols a second.
        public var symbolRate: Double
        /// Bytes a second.
        public var byteRate: Double
    }

    /// What ended it.
    public enum Ending: Sendable, Equatable {
        /// The unit, with its reason if it gave one.
        case unit(StateCause?)
        /// Somebody asked for the end.
        case request
        /// The time is over.
        case duration
    }

    /// What is left.
    public struct Outcome: Sendable {
        /// Which unit.
        public var identity: UnitIdentity
        /// What was streamed.
        public var plan: StreamPlan
        /// The account.
        public var counters: StreamCounters
        /// The unit's own account, and whether it can be; nil if it did not answer the end.
        public var said: FinalCount?
        /// Time of streaming.
        public var elapsed: Duration
        /// What ended it.
        public var endedBy: Ending
        /// What the connection counted.
        public var transport: TransportCounters
        /// What is wrong; nil if all is as it was wished.
        public var failure: UnitRunFailure?
    }

    private let request: Request
    private let session = UInt64.random(in: 1...UInt64.max)
    private let end: EndRequest
    private let sessions: RunningSessions
    private let command: String
    private let tell: @Sendable (Event) -> Void

    /// A stream that is noted in `sessions` as `command`, ends in order when `end` is requested, and tells how it goes.
    public init(
        _ request: Request, until end: EndRequest, notedIn sessions: RunningSessions, as command: String,
        _ tell: @escaping @Sendable (Event) -> Void
    ) {
        self.request = request
        self.end = end
        self.sessions = sessions
        self.command = command
        self.tell = tell
    }

    /// Streams with a unit that is open, and leaves it dark. Once it has streamed, what is left is returned, with the failure
    /// in it; before that, failures are thrown. Cancelling the task that performs it requests the end.
    public func perform(on unit: Unit) async throws(UnitRunFailure) -> Outcome {
        try await end.inOrder(by: unit.clock) { () async throws(UnitRunFailure) in try await run(unit) }
    }

    private func run(_ unit: Unit) async throws(UnitRunFailure) -> Outcome {
        // The unit would say so too, but only after minutes of warm-up.
        if let misfit = request.misfit(for: unit.identity.role) { throw .notOfRole(misfit, unit: unit.identity) }
        let journal: SessionJournal
        do throws(SessionFolderFault) {
            journal = try SessionJournal(
                in: sessions, command: command, units: [unit.identity], session: session,
                purpose: request.purpose.rawValue)
        } catch {
            throw .journal(error)
        }
        // Others find the session until its light is out.
        defer { journal.remove() }
        return try await unit.lightDownAfter { () async throws(UnitRunFailure) -> Outcome in
            defer { journal.enter(.ending) }
            do throws(UnitError) { return try await stream(unit, journal) } catch {
                throw end.isRequested ? .ended : .unit(error)
            }
        }
    }

    private func stream(_ unit: Unit, _ journal: SessionJournal) async throws(UnitError) -> Outcome {
        let plan = try await end.cancellable { () async throws(UnitError) in try await prepare(unit, journal) }
        if end.isRequested { throw .cancelled }
        let stream = try await unit.startStream(plan)
        journal.enter(.streaming)
        tell(.started(plan))
        let reader = Task(executorPreference: unit.clock.executor) { () -> UnitError? in
            do throws(UnitError) {
                while try await stream.read({ _, _ in }) {}
                return nil
            } catch {
                return error
            }
        }
        let (elapsed, ending) = await watch(stream, journal, unit.clock)
        journal.enter(.ending)
        let last = await unit.end(stream, readBy: reader)
        return Outcome(
            identity: unit.identity, plan: plan, counters: stream.counters, said: last.said, elapsed: elapsed,
            endedBy: stream.endCause.map { .unit($0) } ?? ending, transport: await unit.anomalies.transport,
            failure: await judge(stream, last, unit))
    }

    private func prepare(_ unit: Unit, _ journal: SessionJournal) async throws(UnitError) -> StreamPlan {
        let capabilities = try await unit.capabilities()
        try await unit.lightDown()
        // What cannot be streamed is refused in the dark.
        let plan = try plan(unit.identity, capabilities)
        if request.darkFraction < 1 {
            journal.enter(.warmingUp)
            tell(.warmingUp)
            let variance = min(LightSetting.defaultModulationVariance, capabilities.maximumModulationVariance)
            try await unit.lightUp(
                .signal(modulationVariance: variance), within: request.warmUpLimit ?? capabilities.warmUpLimit)
        }
        return plan
    }

    private func plan(_ identity: UnitIdentity, _ capabilities: Capabilities) throws(UnitError) -> StreamPlan {
        let frameBytes = request.frameBytes ?? StreamPlan.usualFrameBytes(identity)
        var rate = request.symbolRate ?? 0
        if request.symbolRate == nil {
            rate = try capabilities.plausibleRate(
                StreamBudget.symbolRate([(identity.endpoint, capabilities)], disclosedFraction: 0))
        }
        return StreamPlan(
            session: session, purpose: request.purpose.ofSession, options: .standalone, frameBytes: frameBytes,
            symbolsPerFrame: try StreamPlan.wholeSymbols(frameBytes: frameBytes), symbolRate: rate,
            vacuumFraction: request.vacuumFraction, trainingFraction: request.trainingFraction,
            darkFraction: request.darkFraction)
    }

    /// Tells how it goes until the time is over, the unit ends the session, or somebody asks for the end.
    private func watch(
        _ stream: UnitStream, _ journal: SessionJournal, _ clock: HostClock
    ) async -> (elapsed: Duration, ending: Ending) {
        let began = clock.now
        var meter = RateMeter()
        while true {
            let now = clock.now
            let elapsed = now - began
            if !stream.isRunning { return (elapsed, .unit(nil)) }
            if end.isRequested { return (elapsed, .request) }
            if let duration = request.duration, elapsed >= duration { return (elapsed, .duration) }
            let counters = stream.counters
            meter.add(counters.deliveredSymbols, counters.bytes, at: now)
            tell(
                .moment(
                    Moment(
                        counters: counters, elapsed: elapsed, symbolRate: meter.first, byteRate: meter.second)))
            journal.renew(at: now)
            let left = request.duration.map { $0 - elapsed } ?? SessionWatch.interval
            await end.pause(min(SessionWatch.interval, left))
        }
    }

    private func judge(_ stream: UnitStream, _ last: UnitStreamEnd, _ unit: Unit) async -> UnitRunFailure? {
        if let failure = last.failure { return .unit(failure) }
        if let cause = stream.endCause { return .unit(await unit.ending(cause)) }
        let counters = stream.counters
        // What was refused explains more than an account that does not add up.
        guard counters.bearsRefusals else { return .refused(counters) }
        guard counters.isConserved else { return .account(counters) }
        if let unanswered = last.unanswered { return .unconfirmed(unanswered) }
        return end.isRequested ? .ended : nil
    }
}
