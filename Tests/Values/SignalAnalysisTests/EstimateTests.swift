import QuadratureAnalysis
import RecordedLinks
import SignalAnalysis
import Testing

/// The channel of recordings whose truth is known; five standard deviations are allowed, once in 1.7 million by chance.
@Suite struct EstimateTests {
    static let heterodyne = Result { try RecordedLink.heterodyne() }
    static let homodyne = Result { try RecordedLink.homodyne() }

    private func expectTruth(_ channel: ChannelEstimate) {
        #expect(abs(channel.transmittance.estimate.deviation(from: Transmittance(0.316))) < 5)
        #expect(abs(channel.excessNoise.estimate.deviation(from: ExcessNoise(0.01))) < 5)
        #expect(abs(channel.electronicNoise.estimate.deviation(from: ShotNoiseUnits(0.1))) < 5)
        #expect(abs(channel.modulationVariance.estimate.deviation(from: ShotNoiseUnits(5))) < 5)
    }

    @Test func `an estimate finds delay, channel and noise`() throws {
        let result = try Self.heterodyne.get().estimate()
        #expect(result.delay == 5)
        #expect(try #require(result.alignment).significance > 10)
        expectTruth(result.channel)
        #expect(result.block.symbols == 2 * result.channel.symbols)
        #expect(result.isEmulated == nil && result.remarks.isEmpty)
    }

    @Test func `a delay that is given is not looked for`() throws {
        let result = try Self.heterodyne.get().estimate(delay: 5)
        #expect(result.delay == 5 && result.alignment == nil)
        expectTruth(result.channel)
    }

    @Test func `a delay that is not where it should be is looked for further away, and the watcher hears of it`() throws
    {
        let folder = try RecordedLink.heterodyne(symbols: 60_000, delay: 400)
        let watched = Watched()
        let result = try EstimateResult(
            folder.link(), EstimateAssumptions(detection: .heterodyne, efficiency: 0.6), verify: false,
            watcher: { watched.progress.append($0) })
        #expect(result.delay == 400)
        #expect(watched.progress.contains(.widerDelaySearch(tried: 64, next: 1024)))
        #expect(watched.progress.last == .joining(symbols: 59_600, of: 59_600))
        #expect(
            watched.progress.contains { if case .reading(folder.base("on"), _, 60_000) = $0 { true } else { false } })
    }

    private final class Watched { var progress: [AnalysisProgress] = [] }

    @Test(arguments: ["basis", nil]) func `a homodyne basis is named, or found beside the signal`(_ basis: String?)
        throws
    {
        let result = try EstimateResult(
            try Self.homodyne.get().link(basis: basis), EstimateAssumptions(detection: .homodyne, efficiency: 0.6),
            verify: false)
        #expect(result.delay == 5 && result.remarks.isEmpty)
        expectTruth(result.channel)
    }

    @Test func `sifted data give the same channel`() throws {
        let result = try EstimateResult(
            try Self.homodyne.get().link(modulation: "sifted"),
            EstimateAssumptions(detection: .homodyne, efficiency: 0.6, delay: 0), verify: false)
        expectTruth(result.channel)
    }

    @Test func `without a basis the same quadrature is assumed, and said`() throws {
        let folder = try RecordedLink.homodyne(symbols: 20_000)
        // Alice's other quadrature is never measured: what was sifted, beside nothing.
        let from = try folder.read("sifted")
        try folder.put(
            "modulation", "modulation", from.flatMap { [$0, Int16(clamping: Int($0) &* 7919 % 3001)] },
            #", "cvqkd:scale": 0.001"#, datatype: "ci16_le")
        try folder.remove("basis")
        let result = try EstimateResult(
            folder.link(), EstimateAssumptions(detection: .homodyne, efficiency: 0.6, delay: 0), verify: false)
        #expect(result.remarks == [.basisTakenAsConstant])
        #expect(result.remarks[0].description == "no recording of Bob's basis: taken as the same quadrature always")
    }

    @Test func `shot noise is analysed`() throws {
        let folder = try Self.heterodyne.get()
        let result = try ReceiverPair.read(
            off: folder.base("off"), on: folder.base("on"), method: .twoTime, verify: false
        )
        .shotNoise
        #expect(abs(try #require(result.electronicVariance).deviation(from: RawVariance(4000))) < 5)
        #expect(abs(result.vacuumVariance.deviation(from: RawVariance(44_000))) < 5)
        #expect(abs(result.shotNoiseVariance.deviation(from: RawVariance(40_000))) < 5)
        #expect(abs(try #require(result.electronicNoise).deviation(from: ShotNoiseUnits(0.1))) < 5)
        #expect(abs(try #require(result.clearance).deviation(from: Decibels(ratio: 11))) < 5)
        let oneTime = try ReceiverPair.read(
            off: folder.base("off"), on: folder.base("on"), method: .oneTime, verify: false)
        #expect(abs(oneTime.shotNoise.shotNoiseVariance.deviation(from: RawVariance(44_000))) < 5)
    }

    @Test func `a spectrum is averaged over bands, with the clearance of each`() throws {
        let folder = try Self.heterodyne.get()
        let result = try SpectrumResult(off: folder.base("off"), on: folder.base("on"), length: 256, verify: false)
        #expect(result.on.density.count == 129)
        let bands = result.bands(16)
        #expect(bands.count == 16)
        for band in bands {
            let clearance = try #require(band.clearanceDecibels)
            #expect(abs(clearance.value - Decibels(ratio: 11).value) < 5 * clearance.sigma)
        }
        #expect(result.bands(1000).count == 128, "no band is narrower than a bin")
    }
}
