internal import CalibrationRecords
internal import LinkControl
internal import LinkMonitors
internal import QuadratureAnalysis
internal import ReadableText
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension PairRun {
    /// The session: frame synchronisation, delay, T and ξ from training.
    func training() -> CalibrationPhase<PairNotes> {
        CalibrationPhase(
            PhasePlan(
                name: "training", title: "training: delay, T, ξ", samples: Int64(clamping: symbols),
                seconds: Double(symbols) / plan.symbolRate + 1)
        ) { notes, progress throws(CalibrationFailure) in
            let windows = Guarded(TrainingWindows(symbolRate: plan.symbolRate))
            let monitoring = PairMonitoring(
                session, alice: alice, bob: bob,
                secondsPerWindow: TrainingWindows.share * Double(symbols) / plan.symbolRate)
            let began = bob.clock.now
            let report: LinkReport
            do throws(LinkError) {
                if let baseline = plan.baseline(notes.bob, modulationVariance: session.plan.modulationVariance) {
                    await session.hold(against: baseline)
                }
                try await session.start()
                report = try await monitoring.during { () async throws(LinkError) in
                    try await session.run { [symbols, clock = bob.clock, limit = longest] report in
                        let done = Double(report.bob.nextSymbol) / Double(symbols)
                        if windows.withLock({ $0.isDue(done) }), let window = await monitoring.judgeWindow() {
                            windows.withLock { $0.add(window.evidence, until: report.bob.nextSymbol) }
                        }
                        progress(done, TrainingWindows.text(report.health))
                        // Frames that are refused bring nobody nearer to the end.
                        return report.bob.nextSymbol >= symbols || clock.now - began >= limit
                    }
                }
                if Task.isCancelled { throw LinkError.unit(.bob, .cancelled) }
                if let fault = await session.fault() { throw fault }
                if let left = await session.deserter(), report.bob.nextSymbol < symbols {
                    let unit = left.role == .alice ? alice : bob
                    throw LinkError.unit(left.role, await unit.ending(left.cause))
                }
                if report.bob.nextSymbol < symbols {
                    throw LinkError.unit(
                        .bob,
                        .tooSlow(
                            doing: "\(report.bob.nextSymbol) of \(symbols) symbols have come, "
                                + "\(report.bob.malformedFrames) frames were refused",
                            milliseconds: longest.wholeMilliseconds))
                }
            } catch {
                throw CalibrationFailure(error)
            }
            var found = report
            found.health = report.health.map { health in
                // The session takes η as stated; T̂η is what was measured. ξ̂_in does not contain η.
                let factor = notes.bob.detectorEfficiency / KnownEfficiency(plan.factoryEfficiency, notes.bob).value
                var health = health
                health.transmittance = Estimate(
                    Transmittance(health.transmittance.value.value * factor),
                    sigma: Transmittance(health.transmittance.sigma.value * factor),
                    samples: health.transmittance.samples)
                return health
            }
            notes.health = found.health
            var findings = findings(found, notes, windows.withLock { $0.curves })
            findings.diagnosis = monitoring.diagnosis
            if let diagnosis = monitoring.diagnosis, diagnosis.conclusion != .nothingFound {
                findings.remarks.append("monitors of the session: \(diagnosis.sentence)")
            }
            return findings
        }
    }

    /// What the session may take: three times what its symbols need, and half a minute.
    private var longest: Duration { .seconds(min(3 * Double(symbols) / plan.symbolRate + 30, 1e9)) }

    private func findings(
        _ report: LinkReport, _ notes: PairNotes, _ curves: [CalibrationRecord.Curve]
    ) -> PhaseFindings {
        let lost = Double(report.bob.gapSymbols) / Double(max(1, report.bob.nextSymbol))
        var findings = PhaseFindings([
            RecordedMeasurement(
                "delay", value: report.delay.map(Double.init), sigma: 0, unit: "symbol", limits: AcceptanceLimits()),
            RecordedMeasurement("delayConfirmations", value: Double(report.delayConfirmations), unit: "1"),
            RecordedMeasurement(
                "lostSymbols", value: lost, unit: "1", samples: Int64(clamping: report.bob.nextSymbol),
                limits: limits.lostSymbols),
            RecordedMeasurement("sharedSymbols", value: Double(report.verifiedSymbols), unit: "1"),
        ])
        findings.curves = curves
        findings.note = LinkReport.label
        guard let health = report.health else {
            findings.measurements.append(
                RecordedMeasurement(
                    "excessNoise", value: nil, unit: "SNU", plane: Plane.Input.name, limits: limits.excessNoise))
            findings.note = "no estimate: \(report.noEstimate.map { "\($0)" } ?? "too little training")"
            return findings
        }
        let efficiency = KnownEfficiency(plan.factoryEfficiency, notes.bob)
        // Without a bound there is no margin, and a missing margin fails.
        let bounded = (try? FailureProbability(plan.failureProbability)).flatMap { epsilon in
            try? health.bounded(
                efficiency: Estimate(Ratio(efficiency.value), sigma: Ratio(efficiency.sigma), samples: 0),
                modulationSigma: Ratio(plan.modulation?.relativeSigma ?? 0), failureProbability: epsilon)
        }
        let worst = bounded?.worstCase
        findings.measurements += estimates(health, bounded, efficiency)
        let (rates, reason) = ExpectedKeyRate(
            health: health, worst: worst, detection: notes.detection, efficiency: efficiency.value, plan: plan
        ).findings(limits)
        findings.measurements += rates
        findings.budget = (bounded?.budget.named ?? []).map { quantity, line in
            .init(
                result: quantity, cause: line.cause.rawValue, sigma: line.sigma,
                evaluation: line.cause.evaluation.rawValue)
        }
        findings.references = [plan.factoryEfficiency?.record, plan.modulation?.record].compactMap { $0 }
        findings.remarks = [
            efficiency.remark, modulationRemark,
            "key rates are planning figures: collective attacks, Gaussian modulation, trusted receiver; no security claim",
        ]
        if let reason { findings.note = LinkReport.label + "; " + reason }
        return findings
    }

    private var modulationRemark: String {
        guard let modulation = plan.modulation else {
            return "V_A as stated by Alice's unit, taken as exact: there is no record of hers that holds"
        }
        return
            "V_A ± \(NumberText.significant(100 * modulation.relativeSigma, digits: 2)) % by Alice's record \(modulation.record.prefix(12))"
    }

    /// `bounded` has the uncertainties of η and V_A; without it, which is a failure already, only statistics are shown.
    private func estimates(
        _ health: LinkHealth, _ bounded: ChannelEstimate?, _ efficiency: KnownEfficiency
    ) -> [RecordedMeasurement] {
        let (t, worst) = (health.transmittance.value.value, bounded?.worstCase)
        let sigma = bounded?.transmittance.estimate.sigma.value ?? health.transmittance.sigma.value
        let noise = bounded?.excessNoise.estimate ?? health.excessNoise
        var judged = limits.excessNoise
        // A negative estimate is statistics down to some σ; beyond, V_on is over-estimated: drift, leak, attack.
        judged.minimum = -5 * noise.sigma.value
        judged.marginalMinimum = -4 * noise.sigma.value
        var excessNoise = RecordedMeasurement(
            "excessNoise", noise, unit: "SNU", plane: Plane.Input.name, limits: judged, judging: .value)
        // The lower limit is in σ already, the upper one is not.
        excessNoise.outcome = excessNoise.outcome.map {
            max($0, limits.excessNoise.judge(excessNoise.value, sigma: noise.sigma.value))
        }
        let loss = health.transmittance.value.loss.value
        var found = [
            RecordedMeasurement(
                "transmittance", value: t, sigma: sigma, unit: "1", samples: health.transmittance.samples,
                source: .verifiedRatio),
            RecordedMeasurement(
                "loss", value: loss, sigma: Decibels(relativeSigma: sigma / t).value, unit: "dB", source: .verifiedRatio
            ),
            // T rests on it; whoever takes T for another η needs it.
            RecordedMeasurement(
                "detectorEfficiency", value: efficiency.value, sigma: efficiency.sigma, unit: "1",
                source: efficiency.source),
            excessNoise,
            RecordedMeasurement("transmittanceWorstCase", value: worst?.transmittance.value, unit: "1"),
            RecordedMeasurement(
                "excessNoiseWorstCase", value: worst?.excessNoise.value, unit: "SNU", plane: Plane.Input.name),
            RecordedMeasurement("signalToNoise", value: health.signalToNoise.value, unit: "1"),
            RecordedMeasurement(
                "modulationVariance", value: health.modulationVariance.value,
                sigma: plan.modulation.flatMap { _ in bounded?.modulationVariance.estimate.sigma.value }, unit: "SNU",
                source: plan.modulation == nil ? .stated : .verifiedRatio),
            RecordedMeasurement("vacuumVariance", health.vacuumVariance, unit: "LSB^2"),
            RecordedMeasurement("shotNoiseVariance", health.shotNoise, unit: "LSB^2"),
            RecordedMeasurement("electronicNoise", health.electronicNoise, unit: "SNU"),
            RecordedMeasurement("clearanceDecibels", health.clearance, unit: "dB"),
            RecordedMeasurement("phase", value: health.phase, unit: "rad"),
            RecordedMeasurement("imagePower", value: health.imagePower, unit: "1", limits: limits.imagePower),
        ]
        if let commissioned = plan.commissionedLoss {
            found.append(
                RecordedMeasurement(
                    "lossChange", value: loss - commissioned, sigma: Decibels(relativeSigma: sigma / t).value,
                    unit: "dB", limits: limits.lossChange))
        }
        return found
    }
}

/// ξ̂ and T̂ as the session went on: each point from the training and the vacuum of its own window alone, so that a change
/// is not thinned by what was before it. T̂ takes η as the unit states it.
struct TrainingWindows: Sendable {
    private var times: [Double] = []
    private var excess: [Estimate<ExcessNoise<Plane.Input>>] = []
    private var transmittance: [Estimate<Transmittance>] = []
    private var next = TrainingWindows.share
    private var begins = 0.0
    private let symbolRate: Double
    /// Part of the session that makes a window.
    static let share = 0.04

    init(symbolRate: Double) { self.symbolRate = symbolRate }

    func isDue(_ fraction: Double) -> Bool { fraction >= next }

    /// Takes a window that ended at Bob's symbol `until`; one without an estimate leaves a gap in the curves.
    mutating func add(_ evidence: BlockEvidence, until symbol: UInt64) {
        let ends = Double(symbol) / symbolRate
        defer {
            begins = ends
            next += Self.share
        }
        guard let noise = evidence.excessNoise, let found = evidence.transmittance else { return }
        times.append((begins + ends) / 2)
        excess.append(noise)
        transmittance.append(found)
    }

    var curves: [CalibrationRecord.Curve] {
        [
            .init(
                name: "excessNoise", xLabel: "time / s", yLabel: "ξ_in / SNU (link health, not a security estimate)",
                x: times, y: excess.map(\.value.value), sigma: excess.map(\.sigma.value)),
            .init(
                name: "transmittance", xLabel: "time / s", yLabel: "T (η as stated)", x: times,
                y: transmittance.map(\.value.value), sigma: transmittance.map(\.sigma.value)),
        ]
    }

    /// For a progress line.
    static func text(_ health: LinkHealth?) -> String {
        guard let noise = health?.excessNoise else { return "no estimate yet" }
        return "ξ_in \(NumberText.estimate(noise.value.value, sigma: noise.sigma.value, unit: "SNU"))"
    }
}
