public import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension LinkEnd {
    /// Judges what has come since the last call as one window: see `LinkSession.judgeWindow`. `others` asks, once
    /// the window is closed, what the other end found by its own monitors; that stands for what cannot be judged here.
    func judgeWindow(
        sensors: [Sensor: Double], limits: MonitorLimits, leastVacuum: Int64,
        others: @Sendable () async -> [RuleJudgement]
    ) async -> WindowVerdict? {
        guard let window = await analysis.turn({ $0.bob.closeWindow(leastVacuum: leastVacuum) }) else { return nil }
        var evidence = window.sums.evidence
        evidence.sensors = sensors
        evidence.lostSync = window.lostSync
        evidence.slip = window.slip
        await estimate(window, &evidence)
        evidence = await analysis.turn { [evidence] analysis in
            var complete = evidence
            analysis.bob.complete(&complete, with: window, limits: limits)
            return complete
        }
        defer { windows += 1 }
        let shotNoise = await shotNoise()
        let compared = await completedBaseline(sensors: sensors)
        if evidence.dark.samples == 0, compared.sources[.darkSamples] == .calibration, let electronicNoise {
            evidence.dark = electronicNoise.moments
        }
        let judge = BlockJudge(baseline: compared, limits: limits.with(compared))
        let verdict = judge.judge(evidence).completed(by: await others())
        let diagnosis = verdict.raised.isEmpty ? nil : LinkDiagnosis(Symptoms(verdict, evidence, judge))
        return WindowVerdict(
            index: windows, evidence: evidence, verdict: verdict, diagnosis: diagnosis, shotNoise: shotNoise,
            baseline: compared)
    }

    /// What this end's own samples show by themselves: Alice's words.
    public func ownFindings(_ limits: MonitorLimits) async -> [RuleStatement] {
        guard role == .alice, let words = await analysis.turn({ $0.takeWords() }) else { return [] }
        var evidence = BlockEvidence()
        evidence.words = words
        let judge = BlockJudge(baseline: emptyBaseline, limits: limits)
        return judge.judge(evidence).findings.filter(\.isJudged).map(RuleStatement.init)
    }

    /// T̂ and ξ̂ of what has come since the last call alone, for a curve over time; nil while the window has fewer than
    /// `leastVacuum` vacuum samples or yields no estimate. Not beside `judgeWindow`: each takes the window away.
    func healthOfWindow(leastVacuum: Int64) async -> LinkHealth? {
        guard let modulationScale, let electronic = electronic(bobSums.withLock { $0.dark }),
            let window = await analysis.turn({ $0.bob.closeWindow(leastVacuum: leastVacuum) })
        else { return nil }
        return try? window.training.estimate(
            vacuum: window.sums.vacuum, dark: electronic, scale: modulationScale,
            efficiency: capabilities.detectorEfficiency)
    }

    /// Gives the windows what they are compared with: see `LinkSession.hold`.
    func hold(against baseline: LinkBaseline) async {
        var held = baseline
        held.label(.calibration)
        (self.baseline, calibrated) = (held, held)
        if held.vacuum.samples > 0 { await startTracker() }
    }

    /// The shot noise of the session so far; nil before V_off is known.
    func shotNoise() async -> ShotNoiseState? { await analysis.turn { $0.bob.tracker?.state } }

    /// V_off: what was measured before the session and what its dark frames have shown since; nil without either.
    func electronic(_ dark: ReceiverMoments) -> ReceiverMoments? {
        guard var all = electronicNoise?.moments else { return dark.samples > 1 ? dark : nil }
        all.merge(dark)
        return all
    }

    /// Begins to track, with V_off as measured or adopted, and against the calibration if there is one: in whatever order
    /// they came.
    func startTracker() async {
        let reference = calibrated.flatMap { $0.vacuum.samples > 0 ? $0.reference(.calibration) : nil }
        let sensitivity = calibrated.flatMap { $0.sensitivity.transmittance.value.isFinite ? $0.sensitivity : nil }
        let dark =
            electronicNoise?.moments
            ?? ReceiverMoments(limits: ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh))
        let perSecond =
            (plan?.symbolRate ?? 0) * (plan?.vacuumFraction ?? 0) * (capabilities.detection == .homodyne ? 1 : 2)
        // Windows of half a second, not so small that a variance says nothing, nor so large that the eye waits.
        let settings = ShotNoiseTracker.Settings(
            windowSamples: Int64(min(2_000_000, max(5_000, perSecond / 2))), referenceWindows: 6)
        let tracker = ShotNoiseTracker(
            settings: settings, sensitivity: sensitivity, dark: dark, reference: reference)
        await analysis.turn { $0.bob.tracker = tracker }
    }

    /// T̂ and ξ̂ of this window's training alone, with this window's vacuum: what is wrong now is not thinned by what was
    /// right before.
    private func estimate(_ window: BobWindow, _ evidence: inout BlockEvidence) async {
        guard let scale = modulationScale, let electronic = electronic(bobSums.withLock { $0.dark }) else { return }
        let health: LinkHealth?
        do throws(EstimateFailure) {
            health = try window.training.estimate(
                vacuum: window.sums.vacuum, dark: electronic, scale: scale, efficiency: capabilities.detectorEfficiency)
            evidence.transmittance = health?.transmittance
        } catch {
            health = nil
            if case .noSignal = error {
                evidence.transmittance = lostSignal(window, electronic, scale)
            }
        }
        evidence.excessNoise = health?.excessNoise
        evidence.residual = health.flatMap(ResidualEvidence.init)
        if let health, health.transmittance.value.value > 0 {
            let sensitivity = LinkSensitivity(
                detection: window.training.detection, efficiency: capabilities.detectorEfficiency,
                transmittance: health.transmittance.value, electronicNoise: health.electronicNoise.value,
                modulationVariance: health.modulationVariance)
            await analysis.turn { if $0.bob.tracker?.sensitivity == nil { $0.bob.tracker?.sensitivity = sensitivity } }
        }
    }

    /// T̂ of light that does not stand out: about 0, with a σ that says how much may still arrive. There is no ξ̂ then, but
    /// a fibre that was cut must not leave the loss unjudged.
    private func lostSignal(
        _ window: BobWindow, _ electronic: ReceiverMoments, _ scale: ModulationScale
    ) -> Estimate<Transmittance>? {
        guard let fit = try? window.training.fit() else { return nil }
        let shot = window.sums.vacuum.variance.value.value - electronic.variance.value.value
        let factor =
            1
            / (scale.value * scale.value * shot * window.training.detection.quadratureShare
                * capabilities.detectorEfficiency)
        return Estimate(
            Transmittance(fit.squaredGain * factor), sigma: Transmittance(fit.squaredGainSigma * factor),
            samples: fit.symbols)
    }

    private var emptyBaseline: LinkBaseline {
        let unknown = LinkSensitivity(
            detection: capabilities.detection == .homodyne ? .homodyne : .heterodyne,
            efficiency: capabilities.detectorEfficiency, transmittance: Transmittance(.nan),
            electronicNoise: ShotNoiseUnits(.nan), modulationVariance: ShotNoiseUnits(plan?.modulationVariance ?? .nan))
        return LinkBaseline(
            sensitivity: unknown, vacuum: ReceiverMoments(), dark: electronicNoise?.moments ?? ReceiverMoments(),
            localOscillatorPower: nil)
    }

    /// The baseline, with what no calibration gave taken from the session's own first windows once they are there.
    /// Watchdogs, clips and entropy need no reference: they are judged from the first window on.
    private func completedBaseline(sensors: [Sensor: Double]) async -> LinkBaseline {
        var compared = baseline ?? emptyBaseline
        guard let tracker = await analysis.turn({ $0.bob.tracker }), let reference = tracker.reference,
            tracker.state.windows >= tracker.settings.referenceWindows, let sensitivity = tracker.sensitivity
        else { return compared }
        if compared.vacuum.samples == 0 {
            compared.vacuum = reference.vacuum
            compared.localOscillatorPower = reference.localOscillatorPower
        }
        if !compared.sensitivity.transmittance.value.isFinite { compared.sensitivity = sensitivity }
        if compared.transmittance == nil { compared.transmittance = health()?.transmittance }
        compared.sensors.merge(sensors) { recorded, _ in recorded }
        compared.label(.firstWindows)
        baseline = compared
        return compared
    }

    /// T̂ and ξ̂ of the whole session so far; nil while there is too little.
    private func health() -> LinkHealth? {
        let sums = bobSums.withLock { $0 }
        guard let modulationScale, let electronic = electronic(sums.dark) else { return nil }
        return try? sums.training.estimate(
            vacuum: sums.vacuum, dark: electronic, scale: modulationScale, efficiency: capabilities.detectorEfficiency)
    }
}

extension MonitorLimits {
    /// Where nobody has said what excess noise the link may have: half of ξ_null warns, ξ_null acts (trusted receiver,
    /// β = 0.95, asymptotic). Without a threshold the rule stays unavailable.
    func with(_ baseline: LinkBaseline) -> MonitorLimits {
        guard excessNoise.warn.isNaN else { return self }
        let link = baseline.sensitivity
        guard
            let receiver = try? ReceiverModel(
                detection: link.detection, efficiency: link.efficiency, electronicNoise: link.electronicNoise,
                trust: .trusted),
            let reconciliation = try? ReconciliationEfficiency(0.95),
            let threshold = try? NullKeyNoise(
                modulationVariance: link.modulationVariance, transmittance: link.transmittance, receiver: receiver,
                reconciliation: reconciliation
            ).value
        else { return self }
        var limits = self
        limits.excessNoise = LimitPair(warn: threshold.value / 2, act: threshold.value)
        return limits
    }
}
