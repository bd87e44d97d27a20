import QuadratureAnalysis
import Testing

struct AlignmentSearchTests {
    private func search(
        _ block: SyntheticBlock, homodyne: Bool, window: Int, falseAlarm: Double
    ) throws(AlignmentFailure) -> Alignment {
        var search = AlignmentSearch(
            detection: homodyne ? .homodyne : .heterodyne, maxDelay: window, falseAlarm: falseAlarm)
        if homodyne {
            search.add(alice: block.alice.span, bob: block.bob.span, basis: block.basis.span)
        } else {
            search.add(alice: block.alice.span, bob: block.bob.span)
        }
        return try search.result()
    }

    @Test(arguments: [true, false], [-12, 0, 5, 12])
    func `delay and phase of a clear signal are found`(homodyne: Bool, delay: Int) throws {
        var random = RandomSamples(seed: 31)
        let block = SyntheticBlock(
            &random, symbols: 1000, homodyne: homodyne, gain: (-0.02, 0.02), noise: 100, offset: 300, delay: delay)
        let found = try search(block, homodyne: homodyne, window: 12, falseAlarm: 1e-9)
        #expect(found.delay == delay)
        // Phase error about 1/significance, here below 0.05 rad at one σ; 5 σ allowed.
        #expect(abs(found.phase - 0.75 * .pi) < 5 / found.significance)
        #expect(found.runnerUp < 6)
    }

    /// 600 searches over unrelated data at P = 0.05. The union bound makes the expected number at most 30, so more than
    /// 60 has a probability below 1e-6 (Poisson). Fewer than 5 would mean that the stated P is idle: the true mean is
    /// near 23, which leaves that a probability of 1e-6.
    @Test(arguments: [true, false])
    func `unrelated data are refused at the stated rate`(homodyne: Bool) {
        let seed: UInt64 = 32
        var random = RandomSamples(seed: seed)
        var alarms = 0
        for _ in 0..<600 {
            let block = SyntheticBlock(&random, symbols: 500, homodyne: homodyne, gain: (0, 0), noise: 100)
            if (try? search(block, homodyne: homodyne, window: 8, falseAlarm: 0.05)) != nil { alarms += 1 }
        }
        #expect(alarms <= 60 && alarms >= 5, "\(alarms) alarms, seed \(seed)")
    }

    @Test func `a refusal says how far the best lag fell short`() throws {
        var random = RandomSamples(seed: 33)
        let block = SyntheticBlock(&random, symbols: 500, homodyne: false, gain: (0, 0), noise: 100)
        do throws(AlignmentFailure) {
            _ = try search(block, homodyne: false, window: 8, falseAlarm: 1e-9)
            Issue.record("unrelated data were aligned")
        } catch {
            switch error {
            case .noPeak(let best, let threshold, let symbols): #expect(best < threshold && symbols == 500)
            }
        }
    }
}
