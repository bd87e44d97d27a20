internal import LinkControl
public import LinkMonitors
public import QuadratureAnalysis
public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Follows the shot noise of a receiver that is alone: V_off in the dark, then the local oscillator on, the shutter closed,
/// and vacuum, window by window, from its stream or from its own sums; light down at the end.
public struct ShotNoiseWatch: Sendable {
    /// What is wanted.
    public struct Request: Sendable {
        /// The unit shall sum, in place of streaming samples.
        public var usesMoments = false
        /// Vacuum samples per window; nil for what a second brings.
        public var windowSamples: Double?
        /// Windows that make the reference.
        public var referenceWindows = 5
        /// Dark samples of V_off.
        public var darkSamples = Double(LinkPlan.usualDarkSamples)
        /// Of the link for which effects are stated, dB.
        public var loss = 5.0
        /// It ends after so long; nil for never.
        public var duration: Duration?
        /// Longest warm-up; nil for what the unit states, with a margin.
        public var warmUpLimit: Duration?

        /// The usual values.
        public init() {}
    }

    /// What happens.
    public enum Event: Sendable {
        /// V_off is measured.
        case measuringElectronicNoise
        /// V_off.
        case electronicNoise(Estimate<RawVariance>, samples: Int64)
        /// The light comes up.
        case warmingUp
        /// Windows come.
        case started(ShotNoiseWatchPlan)
        /// A window was judged: time since the first began, and where the shot noise stands.
        case window(ShotNoiseState, elapsed: Duration, plan: ShotNoiseWatchPlan)
    }

    private let request: Request
    private let end: EndRequest
    private let sessions: RunningSessions
    private let command: String
    private let tell: @Sendable (Event) throws -> Void

    /// A watch that is noted in `sessions` as `command`, ends in order when `end` is requested, and tells how it goes. What
    /// `tell` throws ends it.
    public init(
        _ request: Request, until end: EndRequest, notedIn sessions: RunningSessions, as command: String,
        _ tell: @escaping @Sendable (Event) throws -> Void
    ) {
        self.request = request
        self.end = end
        self.sessions = sessions
        self.command = command
        self.tell = tell
    }

    /// Watches a unit that is open until the time is over or the end is requested, and leaves it dark; one that is refused
    /// stays as it is. Throws `UnitRunFailure`, and what `tell` throws unless the end is requested. Cancelling the task that
    /// performs it requests the end.
    public func perform(on unit: Unit) async throws -> ShotNoiseState {
        try await end.inOrder(by: unit.clock) {
            do {
                return try await watch(unit)
            } catch let failure as UnitRunFailure {
                throw failure
            } catch let fault as SessionFolderFault {
                throw UnitRunFailure.journal(fault)
            } catch {
                // What the end cancelled fails in many ways, and who listens may be ended by the same Ctrl-C.
                if end.isRequested { throw UnitRunFailure.ended }
                throw (error as? UnitError).map { UnitRunFailure.unit($0) } ?? error
            }
        }
    }

    private func watch(_ unit: Unit) async throws -> ShotNoiseState {
        guard unit.identity.role == .bob else {
            throw UnitError.wrongRole(needed: .bob, found: unit.identity.role, serial: unit.identity.serial)
        }
        let capabilities = try await end.cancellable { () async throws(UnitError) in try await unit.capabilities() }
        let plan = try ShotNoiseWatchPlan(unit.identity, capabilities, request)
        let journal = try SessionJournal(
            in: sessions, command: command, units: [unit.identity], session: plan.session, purpose: "test")
        // Others find the session until its light is out.
        defer { journal.remove() }
        return try await unit.lightDownAfter {
            defer { journal.enter(.ending) }
            return try await watch(unit, plan, capabilities, journal)
        }
    }

    private func watch(
        _ unit: Unit, _ plan: ShotNoiseWatchPlan, _ capabilities: Capabilities, _ journal: SessionJournal
    ) async throws -> ShotNoiseState {
        let dark = try await measureDark(unit, plan)
        let windows = Windows(plan, request, dark: dark, journal: journal, clock: unit.clock, tell)
        journal.enter(.warmingUp)
        try tell(.warmingUp)
        try await end.cancellable { () async throws(UnitError) in
            _ = try await unit.lightUp(.vacuum, within: request.warmUpLimit ?? capabilities.warmUpLimit)
            try await unit.requireShutterInPlace()
        }
        await windows.begin()
        journal.enter(.streaming)
        try tell(.started(plan))
        if plan.usesMoments {
            try await sum(unit, plan, windows)
        } else {
            try await stream(unit, plan, windows)
        }
        return await windows.state
    }

    /// V_off, summed by the unit in the dark. A unit that cannot sum gives none: N0, and what rests on it, stays open.
    private func measureDark(_ unit: Unit, _ plan: ShotNoiseWatchPlan) async throws -> ReceiverMoments {
        try await end.cancellable { () async throws(UnitError) in try await unit.lightDown() }
        guard unit.identity.capabilities.contains(.moments) else { return ReceiverMoments(limits: plan.limits) }
        try tell(.measuringElectronicNoise)
        let moments = try await measure(.dark, plan.darkSamples, unit)
        let dark = ReceiverMoments(moments, limits: plan.limits)
        try tell(.electronicNoise(dark.variance, samples: dark.samples))
        return dark
    }

    /// Sums of the unit's.
    private func measure(_ kind: SymbolKind, _ samples: UInt64, _ unit: Unit) async throws(UnitError) -> Moments {
        try await end.cancellable { () async throws(UnitError) in try await unit.measureMoments(kind, samples: samples)
        }
    }

    /// Sums that the unit makes, window by window.
    private func sum(_ unit: Unit, _ plan: ShotNoiseWatchPlan, _ windows: Windows) async throws {
        var sums = VacuumSums(limits: plan.limits)
        var left = plan.samplesPerChannel
        while !end.isRequested, !(await windows.isOver) {
            // A second at a time: a unit does not go dark while it sums.
            let part = min(left, plan.samplesPerSecond)
            let moments = try await measure(.vacuum, UInt64(part), unit)
            sums.add(ReceiverMoments(moments, limits: plan.limits), moments.localOscillatorPower, of: part)
            left -= part
            guard left == 0 else { continue }
            try await windows.add(sums.moments, localOscillatorPower: sums.localOscillatorPower)
            sums = VacuumSums(limits: plan.limits)
            left = plan.samplesPerChannel
        }
    }

    /// A standalone session of vacuum slots alone.
    private func stream(_ unit: Unit, _ plan: ShotNoiseWatchPlan, _ windows: Windows) async throws {
        let stream = try await unit.startStream(plan.stream)
        let collected = Guarded(VacuumSums(limits: plan.limits))
        let reader = Task(executorPreference: unit.clock.executor) { () -> UnitError? in
            do throws(UnitError) {
                while try await stream.read({ frame, samples in
                    guard frame.kind == .vacuum else { return }
                    collected.withLock { $0.add(frame, samples, plan.detection) }
                }) {}
                return nil
            } catch {
                return error
            }
        }
        var failure: (any Error)?
        if !plan.fits(stream.started.sampleFormat) {
            failure = UnitRunFailure.unit(
                .badReply(
                    request: "StartStream",
                    reason: "samples of format \(stream.started.sampleFormat), which is not its detection's"))
        }
        while failure == nil, stream.isRunning, !end.isRequested, !(await windows.isOver),
            stream.counters.bearsRefusals, stream.counters.isConserved
        {
            await end.pause(SessionWatch.interval)
            guard let sums = collected.withLock({ $0.removeIfWhole(plan.windowSamples) }) else { continue }
            do {
                try await windows.add(sums.moments, localOscillatorPower: sums.localOscillatorPower)
            } catch {
                failure = error
            }
        }
        let last = await unit.end(stream, readBy: reader)
        if let failure { throw failure }
        // No end request makes a reading fail: these are said also to who asked for the end.
        if let lost = last.failure { throw UnitRunFailure.unit(lost) }
        if let cause = stream.endCause { throw UnitRunFailure.unit(await unit.ending(cause)) }
        let counters = stream.counters
        guard counters.bearsRefusals else { throw UnitRunFailure.refused(counters) }
        guard counters.isConserved else { throw UnitRunFailure.account(counters) }
        if let unanswered = last.unanswered { throw UnitRunFailure.unconfirmed(unanswered) }
    }
}

extension ShotNoiseWatch {
    /// The windows of a watch: tracked, told, and shown to other programs.
    fileprivate actor Windows {
        private var tracker: ShotNoiseTracker
        private let plan: ShotNoiseWatchPlan
        private let request: Request
        private let journal: SessionJournal
        private let clock: HostClock
        private let tell: @Sendable (Event) throws -> Void
        private var began: HostClock.Instant

        init(
            _ plan: ShotNoiseWatchPlan, _ request: Request, dark: ReceiverMoments, journal: SessionJournal,
            clock: HostClock, _ tell: @escaping @Sendable (Event) throws -> Void
        ) {
            self.plan = plan
            self.request = request
            self.journal = journal
            self.clock = clock
            self.tell = tell
            began = clock.now
            let settings = ShotNoiseTracker.Settings(
                // Every batch that comes is a window: what the unit sums has exactly the size asked for.
                windowSamples: 1, smoothing: 0.1, referenceWindows: request.referenceWindows,
                budget: FalseAlarmBudget(
                    alarmsPerYear: 1, blockSeconds: max(0.01, plan.secondsPerWindow), tests: ShotNoiseTracker.tests))
            tracker = ShotNoiseTracker(settings: settings, sensitivity: nil, dark: dark, reference: nil)
        }

        /// Time counts from now.
        func begin() { began = clock.now }

        /// Where it stands.
        var state: ShotNoiseState { tracker.state }

        /// Whether the time is over.
        var isOver: Bool { request.duration.map { clock.now - began >= $0 } ?? false }

        func add(_ sums: ReceiverMoments, localOscillatorPower: Double) throws {
            if tracker.sensitivity == nil { tracker.sensitivity = sensitivity(sums) }
            _ = tracker.add(vacuum: sums, localOscillatorPower: localOscillatorPower)
            let state = tracker.state
            journal.show(
                RunningSession.Figures(
                    liveShotNoise: LiveShotNoiseDocument(state), monitorAction: state.alarms.isEmpty ? "none" : "warn",
                    raised: state.window?.alarms.map(\.rawValue) ?? []))
            let now = clock.now
            journal.renew(at: now)
            try tell(.window(state, elapsed: now - began, plan: plan))
        }

        /// Of the link that the person has in mind; v_el from this receiver.
        private func sensitivity(_ sums: ReceiverMoments) -> LinkSensitivity {
            let off = tracker.dark.samples > 1 ? tracker.dark.variance.value.value : 0
            return LinkSensitivity(
                detection: plan.detection, efficiency: plan.efficiency,
                transmittance: Transmittance(loss: Decibels(request.loss)),
                electronicNoise: ShotNoiseUnits(off / (sums.variance.value.value - off)),
                modulationVariance: ShotNoiseUnits(LightSetting.defaultModulationVariance))
        }
    }
}
