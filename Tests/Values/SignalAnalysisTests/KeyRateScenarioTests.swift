import QuadratureAnalysis
import SignalAnalysis
import Testing

/// Plans of single links: the numbers of the physics reference, and every number that has no key rate.
@Suite struct KeyRateScenarioTests {
    private func expect(_ found: Double?, _ value: Double, within: Double) throws {
        #expect(abs(try #require(found) - value) <= within, "\(found ?? .nan)")
    }

    @Test func `Lodewyck's example`() throws {
        let scenario = try KeyRateScenario(
            detection: .homodyne, modulationVariance: 18.5, excessNoise: 0.005, efficiency: 0.606,
            electronicNoise: 0.041, reconciliation: 0.898)
        let result = try scenario.result(Transmittance(0.302))
        try expect(result.asymptotic.mutualInformation.value, 1.043650, within: 5e-7)
        try expect(result.asymptotic.holevoBound.value, 0.902043, within: 5e-7)
        try expect(result.asymptotic.asymptotic.value, 0.0351541, within: 5e-8)
        #expect(
            scenario.label
                == "planning figure: collective attacks, Gaussian modulation, trusted receiver; not a security claim")
        #expect(result.finite == nil && result.missing.isEmpty)
    }

    @Test func `a block adds worst case, correction, finite rate and its own null-key noise`() throws {
        let result = try heterodyne(block: .init(size: 100_000_000)).result(Transmittance(0.316))
        try expect(result.asymptotic.holevoBound.value, 0.402871, within: 5e-7)
        try expect(result.asymptotic.asymptotic.value, 0.087859, within: 5e-7)
        let finite = try #require(result.finite)
        try expect(finite.worstCase?.transmittance.value, 0.315120, within: 5e-7)
        try expect(finite.worstCase?.excessNoise.value, 0.025091, within: 5e-7)
        try expect(finite.correction.value, 0.005792, within: 5e-7)
        try expect(finite.rate.value, 0.035086, within: 5e-7)
        let null = try #require(result.null?.value)
        try expect(result.margin, 1 - 0.0250905 / null.value, within: 1e-5)
        #expect(null < (try #require(result.asymptoticNull.value)))
    }

    @Test func `a block without key has the formula's value below 0`() throws {
        let result = try heterodyne(block: .init(size: 1_000_000)).result(Transmittance(0.316))
        try expect(result.finite?.rate.value, -0.0257157, within: 5e-8)
    }

    @Test func `what cannot be had is missing with its reason`() throws {
        let short = try heterodyne(block: .init(size: 10_000)).result(Transmittance(loss: Decibels(60)))
        #expect(short.finite?.worstCase == nil && short.finiteNull == nil && short.margin == nil)
        for figure in [
            KeyRateResult.Figure.finiteKeyRate, .transmittanceWorstCase, .excessNoiseWorstCase, .nullKeyExcessNoise,
        ] {
            #expect(short.missing[figure] == .blockTooShort)
        }
        let untrusted = try heterodyne(trust: .untrusted).result(Transmittance(loss: Decibels(10)))
        #expect(untrusted.null?.value == nil)
        let reason = try #require(untrusted.missing[.nullKeyExcessNoise]).description
        #expect(reason.hasPrefix("no key even without excess noise: −0."), "\(reason)")
        #expect(try heterodyne(trust: .untrusted).label.contains("untrusted receiver"))
    }

    @Test func `one channel is the same by loss and by transmittance, one noise at every plane`() throws {
        let reference = try heterodyne().result(Transmittance(0.1))
        for (scenario, channel) in [
            (try heterodyne(), Transmittance(loss: Decibels(10))),
            (try heterodyne(excessNoise: 0.001, plane: .output), Transmittance(0.1)),
            (try heterodyne(excessNoise: 0.0003, plane: .detector), Transmittance(0.1)),
        ] {
            let other = try scenario.result(channel)
            try expect(other.asymptotic.asymptotic.value, reference.asymptotic.asymptotic.value, within: 1e-12)
            try expect(other.asymptotic.holevoBound.value, reference.asymptotic.holevoBound.value, within: 1e-12)
            try expect(other.null?.value?.value, try #require(reference.null?.value).value, within: 1e-12)
            try expect(other.margin, try #require(reference.margin), within: 1e-12)
        }
    }

    /// Each of them alone is wrong; the channel is one of 5 dB.
    static let refused: [(@Sendable () throws -> KeyRateScenario, String)] = [
        ({ try heterodyne(modulationVariance: 0) }, "the modulation variance"),
        ({ try heterodyne(modulationVariance: .infinity) }, "and inf is not"),
        ({ try heterodyne(excessNoise: -0.01) }, "no key rate is given for it"),
        ({ try heterodyne(excessNoise: -0.01, plane: .detector) }, "no key rate is given for it"),
        ({ try heterodyne(excessNoise: .nan) }, "the excess noise"),
        ({ try heterodyne(efficiency: 0) }, "the detector's efficiency"),
        ({ try heterodyne(efficiency: 1.01) }, "the detector's efficiency"),
        ({ try heterodyne(electronicNoise: -0.1) }, "the electronic noise"),
        ({ try heterodyne(reconciliation: 1.1) }, "the reconciliation efficiency"),
        ({ try heterodyne(reconciliation: 0) }, "the reconciliation efficiency"),
        ({ try heterodyne(block: .init(size: 100, estimationFraction: 0)) }, "the fraction for estimation"),
        ({ try heterodyne(block: .init(size: 100, estimationFraction: 1)) }, "the fraction for estimation"),
        ({ try heterodyne(block: .init(size: 1)) }, "the block size"),
        ({ try heterodyne(block: .init(size: -4)) }, "the block size"),
        ({ try heterodyne(block: .init(size: 100, failureProbability: 0)) }, "the failure probability"),
        ({ try heterodyne(block: .init(size: 100, frameErrorRate: 2)) }, "the frame error rate"),
    ]

    @Test(arguments: refused.indices) func `a number that has no key rate is named`(_ index: Int) throws {
        let (make, words) = Self.refused[index]
        let failure = try #require(throws: KeyRateFailure.self) {
            _ = try make().link(Transmittance(loss: Decibels(5)))
        }
        #expect(failure.description.contains(words), "\(failure)")
    }

    @Test(arguments: [0, -0.1, 1.2, .nan]) func `a transmittance that no channel has is named`(_ value: Double) throws {
        let failure = try #require(throws: KeyRateFailure.self) { _ = try heterodyne().link(Transmittance(value)) }
        #expect(failure.description.contains("the transmittance is greater than 0"))
    }
}
