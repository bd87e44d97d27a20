import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitEmulator

/// A diagnosis explains its strongest symptom or says that nothing does.
struct StrongestSymptomTests {
    static func deviations(_ value: Double) -> SymptomSize { SymptomSize(value, limit: 5.6, isDeviations: true) }

    /// ξ̂ at −65 σ beside a loss of 2 dB was "likely tap".
    @Test func `a loss is not the likely cause beside a much stronger symptom that it does not explain`() {
        var symptoms = Symptoms()
        symptoms.note(.excessNegative, Self.deviations(-65))
        symptoms.note(.lossRose, SymptomSize(2, limit: 0.5, isDeviations: false))
        symptoms.note(.syncKept, true)
        let open = LinkDiagnosis(symptoms)
        #expect(Set(open.named) == [.shutterStuck, .shutterLeak, .wavelengthAttack, .receiverLightAttack])
        #expect(open.symptoms == [.excessNegative, .lossRose] && open.leftUnexplained.isEmpty)
        // Looked at and not found: nothing explains it, and what no rule can find is left.
        for absent in [Symptom.vacuumFollowsWords, .shutterOpen, .foreignLightAtBob] { symptoms.note(absent, false) }
        let closed = LinkDiagnosis(symptoms)
        #expect(closed.conclusion == .unexplained && closed.named.isEmpty)
        #expect(closed.possible == [.wavelengthAttack] && closed.suspectsAttack)
        #expect(closed.leftUnexplained == [.excessNegative, .lossRose])
        #expect(closed.next.count == 1)
    }

    @Test func `a weaker symptom has its own cause beside the strongest one's`() {
        var symptoms = Symptoms()
        symptoms.note(.foreignLightAtAlice, SymptomSize(1e-4, limit: 1e-6, isDeviations: false))
        symptoms.note(.lossRose, SymptomSize(2, limit: 0.5, isDeviations: false))
        symptoms.note(.syncLostLess, true)
        #expect(LinkDiagnosis(symptoms).conclusion == .several([[.trojanHorse], [.fibreBend]]))
        symptoms.note(.meanMoved, Self.deviations(7))
        #expect(LinkDiagnosis(symptoms).leftUnexplained == [.meanMoved])
    }

    @Test func `a statistic that is not a number is told, and hides no cause`() {
        var symptoms = Symptoms()
        symptoms.note(.notANumber, SymptomSize(.nan, limit: 5.6, isDeviations: true))
        #expect(LinkDiagnosis(symptoms).conclusion == .unexplained)
        symptoms.note(.foreignLightAtBob, SymptomSize(1e-3, limit: 1e-6, isDeviations: false))
        let both = LinkDiagnosis(symptoms)
        #expect(both.conclusion == .likely(.receiverLightAttack) && both.leftUnexplained == [.notANumber])
    }

    @Test(arguments: MonitorRule.allCases, [1.0, -1])
    func `whatever is raised asks for a cause`(rule: MonitorRule, sign: Double) {
        let bench = MonitoredBench(seed: 1, calibration: 1_000, limits: DetectionPowerTests.limits)
        for statistic in [sign * 100, .nan] {
            let finding = RuleJudgement(stated: rule, .alarm, statistic: statistic, warn: 5, act: 6)
            let verdict = MonitorVerdict(findings: [finding])
            let diagnosis = LinkDiagnosis(Symptoms(verdict, BlockEvidence(), bench.judge))
            #expect(diagnosis.conclusion != .nothingFound, "\(rule)")
            #expect(diagnosis.symptoms.count == 1, "\(rule)")
        }
    }

    /// A heterodyne receiver has both quadratures and no bases, a homodyne one the other way round; what a window lacks is
    /// another matter.
    @Test func `what a rule lacks is true of the receiver`() {
        for receiver in [PairModel.Receiver.heterodyne, .homodyne] {
            var bench = MonitoredBench(seed: 3, calibration: 20_000, limits: DetectionPowerTests.limits) {
                $0.receiver = receiver
            }
            let (block, empty) = (bench.block(), BlockEvidence())
            let isHeterodyne = receiver == .heterodyne
            for (evidence, isEmpty) in [(block, false), (empty, true)] {
                let basis = bench.judge.judge(.basisBalance, evidence).missing
                #expect(basis == (isHeterodyne ? [.basisChoice] : isEmpty ? [.basis] : []))
                let balance = bench.judge.judge(.varianceBalance, evidence).missing
                #expect(balance == (!isHeterodyne ? [.bothQuadratures] : isEmpty ? [.signalSamples] : []))
            }
        }
    }

    /// Each fault and attack of the emulator alone, and what may be named for it. Those that nothing tells apart stand
    /// together.
    static let right: [(attack: Attack, strength: Double, causes: Set<Hypothesis>)] = [
        (.loCalibration, 1.2, [.calibrationAttack]), (.loCalibrationGain, 1.2, [.calibrationAttack]),
        (.loDrift, -0.06, [.localOscillatorDrift]), (.saturation, 82, [.receiverLightAttack]),
        (.blinding, 2e-3, [.receiverLightAttack]), (.trojanHorse, 1e-4, [.trojanHorse]),
        (.biasDrift, 0.05, [.modulatorBiasDrift]), (.wordRepeats, 0.1, [.randomnessFailure]),
        (.wordSkew, 0.05, [.randomnessFailure]), (.basisBias, 0.03, [.randomnessFailure]),
        (.shutterLeak, 20, [.shutterLeak]), (.shutterLeak, 8, [.shutterLeak]), (.shutterStuck, 1, [.shutterStuck]),
        (.raman, 0.3, [.ramanNoise, .interceptResend]), (.wavelength, 1.5, [.wavelengthAttack]),
        (.wavelength, 1.2, [.wavelengthAttack]), (.fibreBend, 2, [.fibreBend]),
        (.dirtyConnector, 2, [.dirtyConnector, .tap]), (.syncSlip, 5, [.syncSlip]), (.syncSlip, -7, [.syncSlip]),
        (.interceptResend, 1, [.interceptResend, .ramanNoise]),
    ]

    @Test func `the matrix has every attack`() {
        let tried = Set(Self.right.map(\.attack))
        #expect(Attack.allCases.filter { $0 != .none && !tried.contains($0) }.isEmpty)
    }

    /// With every combination of evidence taken away: the right cause is named first, alone or beside those that look alike,
    /// or nothing is said to explain it. 7 kinds of evidence, 128 combinations.
    @Test(arguments: right, [PairModel.Receiver.heterodyne, .homodyne])
    func `alone, each fault and attack is named, or said to be unexplained`(
        one: (attack: Attack, strength: Double, causes: Set<Hypothesis>), receiver: PairModel.Receiver
    ) {
        var bench = MonitoredBench(seed: 710, calibration: 400_000, limits: DetectionPowerTests.limits) {
            $0.receiver = receiver
        }
        bench.attacks.set(one.attack, strength: one.strength)
        let whole = bench.block()
        for taken in 0..<128 {
            var (evidence, judge) = (whole, bench.judge)
            Self.take(taken, from: &evidence, &judge)
            let diagnosis = LinkDiagnosis(Symptoms(judge.judge(evidence), evidence, judge))
            let first: [Hypothesis] =
                switch diagnosis.conclusion {
                case .several(let causes): causes[0]
                default: diagnosis.named
                }
            let text = "taken \(taken): \(diagnosis.conclusion), \(diagnosis.symptoms)"
            #expect(first.isEmpty || !one.causes.isDisjoint(with: first), "\(text)")
            if case .likely = diagnosis.conclusion { #expect(one.causes.isSuperset(of: first), "\(text)") }
            guard taken == 0 else { continue }
            // With all evidence it has its name, but for what no rule finds.
            let isNamed = !one.causes.isDisjoint(with: first + diagnosis.possible)
            #expect(isNamed, "\(text)")
        }
    }

    /// The fibre was bent before the session began: its synchronisation channel has lost nothing since, and that clears no
    /// bend of a loss that counts from the commissioning.
    @Test func `a sync channel that was first seen in the session tells no cause of an older loss`() {
        var bench = MonitoredBench(seed: 711, calibration: 400_000, limits: DetectionPowerTests.limits) {
            $0.receiver = .homodyne
        }
        bench.attacks.set(.fibreBend, strength: 2)
        let evidence = bench.block()
        bench.judge.baseline.sensors[.syncPower] = nil
        bench.judge.baseline.label(.calibration)
        bench.judge.baseline.sensors[.syncPower] = evidence.sensors[.syncPower]
        bench.judge.baseline.label(.firstWindows)
        let judge = bench.judge
        let diagnosis = LinkDiagnosis(Symptoms(judge.judge(evidence), evidence, judge))
        #expect(diagnosis.conclusion == .cannotTellApart([.dirtyConnector, .fibreBend, .tap]))
    }

    private static func take(_ kinds: Int, from evidence: inout BlockEvidence, _ judge: inout BlockJudge) {
        func isTaken(_ kind: Int) -> Bool { kinds & (1 << kind) != 0 }
        if isTaken(0) { evidence.leak = nil }
        if isTaken(1) { evidence.readBack = nil }
        if isTaken(2) { for sensor in [Sensor.receiverInputPower, .photocurrent] { evidence.sensors[sensor] = nil } }
        if isTaken(3) {
            for sensor in [Sensor.biasError, .monitorPower, .syncPower] { evidence.sensors[sensor] = nil }
        }
        if isTaken(4) { judge.baseline.vacuum = ReceiverMoments(limits: evidence.vacuum.x.limits) }
        if isTaken(5) { evidence.localOscillatorPower = nil }
        if isTaken(6) { judge.baseline.transmittance = nil }
    }
}
