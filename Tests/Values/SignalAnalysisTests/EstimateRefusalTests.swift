import Foundation
import RecordedLinks
import SignalAnalysis
import Testing

/// What an estimate makes of data that no honest key may rest on. The recordings are seeded: outcomes do not vary.
@Suite struct EstimateRefusalTests {
    /// A link with a vacuum recording `on2` whose variance is `factor` times that of the link's receiver.
    private static func link(vacuum factor: Double) throws -> RecordingFolder {
        let folder = try RecordedLink.heterodyne()
        var random = NormalNumbers(seed: 77)
        try folder.put("on2", "vacuum", random.samples(400_000, variance: 44_000 * factor), datatype: "ci16_le")
        return folder
    }

    @Test func `one clipped sample of the signal refuses it`() throws {
        let folder = try RecordedLink.heterodyne(symbols: 50_000)
        var data = try Data(contentsOf: folder.data("signal"))
        data.replaceSubrange(4000..<4002, with: [0xff, 0x7f])
        try data.write(to: folder.data("signal"))
        let failure = try refusal { _ = try folder.estimate() }
        #expect(failure == .clipped(signal: folder.base("signal"), samples: 1, of: 99_990))
        #expect(failure.description.contains("1 of 99990 samples are clipped"))
    }

    /// V_on 0.6 % too great puts ξ̂ at −1.6σ: statistics.
    @Test func `a noise a little below zero has no asymptotic rate, says why, and keeps its sign`() throws {
        let result = try Self.link(vacuum: 1.006).estimate(on: "on2")
        #expect(result.channel.excessNoise.estimate.value.value < 0)
        #expect(result.asymptotic == nil)
        let reason = try #require(result.missing[.asymptotic])
        #expect(reason.description.contains("no key rate is given for it"))
    }

    /// 2.5 %: beyond the σ that its own ε allows, though ξ_max is above 0. 5 %: ξ_max is below 0.
    @Test(arguments: [(1.025, "σ below 0: V_on is over-estimated"), (1.05, "even the worst case")])
    func `a vacuum variance that is too great refuses the data`(factor: Double, words: String) throws {
        let folder = try Self.link(vacuum: factor)
        let failure = try refusal { _ = try folder.estimate(on: "on2") }
        #expect(failure.description.contains(words), "\(failure)")
    }

    @Test func `too few symbols have no worst case, and no result`() throws {
        let folder = try RecordedLink.heterodyne(symbols: 500, delay: 0)
        let failure = try refusal { _ = try folder.estimate(delay: 0, failureProbability: 1e-200) }
        #expect(failure.description.contains("too few for a worst case"), "\(failure)")
    }

    @Test func `a block of no more than was used for estimation leaves no key`() throws {
        let folder = try EstimateTests.heterodyne.get()
        let failure = try refusal {
            _ = try EstimateResult(
                folder.link(),
                EstimateAssumptions(detection: .heterodyne, efficiency: 0.6, delay: 5, blockSize: 199_995),
                verify: false)
        }
        #expect(failure == .noSymbolForKey(blockSize: 199_995, estimationSymbols: 199_995))
    }

    @Test func `words of unknown scale are refused unless it is stated`() throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000)
        try folder.put("noscale", "modulation", folder.read("modulation"), datatype: "ci16_le")
        func estimate(_ scale: Double?) throws -> EstimateResult {
            try EstimateResult(
                folder.link(modulation: "noscale"),
                EstimateAssumptions(detection: .heterodyne, efficiency: 0.6, scale: scale), verify: false)
        }
        #expect(try refusal { _ = try estimate(nil) } == .noScale(modulation: folder.base("noscale")))
        #expect(try estimate(0.001).delay == 5)
    }

    /// A basis has no use, is of another recording, or is not of zeros and ones.
    @Test func `a basis that does not fit is refused`() throws {
        let folder = try RecordedLink.homodyne(symbols: 20_000)
        func estimate(_ basis: String?, _ modulation: String = "modulation") throws {
            _ = try EstimateResult(
                folder.link(modulation: modulation, basis: basis),
                EstimateAssumptions(detection: .homodyne, efficiency: 0.6, delay: modulation == "sifted" ? 0 : nil),
                verify: false)
        }
        #expect(try refusal { try estimate("basis", "sifted") } == .basisWithoutUse(basis: folder.base("basis")))
        try folder.put("short", "basis", Data(repeating: 1, count: 100), datatype: "ru8")
        #expect(
            try refusal { try estimate("short") }
                == .basisLengthDiffers(basis: folder.base("short"), symbols: 100, signalSymbols: 20_000))
        try folder.put("wrong", "basis", Data(repeating: 2, count: 20_000), datatype: "ru8")
        #expect(
            try refusal { try estimate("wrong") }
                == .recording(.badBasis(data: folder.base("wrong") + ".sigmf-data", symbol: 0, value: 2)))
    }

    @Test func `a receiver of another kind than was stated is refused`() throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000)
        try folder.put(
            "signal", "signal", folder.read("signal"), #", "cvqkd:detection": "homodyne""#, datatype: "ci16_le")
        #expect(
            try refusal { _ = try folder.estimate() }
                == .detectionDiffers(signal: folder.base("signal"), recorded: "homodyne", stated: .heterodyne))
    }
}
