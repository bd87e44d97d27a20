internal import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
public import UnitProtocol

extension LinkSession {
    /// Where the session stands now.
    public func report() async -> LinkReport {
        let (first, second) = (await alice.account(), await bob.account())
        let sums = await bob.sums()
        var report = LinkReport(
            session: number, purpose: plan.purpose, alice: first.counters ?? .impossible,
            bob: second.counters ?? .impossible, vacuumSamples: sums?.vacuum.samples ?? 0,
            darkSamples: sums?.dark.samples ?? 0, trainingSymbols: sums?.training.symbols ?? 0,
            unmatchedSymbols: sums?.unmatchedSymbols ?? 0, verifiedSymbols: disclosures.comparedSymbols,
            delay: sums?.delay, delayConfirmations: sums?.delayConfirmations ?? 0, shotNoise: await shotNoise(),
            health: nil, noEstimate: nil)
        report.uncheckedFrames = disclosures.unchecked &+ (sums?.uncomparedMarks ?? 0)
        report.trainingFrames = told
        report.pendingFrames = told - min(told, sums?.marksHeard ?? 0)
        guard let scale, let sums, let electronic = sums.allElectronicNoise else { return report }
        do throws(EstimateFailure) {
            report.health = try sums.training.estimate(
                vacuum: sums.vacuum, dark: electronic, scale: scale, efficiency: bobFacts.detectorEfficiency)
        } catch {
            report.noEstimate = error
        }
        return report
    }

    /// The unit that ended the session by itself, and why; nil if neither did. Of a session that lost one end because the
    /// other stopped, it is the other.
    public func deserter() async -> (role: UnitRole, cause: StateCause)? {
        let accounts = [(UnitRole.alice, await alice.account()), (.bob, await bob.account())]
        let named = accounts.compactMap { role, account in
            account.cause.map { (role: role, cause: StateCause(rawValue: $0)) }
        }
        return named.first { $0.cause != .peerStopped } ?? named.first
    }

    /// What is wrong with the session beyond lost frames: `.syncLost`, `.disclosureDiffers`, and of one of purpose key
    /// `.uncompared` and, once it has ended, `.comparisonLate`; nil if nothing is.
    public func fault() async -> LinkError? {
        if let symbol = disclosures.firstDifference { return .disclosureDiffers(firstSymbol: symbol) }
        let sums = await bob.sums()
        if let symbol = sums?.firstMarkedSignal { return .disclosureDiffers(firstSymbol: symbol) }
        let report = await report()
        if !bears(report) { return .uncompared(frames: report.uncheckedFrames, of: report.trainingFrames) }
        if hasEnded, plan.purpose == .key, report.pendingFrames > 0 {
            return .comparisonLate(frames: report.pendingFrames)
        }
        if let lost = sums?.lostSync { return .syncLost(reason: lost) }
        if let unlocked = await bob.account().counters?.unlockedFrames, unlocked > 0 {
            return .syncLost(reason: "Bob's symbol clock did not follow Alice's counter in \(unlocked) frames")
        }
        return nil
    }
}

extension TrainingStatement {
    /// V_off: what was measured before the session and what its dark frames have shown since; nil without either.
    var allElectronicNoise: ReceiverMoments? {
        guard var all = electronicNoise else { return dark.samples > 1 ? dark : nil }
        all.merge(dark)
        return all
    }
}
