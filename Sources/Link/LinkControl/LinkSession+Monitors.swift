public import LinkMonitors
public import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension LinkSession {
    /// Judges what has come since the last call as one window: every rule against the baseline, with the sensors as the
    /// units' telemetry shows them now (fresh values only). Nil while the window has fewer than `leastVacuum` vacuum
    /// samples: its sums go on.
    ///
    /// The baseline is what `hold(against:)` gave; without it, the session's own first windows, which cannot show what was
    /// wrong from the start.
    public func judgeWindow(
        sensors: [Sensor: Double], limits: MonitorLimits, leastVacuum: Int64 = 5_000
    ) -> WindowVerdict? {
        guard let window = analysis.withLock({ $0.closeWindow(leastVacuum: leastVacuum) }) else { return nil }
        var evidence = window.sums.evidence
        evidence.sensors = sensors
        evidence.words = words.withLock { words in
            defer { words = WordStatistics() }
            return words.symbols > 0 ? words : nil
        }
        evidence.lostSync = window.lostSync
        estimate(window, &evidence)
        analysis.withLock { $0.complete(&evidence, with: window, limits: limits) }
        defer { windows += 1 }
        let shotNoise = analysis.withLock { $0.tracker?.state }
        let held = completedBaseline(sensors: sensors)
        if evidence.dark.samples == 0, held.sources[.darkSamples] == .calibration, let electronicNoise {
            evidence.dark = electronicNoise.moments
        }
        let judge = BlockJudge(baseline: held, limits: limits.with(held))
        let verdict = judge.judge(evidence)
        let diagnosis = verdict.raised.isEmpty ? nil : Diagnosis(Symptoms(verdict, evidence, judge))
        return WindowVerdict(
            index: windows, evidence: evidence, verdict: verdict, diagnosis: diagnosis, shotNoise: shotNoise,
            baseline: held)
    }

    /// T̂ and ξ̂ of what has come since the last call alone, for a curve over time; nil while the window has fewer than
    /// `leastVacuum` vacuum samples or yields no estimate. Not beside `judgeWindow`: each takes the window away.
    public func healthOfWindow(leastVacuum: Int64) -> LinkHealth? {
        guard let streams, let electronic = electronic(analysis.withLock { $0.dark }),
            let window = analysis.withLock({ $0.closeWindow(leastVacuum: leastVacuum) })
        else { return nil }
        return try? window.training.estimate(
            vacuum: window.sums.vacuum, dark: electronic, scale: ModulationScale(streams.alice.started.sampleScale),
            efficiency: capabilities.detectorEfficiency)
    }

    /// Gives the windows what they are held against: a calibration and a commissioning. What it lacks comes from the
    /// session's own first windows.
    public func hold(against baseline: LinkBaseline) {
        var held = baseline
        held.label(.calibration)
        self.baseline = held
        guard held.vacuum.samples > 0 else { return }
        startTracker(
            held.reference(.calibration),
            sensitivity: held.sensitivity.transmittance.value.isFinite ? held.sensitivity : nil)
    }

    /// The shot noise of the session so far; nil before V_off is known.
    public func shotNoise() -> ShotNoiseState? { analysis.withLock { $0.tracker?.state } }

    /// Begins to track, with V_off as measured.
    func startTracker(_ reference: ShotNoiseReference?, sensitivity: LinkSensitivity?) {
        let dark = electronicNoise?.moments ?? ReceiverMoments(limits: analysis.withLock { $0.dark.x.limits })
        let perSecond =
            plan.symbolRate * plan.vacuumFraction * (capabilities.detection == .homodyne ? 1 : 2)
        // Windows of half a second, not so small that a variance is no number, nor so large that the eye waits.
        let settings = ShotNoiseTracker.Settings(
            windowSamples: Int64(min(2_000_000, max(5_000, perSecond / 2))), referenceWindows: 6)
        let tracker = ShotNoiseTracker(
            settings: settings, sensitivity: sensitivity, dark: dark, reference: reference)
        analysis.withLock { $0.tracker = tracker }
    }

    /// T̂ and ξ̂ of this window's training alone, with this window's vacuum: what is wrong now is not thinned by what was
    /// right before.
    private func estimate(_ window: BobWindow, _ evidence: inout BlockEvidence) {
        guard let streams, let electronic = electronic(analysis.withLock { $0.dark }) else { return }
        let scale = ModulationScale(streams.alice.started.sampleScale)
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
            analysis.withLock { if $0.tracker?.sensitivity == nil { $0.tracker?.sensitivity = sensitivity } }
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
            electronicNoise: ShotNoiseUnits(.nan), modulationVariance: ShotNoiseUnits(plan.modulationVariance))
        return LinkBaseline(
            sensitivity: unknown, vacuum: ReceiverMoments(), dark: electronicNoise?.moments ?? ReceiverMoments(),
            localOscillatorPower: nil)
    }

    /// The baseline, with what no calibration gave taken from the session's own first windows once they are there.
    /// Watchdogs, clips and entropy need no reference: they are judged from the first window on.
    private func completedBaseline(sensors: [Sensor: Double]) -> LinkBaseline {
        var held = baseline ?? emptyBaseline
        guard let tracker = analysis.withLock({ $0.tracker }), let reference = tracker.reference,
            tracker.state.windows >= tracker.settings.referenceWindows, let sensitivity = tracker.sensitivity
        else { return held }
        if held.vacuum.samples == 0 {
            held.vacuum = reference.vacuum
            held.localOscillatorPower = reference.localOscillatorPower
        }
        if !held.sensitivity.transmittance.value.isFinite { held.sensitivity = sensitivity }
        if held.transmittance == nil { held.transmittance = report().health?.transmittance }
        held.sensors.merge(sensors) { recorded, _ in recorded }
        held.label(.firstWindows)
        baseline = held
        return held
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
