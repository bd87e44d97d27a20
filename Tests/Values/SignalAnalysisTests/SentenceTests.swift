import QuadratureAnalysis
import ReadableText
import SignalRecordings
import Testing

@testable import SignalAnalysis

/// A library's sentences are for any program: none names a command or an option of one.
@Suite struct SentenceTests {
    static let failures: [SignalAnalysisFailure] = [
        .recording(.noChecksum(meta: "a")), .recording(.exists(path: "a")),
        .recording(.diskFull(path: "a", lostSymbols: 1)), .keyRate(.outOfRange(.efficiency, value: 2)),
        .noShotNoise(off: "a", on: "b", .tooFewSamples(.dark, have: 1, need: 2)),
        .noShotNoise(off: "a", on: "b", .clipped(.dark, samples: 1, of: 2)),
        .noShotNoise(off: "a", on: "b", .constant(.dark)), .noShotNoise(off: "a", on: "b", .differentChannels),
        .noShotNoise(off: "a", on: "b", .impossible(.dark)), .noShotNoise(off: "a", on: "b", .darkMissing),
        .noShotNoise(
            off: "a", on: "b", .vacuumNotAboveDark(vacuum: RawVariance(1), dark: RawVariance(2), significance: -9)),
        .noShotNoise(
            off: "a", on: "b", .vacuumNotAboveDark(vacuum: RawVariance(1), dark: RawVariance(1), significance: 0)),
        .censored(recording: "a", limit: 5, expected: 40),
        .detectionDiffers(signal: "a", recorded: "homodyne", stated: .heterodyne), .basisWithoutUse(basis: "a"),
        .basisLengthDiffers(basis: "a", symbols: 1, signalSymbols: 2),
        .lengthsDiffer(modulation: "a", symbols: 1, signal: "b", signalSymbols: 2),
        .nothingInCommon(modulation: "a", signal: "b", delay: 3), .noDelay(modulation: "a", signal: "b", nil),
        .noDelay(modulation: "a", signal: "b", .noPeak(best: 1, threshold: 2, symbols: 3)),
        .uncorrelated(
            modulation: "a", signal: "b",
            StreamCorrelation(coefficient: 0.01, sigma: 0.005, symbols: 20_000, needed: 7.5, mirrored: 40)),
        .noScale(modulation: "a"), .clipped(signal: "a", samples: 1, of: 2),
        .noEstimate(signal: "a", .noModulation), .noEstimate(signal: "a", .tooFewSamples(have: 1, need: 2)),
        .noEstimate(signal: "a", .noShotNoise(vacuum: RawVariance(1), dark: RawVariance(2))),
        .noEstimate(signal: "a", .noDarkSamples), .noEstimate(signal: "a", .noSignal(significance: 1)),
        .noEstimate(signal: "a", .impossibleEfficiency(Estimate(Ratio(2), sigma: Ratio(0), samples: 0))),
        .noEstimate(
            signal: "a", .impossibleScale(Estimate(ModulationScale(0), sigma: ModulationScale(0), samples: 0))),
        .unbounded(signal: "a", .customary), .vacuumOverestimated(signal: "a", deviations: -7),
        .worstCaseRefused(signal: "a", ExcessNoise(-0.1)), .noSymbolForKey(blockSize: 1, estimationSymbols: 1),
        .noSegment(recording: "a", length: 256), .tooFewForSegment(samples: 1, length: 256),
        .degenerate(recording: "a", .constant), .degenerate(recording: "a", .allClipped(samples: 3)),
    ]

    @Test(arguments: failures) func `a failure says what to do without an option of a command`(
        _ failure: SignalAnalysisFailure
    ) {
        let text = failure.description
        #expect(!text.contains(" --") && !text.contains("cvqkd "), "\(text)")
        // A key rate's failure is the range alone.
        if case .keyRate = failure { return }
        #expect(text.contains(". ") || text.contains("? "), "no next step: \(text)")
    }

    @Test func `numbers in sentences have the digits that they are worth`() {
        #expect(NumberText.estimate(0.31621, sigma: 0.00031) == "0.31621 ± 0.00031")
        #expect(NumberText.estimate(10_012.4, sigma: 161) == "10010 ± 160")
        #expect(NumberText.estimate(2.5, sigma: .nan) == "2.500 (σ unknown)")
        #expect(NumberText.significant(-0.0257157, digits: 3) == "-0.0257")
        #expect(NumberText.signed(-0.0257157, digits: 3) == "−0.0257")
        #expect(NumberText.count(1_234_567) == "1,234,567")
    }
}
