import QuadratureAnalysis
import Testing
import UnitEmulator

struct OpticalLinkTests {
    private func pieces(_ model: PairModel, cuts: [Int]) -> (alice: [Int16], bob: [Int16], basis: [Bool]) {
        let link = OpticalLink(model)
        let state = PhysicsState(
            transmitter: .modulating, localOscillator: .on(power: 9e-3, since: -3),
            shutter: PhysicsState.Shutter(isOpen: false, movedAt: 60e-6))
        var result: (alice: [Int16], bob: [Int16], basis: [Bool]) = ([], [], [])
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            let slot = Slot(session: 4, firstSymbol: Int64(start), symbols: end - start)
            let block = Recording(link, slot, state)
            result.alice += block.alice
            result.bob += block.bob
            guard model.receiver == .homodyne else { continue }
            result.basis += (0..<slot.symbols).map { block.basis[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
            if slot.symbols % 8 != 0, let last = block.basis.last { #expect(last >> UInt8(slot.symbols % 8) == 0) }
        }
        return result
    }

    @Test(arguments: PairModel.Receiver.allCases)
    func `symbols do not depend on how a run is cut into slots`(receiver: PairModel.Receiver) {
        var model = PairModel(seed: 51)
        model.receiver = receiver
        model.powerDrift = .wander(rms: 0.02, correlationTime: 1e-4)
        model.powerIntensityNoise = 1e-4
        model.imbalance = PairModel.Imbalance(gain: 0.05, angle: 0.02)
        let whole = pieces(model, cuts: [0, 3000])
        let cut = pieces(model, cuts: [0, 1, 6, 127, 128, 300, 1024, 1029, 2999, 3000])
        #expect(whole.alice == cut.alice)
        #expect(whole.bob == cut.bob)
        #expect(whole.basis == cut.basis)
    }

    @Test func `sessions, seeds and directions share no randomness`() {
        let reference = pieces(PairModel(seed: 52), cuts: [0, 64])
        let other = pieces(PairModel(seed: 53), cuts: [0, 64])
        #expect(reference.alice != other.alice)
        #expect(reference.bob != other.bob)
        #expect(reference.alice != reference.bob)
    }

    @Test func `constants of a pair come from its seed and stay in range`() {
        let models = (0..<200).map { PairModel(seed: $0) }
        #expect(Set(models.map(\.delay)) == Set(0...7))
        #expect(models.allSatisfy { abs($0.phase) <= .pi })
        #expect(models[3].phase == PairModel(seed: 3).phase)
    }

    /// Both within 5 σ: probability 1e-6 for a correct model.
    @Test func `Alice's words have the configured variance and both bases are drawn equally often`() {
        var model = PairModel(seed: 54)
        model.receiver = .homodyne
        var bench = Bench(model)
        let block = bench.run(400_000)
        var moments = ReceiverMoments()
        moments.add(block.alice.span, detection: .heterodyne)
        let expected = RawVariance(model.modulationVariance / (model.sampleScale * model.sampleScale) + 1.0 / 12)
        #expect(abs(moments.variance.deviation(from: expected)) < 5)
        let ones = block.basis.reduce(0) { $0 + $1.nonzeroBitCount }
        #expect(abs(Double(ones) - 200_000) < 5 * 100_000.0.squareRoot())
    }

    @Test func `an idle modulator streams zeros and leaves Bob with the vacuum`() {
        var bench = Bench(PairModel(seed: 55))
        bench.state.transmitter.isModulating = false
        let block = bench.run(100_000)
        #expect(block.alice.allSatisfy { $0 == 0 })
        var moments = ReceiverMoments()
        moments.add(block.bob.span, detection: .heterodyne)
        // 5 σ, probability 6e-7.
        #expect(abs(moments.variance.deviation(from: RawVariance(block.expected.totalVariance))) < 5)
    }

    @Test func `the converter clips at its limit and adds its offsets`() {
        var model = PairModel(seed: 56)
        model.converterBits = 9
        model.offsetX = 40
        model.offsetP = -25
        model.modulationVariance = 1
        var bench = Bench(model)
        bench.state.shutter = .closed
        let clipped = bench.run(200_000).bob
        #expect(clipped.max() == 255 && clipped.min() == -255)
        model.converterBits = 14
        bench = Bench(model)
        bench.state.shutter = .closed
        let block = bench.run(200_000)
        var moments = ReceiverMoments()
        moments.add(block.bob.span, detection: .heterodyne)
        // σ of a mean is 105/√200,000 = 0.23 LSB; 5 σ.
        #expect(abs(moments.x.mean - 40) < 1.2)
        #expect(abs(moments.p.mean + 25) < 1.2)
        #expect(moments.clipped == 0)
    }
}
