internal import Calibration
internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import LinkMonitors
internal import LinkOperation
internal import QuadratureAnalysis
internal import RawKey
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// One session of a link at Bob's node, which coordinates it: prepared, run until something ends it, light out, windows
/// settled.
struct BobSession: Sendable {
    let link: LinkConfiguration
    let unit: UnitControl.Unit
    let making: KeyMaking
    let records: StoredReferences
    let end: EndRequest
    let consent: EndConsent
    /// T̂ of the session before, as its training showed it; nil before the first.
    var lastTransmittance: Transmittance?
    let tell: @Sendable (LinkProgress) async -> Void
    private var clock: HostClock { unit.clock }

    /// Runs one session with Alice's end behind a channel, which is this object's. Returns why it ended.
    func run(_ channel: any LinkChannel) async -> SessionClose {
        let alice = await RemoteEnd(.alice, channel)
        let close = await run(alice)
        await alice.close()
        return close
    }

    private func run(_ alice: RemoteEnd) async -> SessionClose {
        let plan: LinkPlan
        let found: (baseline: SessionBaseline, references: SessionReferences)
        let terms: ReleaseTerms
        let bob: LinkEnd
        do {
            let capabilities = try await unit.capabilities()
            plan = sessionPlan(capabilities)
            found = try records.receiver(unit, capabilities, modulationVariance: plan.modulationVariance)
            let windows = try windowPlan(plan, found.baseline)
            await tell(.planned(windows))
            terms = releaseTerms(plan, windows)
            bob = try await LinkEnd(.bob, unit, consent: consent)
        } catch {
            return .notStarted("\(error)")
        }
        let verdicts = Guarded<SessionClose?>(nil)
        let references = Guarded(found.references)
        let key = await making.attach(
            to: bob, reference: { references.withLock { $0 } }, send: { await alice.tell($0) },
            notify: { notice in
                if let close = SessionClose(notice) { verdicts.withLock { $0 = $0 ?? close } }
                await tell(.window(notice))
            })
        let steps = Task(executorPreference: clock.executor) {
            for await step in alice.steps { await key.windows?.receive(step) }
        }
        defer { steps.cancel() }
        let session: LinkSession
        do throws(LinkError) {
            session = try await LinkSession(
                alice: alice, bob: bob, plan: plan, link: link.id, terms: terms.bytes, clock: clock)
        } catch {
            return .notStarted(error.description)
        }
        var close: SessionClose
        do throws(LinkError) {
            close = try await stream(session, key, found.baseline, references, verdicts)
        } catch {
            close = SessionClose(error, at: .bob)
        }
        let silent = await session.lightDown()
        if !silent.isEmpty { await tell(.silent(silent.map { "\($0)" })) }
        await key.settle(within: making.deadline)
        return verdicts.withLock { $0 } ?? close
    }

    // MARK: - With light

    private func stream(
        _ session: LinkSession, _ key: KeySession, _ baseline: SessionBaseline,
        _ references: Guarded<SessionReferences>, _ verdicts: Guarded<SessionClose?>
    ) async throws(LinkError) -> SessionClose {
        await tell(.preparing(session: session.number, far: session.aliceFacts.serial))
        let question = OneEndQuestion(
            own: unit, state: records.store, pins: records.pins, isTestLink: link.isTest)
        let capabilities: Capabilities
        do throws(UnitError) { capabilities = try await unit.capabilities() } catch { throw .unit(.bob, error) }
        let noise = try await session.measureElectronicNoise(samples: LinkPlan.darkSamples(capabilities))
        references.withLock { $0.adopt(noise.moments) }
        try await session.lightUp(within: max(capabilities.warmUpLimit, .seconds(60)))
        switch await question.ask(session.aliceFacts, lit: true) {
        case .granted: break
        case .refused(let refusal): return .notStarted(refusal.description)
        case .unknown(let doubt): return .notStarted(doubt.description)
        }
        var compared = baseline.baseline
        // What V_on is expected to be goes with the local oscillator of this session, which is lit only now.
        let readings = (try? await unit.telemetry()) ?? []
        if let power = readings.first(where: { $0.quantity == .localOscillatorPower && !$0.isStale })?.value {
            compared.sessionPower = power
            references.withLock { $0.localOscillatorPower = power }
        }
        await session.hold(against: compared)
        if end.isRequested { return .stopped }
        try await session.start()
        await tell(.running(session: session.number))
        let watch = BobWatch(
            link, unit, session, key, question, verdicts: verdicts, end: end, isFull: { [making] in making.isFull },
            clock: clock, tell: tell)
        let monitors = Task(executorPreference: clock.executor) { await watch.run() }
        defer { monitors.cancel() }
        _ = try await session.run { await watch.isEnough($0) }
        await key.drain()
        return await watch.close(await session.report())
    }
}

/// Watches a running session at Bob's node: monitors, calibrations, evidence, the operator.
actor BobWatch {
    private let unit: UnitControl.Unit
    private let session: LinkSession
    private let key: KeySession
    private let question: OneEndQuestion
    private let verdicts: Guarded<SessionClose?>
    private let end: EndRequest
    private let isFull: @Sendable () -> Bool
    private let clock: HostClock
    private let tell: @Sendable (LinkProgress) async -> Void
    private var account: MonitorAccount
    private var evidence: KeyEvidence
    private var permission: KeyPermissionState
    private var found: SessionClose?
    private var rounds = 0

    init(
        _ link: LinkConfiguration, _ unit: UnitControl.Unit, _ session: LinkSession, _ key: KeySession,
        _ question: OneEndQuestion, verdicts: Guarded<SessionClose?>, end: EndRequest,
        isFull: @escaping @Sendable () -> Bool, clock: HostClock,
        tell: @escaping @Sendable (LinkProgress) async -> Void
    ) {
        self.unit = unit
        self.session = session
        self.key = key
        self.question = question
        self.verdicts = verdicts
        self.end = end
        self.isFull = isFull
        self.clock = clock
        self.tell = tell
        account = MonitorAccount(
            policy: MonitorPolicy(link.purpose), limits: MonitorLimits(blockSeconds: 1))
        evidence = KeyEvidence(session.plan, at: clock.now)
        permission = KeyPermissionState(grantedAt: clock.now)
    }

    /// Judges once a second until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: MonitorSensors.interval) } catch { return }
            var sensors = MonitorSensors()
            if let readings = try? await unit.telemetry() { sensors.add(bob: readings, of: unit.identity.serial) }
            guard !Task.isCancelled else { return }
            rounds += 1
            if rounds % 5 == 0 {
                let asked = clock.now
                let answer = await question.ask(session.aliceFacts, lit: true)
                permission.handle(answer, askedAt: asked, now: clock.now)
            }
            guard
                let window = await session.judgeWindow(
                    sensors: sensors.values, limits: account.limits, leastVacuum: rounds < 10 ? 5_000 : 0)
            else { continue }
            for notice in account.add(window, sensors) { await tell(.monitor(notice)) }
            if let stop = account.stop, found == nil {
                let cause = account.diagnosis.map { "\($0.conclusion)" }
                await key.windows?.fail(for: [stop.rule.rawValue])
                found = .security(
                    "\(stop.rule.rawValue) is outside its limits" + (cause.map { ": likely \($0)" } ?? ""))
            }
        }
    }

    /// Whether the session shall end.
    func isEnough(_ report: LinkReport) async -> Bool {
        await tell(.moment(report))
        key.note(LinkMoment(health: report.health, alarms: account.raisedNow.map(\.rawValue).sorted()))
        if let lack = evidence.look(report, now: clock.now) { found = found ?? .failed(lack.description) }
        permission.look(clock.now)
        switch permission.ending {
        case .refused(let refusal): found = found ?? .failed(refusal.description)
        case .unproven(let doubt, let time):
            found = found ?? .failed("for \(time) nobody could say that key may be made: \(doubt)")
        case nil: break
        }
        if isFull() { found = found ?? .full }
        if end.isRequested { found = found ?? .stopped }
        return found != nil || verdicts.withLock { $0 != nil }
    }

    /// Why the session has ended.
    func close(_ report: LinkReport) -> SessionClose {
        if let found { return found }
        if let fault = report.fault { return SessionClose(fault, at: .bob) }
        return end.isRequested ? .stopped : .failed("the streams ended")
    }
}
