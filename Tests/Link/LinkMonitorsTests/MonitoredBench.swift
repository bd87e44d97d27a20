import Glibc
import LinkMonitors
import QuadratureAnalysis
import UnitEmulator

/// A link on the emulator's bench: calibrates once, then makes blocks of evidence under attacks.
struct MonitoredBench {
    let model: PairModel
    let link: OpticalLink
    var attacks = AttackSet()
    var judge: BlockJudge
    private var next: Int64 = 0
    /// Launch power of the classical channels, if somebody tells, W.
    var classicalPower: Double?

    static let syncPower = 4e-5
    static let monitorPower = 1e-4

    /// What a block consists of, symbols.
    struct Plan {
        var signal = 60_000
        var vacuum = 40_000
        var training = 40_000
        var dark = 10_000
    }

    init(
        seed: UInt64, calibration: Int = 1_000_000, limits: MonitorLimits,
        _ change: (inout PairModel) -> Void = { _ in }
    ) {
        var model = PairModel(seed: seed)
        model.loss = 3
        model.shutterLeakage = 80
        change(&model)
        self.model = model
        link = OpticalLink(model)
        let detection: Detection = model.receiver == .homodyne ? .homodyne : .heterodyne
        let sensitivity = LinkSensitivity(
            detection: detection, efficiency: model.efficiency,
            transmittance: Transmittance(loss: Decibels(model.loss)),
            electronicNoise: ShotNoiseUnits(model.electronicNoise),
            modulationVariance: ShotNoiseUnits(model.modulationVariance))
        judge = BlockJudge(
            baseline: LinkBaseline(
                sensitivity: sensitivity, vacuum: ReceiverMoments(), dark: ReceiverMoments(),
                localOscillatorPower: model.nominalPower), limits: limits)
        // A block is far too short for the leak that a session has to be able to show.
        judge.limits.shutterLeak = 1
        judge.baseline.vacuum = vacuum(calibration).moments
        judge.baseline.dark = dark(calibration)
        judge.baseline.sensors = [
            .photocurrent: model.nominalPower, .monitorPower: Self.monitorPower, .syncPower: Self.syncPower,
        ]
        judge.baseline.transmittance = commissioned()
    }

    var detection: Detection { judge.baseline.sensitivity.detection }

    func state(isOpen: Bool, isLit: Bool = true) -> PhysicsState {
        var state = PhysicsState(
            transmitter: .modulating, localOscillator: isLit ? .on(power: model.nominalPower, since: -.infinity) : .off,
            shutter: isOpen ? .open : .closed)
        state.impairments = attacks.impairments
        state.transmitter.impairments = attacks.transmitter(modulation: model.modulationVariance)
        return state
    }

    mutating func run(_ symbols: Int, _ state: PhysicsState) -> (alice: [Int16], bob: [Int16], basis: [UInt8]) {
        let slot = Slot(session: 1, firstSymbol: next, symbols: symbols)
        next += Int64(symbols)
        var sent = [Int16](repeating: 0, count: 2 * symbols)
        var received = [Int16](repeating: 0, count: model.receiver.samplesPerSymbol * symbols)
        var basis = [UInt8](repeating: 0, count: (symbols + 7) / 8)
        var words = sent.mutableSpan
        link.transmit(slot, transmitter: state.transmitter, into: &words)
        var samples = received.mutableSpan
        var bits = basis.mutableSpan
        if model.receiver == .homodyne {
            link.receive(slot, state: state, into: &samples, basis: &bits)
        } else {
            link.receive(slot, state: state, into: &samples)
        }
        return (sent, received, basis)
    }

    func regress(_ block: (alice: [Int16], bob: [Int16], basis: [UInt8])) -> TrainingRegression {
        var regression = TrainingRegression(detection: detection)
        let delay = model.delay
        if detection == .homodyne {
            regression.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span, delay: delay)
        } else {
            regression.add(alice: block.alice.span, bob: block.bob.span, delay: delay)
        }
        return regression
    }

    private func shape(_ samples: [Int16]) -> SampleShape {
        var shape = SampleShape()
        if detection == .homodyne { shape.add(samples.span) } else { shape.add(samples.span, start: 0, stride: 2) }
        return shape
    }

    private mutating func vacuum(
        _ symbols: Int
    ) -> (moments: ReceiverMoments, shape: SampleShape, regression: TrainingRegression) {
        let block = run(symbols, state(isOpen: false))
        var moments = ReceiverMoments(limits: limits)
        moments.add(block.bob.span, detection: detection)
        return (moments, shape(block.bob), regress(block))
    }

    private mutating func dark(_ symbols: Int) -> ReceiverMoments {
        let block = run(symbols, state(isOpen: false, isLit: false))
        var moments = ReceiverMoments(limits: limits)
        moments.add(block.bob.span, detection: detection)
        return moments
    }

    private var limits: ClipLimits { .converter(bits: model.converterBits) }

    private mutating func commissioned() -> Estimate<Transmittance>? {
        let training = regress(run(400_000, state(isOpen: true)))
        return try? training.estimate(
            vacuum: judge.baseline.vacuum, dark: judge.baseline.dark, scale: ModulationScale(model.sampleScale),
            efficiency: model.efficiency
        ).transmittance
    }

    /// One block of evidence under the attacks in force. T̂ and ξ̂ use the block's own vacuum, as a live session does.
    mutating func block(_ plan: Plan = Plan()) -> BlockEvidence {
        var evidence = BlockEvidence()
        let open = state(isOpen: true)
        let (vacuum, vacuumShape, closed) = vacuum(plan.vacuum)
        let signal = run(plan.signal, open)
        evidence.vacuum = vacuum
        evidence.vacuumShape = vacuumShape
        evidence.signal = ReceiverMoments(limits: limits)
        evidence.signal.add(signal.bob.span, detection: detection)
        evidence.signalShape = shape(signal.bob)
        var words = WordStatistics()
        words.add(signal.alice.span)
        evidence.words = words
        if detection == .homodyne { evidence.basis = BasisCount(signal.basis.span, symbols: plan.signal) }
        evidence.localOscillatorPower = link.localOscillatorPower(at: 0, state: open)
        judgeTraining(plan, open, closed, &evidence)
        evidence.dark = dark(plan.dark)
        evidence.sensors = sensors()
        evidence.readBack = readBack()
        return evidence
    }

    private mutating func judgeTraining(
        _ plan: Plan, _ open: PhysicsState, _ closed: TrainingRegression, _ evidence: inout BlockEvidence
    ) {
        let block = run(plan.training, open)
        let training = regress(block)
        guard let fit = try? training.fit(), fit.significance > 8 else {
            evidence.lostSync = true
            evidence.slip = slip(block)
            return
        }
        evidence.lostSync = false
        let health = try? training.estimate(
            vacuum: evidence.vacuum, dark: judge.baseline.dark, scale: ModulationScale(model.sampleScale),
            efficiency: model.efficiency)
        evidence.transmittance = health?.transmittance
        evidence.excessNoise = health?.excessNoise
        evidence.residual = health.flatMap(ResidualEvidence.init)
        if let gain = try? closed.fit() { evidence.leak = ShutterLeak(closed: gain, open: fit) }
    }

    /// The delay that a search finds instead of the known one.
    private func slip(_ block: (alice: [Int16], bob: [Int16], basis: [UInt8])) -> DelaySlip? {
        var search = AlignmentSearch(detection: detection, maxDelay: 64)
        if detection == .homodyne {
            search.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span)
        } else {
            search.add(alice: block.alice.span, bob: block.bob.span)
        }
        return (try? search.result()).map {
            DelaySlip(
                from: model.delay, to: $0.delay, significance: $0.significance, threshold: search.threshold)
        }
    }

    /// 300 readings with a tenth of the slots vacuum: thirty are of a closed shutter, none of one that is stuck.
    private func readBack() -> ShutterReadings {
        var readings = ShutterReadings()
        for index in 0..<300 {
            readings.add(index % 10 == 0 && attacks[.shutterStuck] == nil ? 1 : 0, closedShare: 0.1)
        }
        return readings
    }

    /// What the emulated units' telemetry shows (`PairOptics`).
    private func sensors() -> [Sensor: Double] {
        let effect = attacks.impairments
        let bias = attacks[.biasDrift] ?? 0
        var sensors: [Sensor: Double] = [
            .receiverInputPower: 2e-9 + effect.blindingPower,
            .photocurrent: link.localOscillatorPower(at: 0, state: state(isOpen: true)) + effect.blindingPower,
            .transmitterInputPower: 2e-9 + effect.trojanPower, .biasError: bias,
            .monitorPower: Self.monitorPower * attacks.transmitter(modulation: 5).relativePower(modulation: 5),
            .transmitterEntropy: attacks[.wordRepeats] == nil && attacks[.wordSkew] == nil ? 1 : 0,
            .receiverEntropy: attacks[.basisBias] == nil ? 1 : 0,
            .syncPower: Self.syncPower * Decibels(-effect.syncLoss).ratio,
        ]
        sensors[.classicalPower] = classicalPower
        return sensors
    }
}
