internal import Calibration
internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import LinkOperation
internal import RawKey
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// One session of a link at Alice's node: serves her end to Bob's node, as long as her own records and her own policy let
/// her.
struct AliceSession: Sendable {
    let link: LinkConfiguration
    let unit: UnitControl.Unit
    let making: KeyMaking
    let records: StoredReferences
    let end: EndRequest
    let counter: UInt64
    let tell: @Sendable (LinkProgress) async -> Void
    private var clock: HostClock { unit.clock }

    /// Serves one session over a channel, which is this object's. Returns why it ended.
    func run(_ channel: any LinkChannel) async -> SessionClose {
        let question = OneEndQuestion(own: unit, state: records.store, pins: records.pins, isTestLink: link.isTest)
        let refusal = Guarded<String?>(nil)
        let far = Guarded<EndFacts?>(nil)
        let consent = EndConsent(counter: counter, nodeKey: Array(making.nodeKey.publicKey.bytes)) {
            .random()
        } refuses: { proposal, other in
            let reason = await refuses(proposal, other, question)
            refusal.withLock { $0 = reason }
            far.withLock { $0 = other?.facts ?? $0 }
            return reason
        }
        let variance = link.modulationVariance ?? LightSetting.defaultModulationVariance
        let references: SessionReferences
        let alice: LinkEnd
        do {
            references = try records.transmitter(unit, modulationVariance: variance)
            alice = try await LinkEnd(.alice, unit, consent: consent)
        } catch {
            await channel.close()
            return .notStarted("\(error)")
        }
        let verdicts = Guarded<SessionClose?>(nil)
        // The service is made after what it is told by.
        let service = Guarded<EndService?>(nil)
        let key = await making.attach(
            to: alice, reference: { references }, send: { step in await service.withLock { $0 }?.tell(step) },
            notify: { notice in
                if let close = SessionClose(notice) { verdicts.withLock { $0 = $0 ?? close } }
                await tell(.window(notice))
            })
        let served = EndService(alice, channel) { message in
            if case .release(let step) = message { await key.windows?.receive(step) }
        }
        service.withLock { $0 = served }
        let serving = Task(executorPreference: clock.executor) { await served.serve() }
        let watching = Task(executorPreference: clock.executor) {
            await watch(alice, key, question, far, verdicts) { serving.cancel() }
        }
        let (ending, timeToDark) = await serving.value
        watching.cancel()
        if timeToDark == nil { await tell(.silent(["alice"])) }
        await key.settle(within: .zero)
        if let close = verdicts.withLock({ $0 }) { return close }
        if let reason = refusal.withLock({ $0 }) { return .notStarted(reason) }
        switch ending {
        case .ended: return end.isRequested ? .stopped : .failed("the other end ended the session")
        case .cancelled: return .stopped
        case .peer(let fault): return .failed(fault.description)
        case .unit(let error): return SessionClose(error, at: .alice)
        }
    }

    /// Why a session must not be: this node's records, this link's configuration.
    private func refuses(
        _ proposal: LinkProposal, _ other: LinkAcceptance?, _ question: OneEndQuestion
    ) async -> String? {
        guard proposal.link == link.id else { return "this is link \(link.id)" }
        guard proposal.plan.purpose == link.purpose else { return "link \(link.id) is for \(link.purpose)" }
        do throws(EvidenceError) {
            let (_, policy) = try ReleaseTerms.read(proposal.terms)
            guard policy.boundSigmas >= link.evidence.boundSigmas, policy.nullKeyShare <= link.evidence.shareOfNullKey
            else {
                return "the other end's rule allows more than this one's configuration: "
                    + "\(policy.boundSigmas) σ at \(policy.nullKeyShare) of the null-key noise"
            }
        } catch {
            return error.description
        }
        guard let other else { return nil }
        switch await question.ask(other.facts, lit: false) {
        case .granted: return nil
        case .refused(let refusal): return refusal.description
        case .unknown(let doubt): return doubt.description
        }
    }

    /// Once a second: her monitor's power for the windows, and whether her calibrations still hold.
    private func watch(
        _ alice: LinkEnd, _ key: KeySession, _ question: OneEndQuestion, _ far: Guarded<EndFacts?>,
        _ verdicts: Guarded<SessionClose?>, stop: @Sendable () -> Void
    ) async {
        var permission: KeyPermissionState?
        var rounds = 0
        while !Task.isCancelled {
            do { try await clock.sleep(for: .milliseconds(500)) } catch { return }
            if making.isFull { verdicts.withLock { $0 = $0 ?? .full } }
            if end.isRequested || verdicts.withLock({ $0 != nil }) { return await stopInOrder(key, stop) }
            guard await alice.account().isRunning, let facts = far.withLock({ $0 }) else { continue }
            if rounds == 0 { await tell(.running(session: 0)) }
            rounds += 1
            if let power = (try? await unit.telemetry())?.first(where: { $0.quantity == .monitorPower && !$0.isStale })
            {
                await key.windows?.note(power: power.value)
            }
            guard rounds % 10 == 1 else { continue }
            let asked = clock.now
            var state = permission ?? KeyPermissionState(grantedAt: asked)
            state.handle(await question.ask(facts, lit: true), askedAt: asked, now: clock.now)
            permission = state
            switch state.ending {
            case .refused(let refusal): verdicts.withLock { $0 = $0 ?? .failed(refusal.description) }
            case .unproven(let doubt, _): verdicts.withLock { $0 = $0 ?? .failed(doubt.description) }
            case nil: break
            }
        }
    }

    /// Bob is given a moment to hear of what was decided last.
    private func stopInOrder(_ key: KeySession, _ stop: @Sendable () -> Void) async {
        try? await clock.sleep(for: .milliseconds(300))
        stop()
    }
}
