import QuadratureAnalysis
import UnitEmulator

/// What both units hold after a slot, and what the model expects of it.
struct Recording {
    let alice: [Int16]
    let bob: [Int16]
    let basis: [UInt8]
    let expected: Truth.Sums

    /// Makes one slot, starting from buffers full of rubbish.
    init(_ link: OpticalLink, _ slot: Slot, _ state: PhysicsState) {
        let homodyne = link.model.receiver == .homodyne
        var sent = [Int16](repeating: -1, count: 2 * slot.symbols)
        var received = [Int16](repeating: -1, count: link.model.receiver.samplesPerSymbol * slot.symbols)
        var choices = [UInt8](repeating: 0xFF, count: homodyne ? (slot.symbols + 7) / 8 : 0)
        var words = sent.mutableSpan
        link.transmit(slot, transmitter: state.transmitter, into: &words)
        var samples = received.mutableSpan
        if homodyne {
            var bits = choices.mutableSpan
            expected = link.receive(slot, state: state, into: &samples, basis: &bits)
        } else {
            expected = link.receive(slot, state: state, into: &samples)
        }
        (alice, bob, basis) = (sent, received, choices)
    }
}

/// A pair on the bench: makes slots of a model and feeds them to the estimator, keeping the truth of the same slots.
struct Bench {
    let link: OpticalLink
    var state: PhysicsState
    var regression: TrainingRegression
    var vacuum = ReceiverMoments()
    var dark = ReceiverMoments()
    var truth: Truth
    private var next: Int64 = 0

    init(_ model: PairModel) {
        link = OpticalLink(model)
        state = PhysicsState(
            transmitter: .modulating, localOscillator: .on(power: model.nominalPower, since: -.infinity), shutter: .open
        )
        regression = TrainingRegression(detection: model.receiver == .homodyne ? .homodyne : .heterodyne)
        truth = Truth(model)
    }

    var detection: Detection { regression.detection }
    var model: PairModel { link.model }

    /// Runs the next `symbols` symbols in the present state.
    mutating func run(_ symbols: Int) -> Recording {
        defer { next += Int64(symbols) }
        return Recording(link, Slot(session: 1, firstSymbol: next, symbols: symbols), state)
    }

    mutating func train(_ symbols: Int) {
        state.shutter = .open
        let block = run(symbols)
        truth.signal.add(block.expected)
        if model.receiver == .homodyne {
            let delay = model.delay
            regression.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span, delay: delay)
        } else {
            let delay = model.delay
            regression.add(alice: block.alice.span, bob: block.bob.span, delay: delay)
        }
    }

    mutating func measureVacuum(_ symbols: Int) {
        state.shutter = .closed
        let block = run(symbols)
        truth.vacuum.add(block.expected)
        let detection = detection
        vacuum.add(block.bob.span, detection: detection)
    }

    mutating func measureDark(_ symbols: Int) {
        let lit = state.localOscillator
        state.shutter = .closed
        state.localOscillator = .off
        let block = run(symbols)
        truth.dark.add(block.expected)
        let detection = detection
        dark.add(block.bob.span, detection: detection)
        state.localOscillator = lit
    }

    func estimate() throws(EstimateFailure) -> LinkHealth {
        let attenuation = Decibels(-state.transmitter.attenuation / 2).ratio
        return try regression.estimate(
            vacuum: vacuum, dark: dark, scale: ModulationScale(model.sampleScale * attenuation),
            efficiency: model.efficiency)
    }
}
