import Foundation
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitEmulator

/// Detection power against strength: blocks of 60,000 signal, 40,000 vacuum and 40,000 training symbols at 3 dB, limits of
/// one false warning a month and one false action in ten years over blocks of a second. The lines that begin with a bar
/// are the table of docs/monitors.md.
struct DetectionPowerTests {
    /// An attack, the rule that has to see it, and strengths of which the last must be seen in every block.
    struct Row: Sendable, CustomTestStringConvertible {
        var attack: Attack
        var rule: MonitorRule
        var strengths: [Double]
        var receiver = PairModel.Receiver.heterodyne
        var testDescription: String { "\(attack.rawValue) by \(rule)" }
    }

    static let rows: [Row] = [
        Row(attack: .loCalibration, rule: .vacuumVariance, strengths: [1.01, 1.03, 1.04, 1.08]),
        Row(attack: .loCalibration, rule: .vacuumPerPower, strengths: [1.01, 1.03, 1.04, 1.08]),
        Row(attack: .loCalibrationGain, rule: .vacuumPerPower, strengths: [1.01, 1.03, 1.04, 1.08]),
        Row(attack: .loDrift, rule: .localOscillatorPower, strengths: [-0.01, -0.03, -0.06]),
        Row(attack: .loDrift, rule: .vacuumVariance, strengths: [-0.01, -0.03, -0.06]),
        Row(attack: .saturation, rule: .clippedSamples, strengths: [20, 74, 76, 78, 82]),
        Row(attack: .saturation, rule: .signalMean, strengths: [0.02, 0.04, 0.06, 0.1]),
        Row(attack: .blinding, rule: .receiverInput, strengths: [5e-7, 2e-6, 1e-4]),
        Row(attack: .blinding, rule: .photocurrent, strengths: [1e-4, 3e-4, 2e-3]),
        Row(attack: .trojanHorse, rule: .transmitterInput, strengths: [5e-7, 2e-6, 1e-4]),
        Row(attack: .biasDrift, rule: .modulatorBias, strengths: [0.005, 0.02, 0.05]),
        Row(attack: .biasDrift, rule: .signalMean, strengths: [0.005, 0.01, 0.02, 0.05]),
        Row(attack: .wordRepeats, rule: .wordRepeats, strengths: [1e-4, 3e-3, 0.02]),
        Row(attack: .wordSkew, rule: .wordMean, strengths: [0.01, 0.02, 0.05]),
        Row(attack: .basisBias, rule: .basisBalance, strengths: [0.005, 0.011, 0.03], receiver: .homodyne),
        Row(attack: .shutterLeak, rule: .shutterLeak, strengths: [40, 33, 30, 25]),
        Row(attack: .shutterLeak, rule: .vacuumVariance, strengths: [30, 20, 15, 10]),
        Row(attack: .shutterStuck, rule: .shutterReadBack, strengths: [1]),
        Row(attack: .raman, rule: .excessNoise, strengths: [0.05, 0.1, 0.3]),
        Row(attack: .interceptResend, rule: .excessNoise, strengths: [0.05, 0.1, 0.3]),
        Row(attack: .wavelength, rule: .oscillatorLinearity, strengths: [1.02, 1.05, 1.2]),
        Row(attack: .fibreBend, rule: .transmittance, strengths: [0.3, 1, 2]),
        Row(attack: .dirtyConnector, rule: .transmittance, strengths: [0.3, 1, 2]),
        Row(attack: .syncSlip, rule: .synchronisation, strengths: [1]),
    ]

    @Test func `every attack that the emulator makes has its row`() {
        let measured = Set(Self.rows.map(\.attack))
        #expect(Attack.allCases.filter { $0 != .none && !measured.contains($0) }.isEmpty)
    }

    static var limits: MonitorLimits {
        var limits = MonitorLimits(blockSeconds: 1)
        limits.excessNoise = LimitPair(warn: 0.03, act: 0.1)
        return limits
    }

    @Test(arguments: rows)
    func `power grows with strength to certainty`(row: Row) throws {
        let blocks = 24
        var bench = MonitoredBench(seed: 600, limits: Self.limits) { $0.receiver = row.receiver }
        var powers: [Double] = []
        for strength in row.strengths {
            bench.attacks = AttackSet()
            bench.attacks.set(row.attack, strength: strength)
            var (warned, acted, residual) = (0, 0, Double.nan)
            for _ in 0..<blocks {
                let evidence = row.rule == .oscillatorLinearity ? bench.blockAtTwoPowers() : bench.block()
                let finding = bench.judge.judge(row.rule, evidence)
                if finding.action >= .warn { warned += 1 }
                if case .alarm = finding.outcome { acted += 1 }
                residual = finding.residual ?? .nan
            }
            powers.append(Double(warned) / Double(blocks))
            print(
                "| \(row.attack.rawValue) | \(row.rule) | \(strength) | \(Self.percent(warned, blocks)) "
                    + "| \(Self.percent(acted, blocks)) | \(residual.isNaN ? "–" : String(format: "%.3f", residual)) |")
        }
        // 24 of 24: a rule of power .99 does that with probability .79, one of power .8 with .005.
        #expect(powers.last == 1)
        if let first = powers.first, row.strengths.count > 1 { #expect(first < 0.5) }
        #expect(zip(powers, powers.dropFirst()).allSatisfy { $0 <= $1 + 0.35 }, "\(powers)")
    }

    private static func percent(_ part: Int, _ whole: Int) -> String {
        "\(Int((100 * Double(part) / Double(whole)).rounded())) %"
    }

    /// Where power is neither 0 nor 1 it must be what theory says: V_on and the calibrated V_on are χ², and their ratio is
    /// F-distributed about that of the true variances, exactly. 20,000 windows, each with a calibration of its own: one σ is
    /// 0.0035 at power ½, and the tolerance of 5 σ is 0.018. A correct program fails with probability 6e-7 for each ratio.
    /// A rule whose limit were 5.5 σ instead of 5.63 would have .05 more power and fail.
    @Test(arguments: [1.04, 1.045, 1.05, 1.055], [701] as [UInt64])
    func `the power against a calibration attack is that of the F distribution`(ratio: Double, seed: UInt64) {
        var numbers = Deviates(seed: seed)
        var judge = MonitoredBench(seed: 601, calibration: 10_000, limits: Self.limits).judge
        let (windows, samples, calibrated) = (20_000, Int64(20_000), Int64(2_000_000))
        var (warned, evidence) = (0, BlockEvidence())
        for _ in 0..<windows {
            judge.baseline.vacuum = numbers.sums(calibrated, variance: 11_000)
            evidence.vacuum = numbers.sums(samples, variance: 10_000 / ratio + 1_000)
            if judge.judge(.vacuumVariance, evidence).action >= .warn { warned += 1 }
        }
        let freedom = (now: Double(2 * samples - 2), then: Double(2 * calibrated - 2))
        let limit = ExactTails.ratio(
            score: -judge.limits.warnBudget.threshold(.two), freedom: freedom.now, reference: freedom.then)
        let power = ExactTails.fisher(
            below: limit / ((10_000 / ratio + 1_000) / 11_000), freedom: freedom.now, reference: freedom.then)
        let sigma = (power * (1 - power) / Double(windows)).squareRoot()
        let measured = Double(warned) / Double(windows)
        print("seed \(seed), r \(ratio): power \(measured), theory \(power)")
        #expect(abs(measured - power) < 5 * sigma)
        #expect(5 * sigma < 0.02)
    }

    /// The attack that hides everything from T̂ and ξ̂: r = 1.5 over a full intercept-resend at T = η = ½, homodyne. With the
    /// calibrated V_on the estimates are normal; V_on itself betrays it in the first block.
    @Test func `the perfect calibration attack is seen by V_on alone`() throws {
        var bench = MonitoredBench(seed: 602, limits: Self.limits) {
            $0.receiver = .homodyne
            $0.loss = -10 * log10(0.5)
            $0.efficiency = 0.5
            $0.excessNoise = 0
            $0.phaseVariance = 0
        }
        bench.attacks.set(.loCalibrationGain, strength: 1.5)
        bench.attacks.set(.interceptResend, strength: 1)
        var evidence = bench.block(MonitoredBench.Plan(signal: 50_000, vacuum: 50_000, training: 400_000))
        let live = try #require(evidence.excessNoise)
        #expect(live.value.value > 1, "with the live V_on the noise is there")
        // An estimator that trusts its calibration.
        let estimate = bench.trustingEstimate(400_000)
        let trusting = try #require(estimate)
        #expect(abs(trusting.excessNoise.deviation(from: ExcessNoise(0))) < 5)
        #expect(abs(trusting.transmittance.deviation(from: Transmittance(0.5))) < 5)
        evidence.excessNoise = trusting.excessNoise
        evidence.transmittance = trusting.transmittance
        evidence.residual = ResidualEvidence(trusting)
        let verdict = bench.judge.judge(evidence)
        let seen = Set(verdict.raised.map(\.rule))
        #expect(seen.contains(.vacuumVariance) && seen.contains(.vacuumPerPower))
        #expect(!seen.contains(.transmittance) && !seen.contains(.excessNoise) && !seen.contains(.negativeExcessNoise))
        #expect(!seen.contains(.localOscillatorPower))
        #expect(verdict.action == .stop)
    }

    /// The counterpart that no rule sees: V_on forged in real time, gain raised, a full intercept-resend behind it. Only the
    /// check at a second LO power has a chance, and only because this forger does not follow the power.
    @Test func `a complete wavelength attack passes every rule, as declared`() throws {
        var bench = MonitoredBench(seed: 605, limits: Self.limits) {
            $0.receiver = .homodyne
            $0.loss = -10 * log10(0.5)
            $0.efficiency = 0.5
            $0.excessNoise = 0
            $0.phaseVariance = 0
        }
        bench.attacks.set(.wavelength, strength: 1.5)
        bench.attacks.set(.loCalibrationGain, strength: 1)
        bench.attacks.set(.interceptResend, strength: 1)
        let verdict = bench.judge.judge(bench.block())
        #expect(verdict.raised.isEmpty, "\(verdict.raised.map(\.rule))")
        let checked = bench.judge.judge(.oscillatorLinearity, bench.blockAtTwoPowers())
        #expect(checked.outcome == .alarm)
    }

    @Test func `an over-estimated V_on makes ξ negative, and that alarms`() throws {
        var bench = MonitoredBench(seed: 603, limits: Self.limits)
        bench.attacks.set(.shutterLeak, strength: 8)
        let verdict = bench.judge.judge(bench.block())
        #expect(verdict.finding(.negativeExcessNoise)?.outcome == .alarm)
        // A little below 0 is statistics.
        var evidence = BlockEvidence()
        evidence.transmittance = Estimate(Transmittance(0.5), sigma: Transmittance(0.001), samples: 1)
        evidence.excessNoise = Estimate(ExcessNoise(-0.02), sigma: ExcessNoise(0.01), samples: 1)
        #expect(bench.judge.judge(.negativeExcessNoise, evidence).outcome == .quiet)
        evidence.excessNoise = Estimate(ExcessNoise(.nan), sigma: ExcessNoise(0.01), samples: 1)
        #expect(bench.judge.judge(.negativeExcessNoise, evidence).outcome == .alarm)
    }

    @Test func `a rule without its evidence says so`() {
        let bench = MonitoredBench(seed: 604, calibration: 10_000, limits: Self.limits)
        let verdict = bench.judge.judge(BlockEvidence())
        let onBenches = MonitorRule.allCases.filter(\.isBenchOnly)
        #expect(onBenches == [.coexistence, .oscillatorLinearity])
        #expect(verdict.unavailable == MonitorRule.allCases.filter { !$0.isBenchOnly })
        #expect(verdict.findings.filter { $0.outcome.name == "benchOnly" }.map(\.rule) == onBenches)
        #expect(verdict.action == .none)
        for finding in verdict.findings {
            guard case .unavailable(let missing) = finding.outcome else { continue }
            #expect(!missing.isEmpty || finding.rule == .excessNoise)
        }
    }

    @Test(arguments: [
        (0.3, Double.nan, 0.3, 0.001), (0.3, 0.001, 0.3, .nan), (0.3, 0.001, 0, 0.001), (0.3, 0.001, .nan, 0.001),
    ])
    func `a loss that is no number is no small change`(now: Double, sigma: Double, then: Double, error: Double) {
        var judge = MonitoredBench(seed: 606, calibration: 10_000, limits: Self.limits).judge
        judge.baseline.transmittance = Estimate(Transmittance(then), sigma: Transmittance(error), samples: 1)
        var evidence = BlockEvidence()
        evidence.excessNoise = Estimate(ExcessNoise(0.01), sigma: ExcessNoise(0.01), samples: 1)
        evidence.transmittance = Estimate(Transmittance(now), sigma: Transmittance(sigma), samples: 1)
        #expect(judge.judge(.transmittance, evidence).outcome == .alarm)
        #expect(judge.judge(.transmitterStrongerThanCharacterised, evidence).outcome == .alarm || now == 0)
    }

    /// T̂ = gT, with every noise monitor quiet: what a transmitter does that sends g times what it was characterised for.
    @Test func `a fall of the loss is no tap, and a transmitter that is stronger stops key`() {
        var judge = MonitoredBench(seed: 608, calibration: 10_000, limits: Self.limits).judge
        judge.baseline.transmittance = Estimate(Transmittance(0.3), sigma: Transmittance(0.002), samples: 1)
        var evidence = BlockEvidence()
        evidence.excessNoise = Estimate(ExcessNoise(0.01), sigma: ExcessNoise(0.01), samples: 1)
        // Without V_on a calibration attack with raised gain would look the same.
        evidence.vacuum = judge.baseline.vacuum
        evidence.localOscillatorPower = judge.baseline.localOscillatorPower
        func findings(_ now: Double) -> (loss: RuleJudgement, strength: RuleJudgement, LinkDiagnosis) {
            evidence.transmittance = Estimate(Transmittance(now), sigma: Transmittance(0.002), samples: 1)
            let verdict = judge.judge(evidence)
            return (
                judge.judge(.transmittance, evidence), judge.judge(.transmitterStrongerThanCharacterised, evidence),
                LinkDiagnosis(Symptoms(verdict, evidence, judge))
            )
        }
        for gain in [1.1, 1.6, 3] {
            let (loss, strength, diagnosis) = findings(0.3 * gain)
            #expect(loss.outcome == .quiet)
            #expect(strength.outcome == .alarm && strength.action == .stop)
            #expect(diagnosis.conclusion == .likely(.strongerTransmitter))
            #expect(diagnosis.next.first?.contains("power at Alice's output") == true)
        }
        let (loss, strength, diagnosis) = findings(0.15)
        #expect(loss.outcome == .alarm && strength.outcome == .quiet)
        #expect(!diagnosis.named.contains(.strongerTransmitter) && diagnosis.named.contains(.tap))
        let (_, little, _) = findings(0.303)
        #expect(little.outcome == .quiet)
    }

    /// A channel that stands still has no error of its mean: no number, whichever of the two it is.
    @Test(arguments: [true, false])
    func `a channel that stands still is not hidden by the other`(isX: Bool) {
        var numbers = Deviates(seed: 607)
        let judge = MonitoredBench(seed: 607, calibration: 10_000, limits: Self.limits).judge
        var evidence = BlockEvidence()
        func stopped(_ sums: ReceiverMoments) -> ReceiverMoments {
            var still = sums
            var constant = QuadratureMoments()
            constant.add(samples: 10_000, sum: 0, sumOfSquares: 0, clipped: 0)
            if isX { still.x = constant } else { still.p = constant }
            return still
        }
        evidence.vacuum = stopped(numbers.sums(10_000, variance: 11_000))
        evidence.signal = stopped(numbers.sums(10_000, variance: 20_000))
        #expect(judge.judge(.signalMean, evidence).outcome == .alarm)
    }

    @Test func `what cannot be found is declared`() {
        #expect(MonitorRule.oscillatorLinearity.card.detectability.name == "not reliably detectable")
        #expect(DeclaredLimit.all.contains { $0.attack == "wavelength attack" })
        for rule in MonitorRule.allCases {
            #expect(!rule.card.evidence.isEmpty && !rule.card.watchesFor.isEmpty, "\(rule)")
            if rule.card.detectability != .reliable { #expect(rule.card.detectability.reason != nil) }
        }
    }
}

extension MonitoredBench {
    /// A block with V_on at half the power of the local oscillator too.
    mutating func blockAtTwoPowers() -> BlockEvidence {
        var evidence = block()
        var state = state(isOpen: false)
        state.localOscillator = .on(power: model.nominalPower / 2, since: -.infinity)
        var half = ReceiverMoments()
        let samples = run(40_000, state).bob
        half.add(samples.span, detection: detection)
        evidence.secondPower = SecondPower(vacuum: half, power: model.nominalPower / 2)
        return evidence
    }

    /// T̂ and ξ̂ with the calibration's V_on instead of the live one.
    mutating func trustingEstimate(_ symbols: Int) -> LinkHealth? {
        let regression = regress(run(symbols, state(isOpen: true)))
        return try? regression.estimate(
            vacuum: judge.baseline.vacuum, dark: judge.baseline.dark, scale: ModulationScale(model.sampleScale),
            efficiency: model.efficiency)
    }
}
