import QuadratureAnalysis
import Testing
import UnitEmulator

struct EmulatedAlignmentTests {
    /// A pair whose signal-to-noise ratio per measured quadrature, μ′ηTV_A/(1 + v_el), is 10^(dB/10).
    private func pair(_ seed: UInt64, _ receiver: PairModel.Receiver, decibels: Double) -> PairModel {
        var model = PairModel(seed: seed)
        model.receiver = receiver
        let open = receiver.share * model.efficiency * model.modulationVariance / (1 + model.electronicNoise)
        model.loss = Decibels(ratio: open).value - decibels
        return model
    }

    private func add(_ block: Recording, to search: inout AlignmentSearch) {
        if search.detection == .homodyne {
            search.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span)
        } else {
            search.add(alice: block.alice.span, bob: block.bob.span)
        }
    }

    /// At −15 dB and 8,000 symbols the peak is expected at 15.6 σ (homodyne) or more, the threshold is 7.2 σ: a miss has
    /// a probability below 1e-15 per pair, a wrong lag below the stated 1e-9. At −3 dB and
    /// 500 symbols the peak is expected at 12.9 σ: a miss has a probability below 1e-7.
    @Test(arguments: PairModel.Receiver.allCases, [500, 8000])
    func `the delay is found in one block`(receiver: PairModel.Receiver, symbols: Int) throws {
        let decibels = symbols == 500 ? -3.0 : -15.0
        for seed: UInt64 in 100..<120 {
            var bench = Bench(pair(seed, receiver, decibels: decibels))
            let block = bench.run(symbols)
            var search = AlignmentSearch(detection: bench.detection, maxDelay: 64)
            add(block, to: &search)
            let found = try search.result()
            #expect(found.delay == bench.model.delay, "seed \(seed)")
            var turn = found.phase - bench.model.phase
            if turn > .pi { turn -= 2 * .pi }
            if turn < -.pi { turn += 2 * .pi }
            #expect(abs(turn) < 5.5 / found.significance, "seed \(seed)")
        }
    }

    /// Blocks of 500 symbols at −15 dB: 3.9 σ (homodyne) or 5.5 σ each, threshold 7.2 σ.
    @Test(arguments: PairModel.Receiver.allCases)
    func `blocks too weak by themselves add up`(receiver: PairModel.Receiver) throws {
        for seed: UInt64 in 130..<140 {
            var bench = Bench(pair(seed, receiver, decibels: -15))
            var search = AlignmentSearch(detection: bench.detection, maxDelay: 64)
            for _ in 0..<16 {
                add(bench.run(500), to: &search)
            }
            let found = try search.result()
            #expect(found.delay == bench.model.delay, "seed \(seed)")
        }
    }

    /// P = 0.02 over 200 pairs with Alice dark: at most 4 alarms are expected, more than 15 have a probability of 5e-6.
    @Test(arguments: PairModel.Receiver.allCases)
    func `a dark link yields no delay beyond the stated rate`(receiver: PairModel.Receiver) {
        var alarms = 0
        for seed: UInt64 in 200..<400 {
            var bench = Bench(pair(seed, receiver, decibels: 0))
            bench.state.transmitter.isLaserOn = false
            let block = bench.run(1000)
            var search = AlignmentSearch(detection: bench.detection, maxDelay: 16, falseAlarm: 0.02)
            add(block, to: &search)
            if (try? search.result()) != nil { alarms += 1 }
        }
        #expect(alarms <= 15, "\(alarms) alarms, seeds 200..<400")
    }
}
