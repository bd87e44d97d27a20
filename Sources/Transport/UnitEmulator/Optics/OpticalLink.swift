// The standard library has no trigonometry.
import Glibc

/// The light between two units: makes Alice's samples and what Bob's receiver gives for them.
///
/// A pure function of model, slot and state: no clock, no memory, nothing allocated per slot. What Bob receives derives
/// from Alice's *quantised* samples. Slots of any length at any place agree with each other where they overlap.
public struct OpticalLink: Sendable {
    /// The pair.
    public let model: PairModel
    let lossDrift: DriftProcess
    let powerDrift: DriftProcess
    let imbalance: PairModel.Imbalance
    let delay: Int
    let cosine: Double
    let sine: Double
    let skewedCosine: Double
    let skewedSine: Double
    let ziggurat = Ziggurat()

    /// The light of a pair.
    public init(_ model: PairModel) {
        precondition((2...16).contains(model.converterBits), "samples are int16")
        self.model = model
        lossDrift = DriftProcess(model.lossDrift, seed: model.seed, quantity: 0)
        powerDrift = DriftProcess(model.powerDrift, seed: model.seed, quantity: 1)
        imbalance = model.effectiveImbalance
        delay = model.delay
        (cosine, sine) = (cos(model.phase), sin(model.phase))
        let skewed = model.phase - imbalance.angle
        (skewedCosine, skewedSine) = (cos(skewed), sin(skewed))
    }

    /// Alice's samples of a slot by her counter: 2n words x, p, x, p… (0 if she is not modulating). The attenuator does
    /// not change the words, only what they mean: at a dB of attenuation one LSB is `sampleScale` · 10^(−a/20) √SNU.
    public func transmit(
        _ slot: Slot, transmitter: PhysicsState.Transmitter, into samples: inout MutableSpan<Int16>
    ) {
        precondition(samples.count == 2 * slot.symbols, "one x and one p per symbol")
        guard transmitter.isModulating else {
            for index in samples.indices { samples[index] = 0 }
            return
        }
        let key = StreamKey(seed: model.seed, session: slot.session, purpose: .modulation)
        var words = InlineArray<256, Double>(repeating: 0)
        var light = words.mutableSpan
        var position = 0
        while position < slot.symbols {
            let cell = Cell(first: slot.firstSymbol, position: position, count: slot.symbols)
            modulate(cell, transmitter, key: key, into: &light)
            let source = 2 * cell.range.lowerBound
            let target = 2 * position
            for index in 0..<(2 * cell.range.count) {
                samples[target &+ index] = Int16(truncatingIfNeeded: Rounding.integer(light[source &+ index]))
            }
            position += cell.range.count
        }
    }

    /// Fills 2 · `cell.range.upperBound` values with Alice's sample words of a cell, as whole numbers.
    func modulate(
        _ cell: Cell, _ transmitter: PhysicsState.Transmitter, key: StreamKey, into light: inout MutableSpan<Double>
    ) {
        let count = 2 * cell.range.upperBound
        let faults = transmitter.impairments
        let drawn = faults.repetition > 0 ? repeated(cell.index, faults.repetition, key) : cell.index
        var source = GaussianSource(key, cell: drawn, ziggurat: ziggurat)
        source.fill(&light, count: count)
        let deviation = model.modulationVariance.squareRoot() / model.sampleScale
        if faults.skew != 0 {
            for index in 0..<count { light[index] += faults.skew }
        }
        for index in 0..<count {
            light[index] = Rounding.whole(Rounding.clip(deviation * light[index], 32_767))
        }
    }

    /// What the model expects of Bob's samples of a slot, without making them.
    public func expectation(_ slot: Slot, state: PhysicsState) -> Truth.Sums {
        var sums = Truth.Sums()
        var position = 0
        while position < slot.symbols {
            let cell = Cell(first: slot.firstSymbol - lag(state), position: position, count: slot.symbols)
            expect(cell, conditions(at: time(of: cell, state), state: state), state: state, into: &sums)
            position += cell.range.count
        }
        return sums
    }

    func expect(_ cell: Cell, _ now: ReceiverConditions, state: PhysicsState, into sums: inout Truth.Sums) {
        if let shutter = settledTransmission(cell, state) {
            expect(cell.range.count, transmission: shutter, now, state.transmitter, into: &sums)
        } else {
            for symbol in cell.range {
                expect(1, transmission: transmission(symbol, of: cell, state), now, state.transmitter, into: &sums)
            }
        }
    }

    /// The middle of a cell on the emulator's time axis, as it passes Bob, s.
    func time(of cell: Cell, _ state: PhysicsState) -> Double {
        time(Cell.symbols / 2, of: cell, state)
    }

    /// Symbols by which Bob's counter lags Alice's, slips included.
    func lag(_ state: PhysicsState) -> Int64 { Int64(delay) &+ state.impairments.slip }

    private func time(_ symbol: Int, of cell: Cell, _ state: PhysicsState) -> Double {
        state.sessionStart + Double(cell.firstSymbol + Int64(symbol) + lag(state)) / model.symbolRate
    }

    /// What the shutter lets through if it rests during the whole cell.
    func settledTransmission(_ cell: Cell, _ state: PhysicsState) -> Double? {
        let start = time(0, of: cell, state)
        guard state.shutter.isSettled(at: start, timeConstant: model.shutterTimeConstant) else { return nil }
        return state.shutter.isOpen ? 1 : leak(state)
    }

    /// What the shutter lets through at one symbol of a cell.
    func transmission(_ symbol: Int, of cell: Cell, _ state: PhysicsState) -> Double {
        state.shutter.transmission(
            at: time(symbol, of: cell, state), leak: leak(state), timeConstant: model.shutterTimeConstant)
    }

    private func leak(_ state: PhysicsState) -> Double {
        max(powerRatio(attenuation: model.shutterLeakage), state.impairments.shutterLeak)
    }
}
