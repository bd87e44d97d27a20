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
        report.correlation = sums?.correlation
        report.fault = fault(report, sums)
        guard let scale, let sums, let electronic = sums.allElectronicNoise else { return report }
        do throws(EstimateFailure) {
            report.health = try sums.training.estimate(
                vacuum: sums.vacuum, dark: electronic, scale: scale, efficiency: bobFacts.detectorEfficiency)
        } catch {
            // Training that came and does not correlate is not too little training.
            report.noEstimate =
                sums.delay == nil ? sums.correlation.map(EstimateFailure.uncorrelated) ?? error : error
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

    /// What is wrong with the session beyond lost frames: `.disclosureDiffers`, `.framesRefused`, `.unaccounted`,
    /// `.uncorrelated`, `.syncLost`, and of one of purpose key `.uncompared` and, once it has ended, `.comparisonLate`; nil if nothing is.
    public func fault() async -> LinkError? { await report().fault }

    private func fault(_ report: LinkReport, _ sums: TrainingStatement?) -> LinkError? {
        if let symbol = disclosures.firstDifference { return .disclosureDiffers(firstSymbol: symbol) }
        if let symbol = sums?.firstMarkedSignal { return .disclosureDiffers(firstSymbol: symbol) }
        if !bears(report) { return .uncompared(frames: report.uncheckedFrames, of: report.trainingFrames) }
        for (role, counters) in [(UnitRole.alice, report.alice), (.bob, report.bob)] where !counters.bearsRefusals {
            return .framesRefused(role, counters)
        }
        for (role, counters) in [(UnitRole.alice, report.alice), (.bob, report.bob)] where !counters.isConserved {
            return .unaccounted(role, counters)
        }
        if hasEnded, plan.purpose == .key, report.pendingFrames > 0 {
            return .comparisonLate(frames: report.pendingFrames)
        }
        if let correlation = report.correlation, isShown(correlation, report) { return .uncorrelated(correlation) }
        if let lost = sums?.lostSync { return .syncLost(reason: lost) }
        if report.bob.unlockedFrames > 0 {
            return .syncLost(
                reason: "Bob's symbol clock did not follow Alice's counter in \(report.bob.unlockedFrames) frames")
        }
        return nil
    }

    /// Symbols without a delay that are a finding: while the session runs, more may show one.
    private static let (leastWhileRunning, leastAtEnd): (Int64, Int64) = (65_536, 16_384)

    /// Whether a correlation is a finding. What correlated before and does not any more has shown it by itself, and so have
    /// quadratures that are exchanged.
    private func isShown(_ correlation: StreamCorrelation, _ report: LinkReport) -> Bool {
        if report.delay != nil || correlation.mirrored != nil { return true }
        return correlation.symbols >= (hasEnded ? Self.leastAtEnd : Self.leastWhileRunning)
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
