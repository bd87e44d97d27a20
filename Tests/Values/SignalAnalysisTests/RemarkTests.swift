import RecordedLinks
import SignalAnalysis
import Testing

/// What a recording is not refused for, and what is said of it.
@Suite struct RemarkTests {
    private func remarks(_ samples: [Int16], _ extra: String = "") throws -> [RecordingRemark] {
        let folder = try RecordingFolder()
        try folder.put("off", "electronic_noise", RecordingRefusalTests.noise(4000, seed: 3))
        try folder.put("on", "vacuum", samples, extra)
        let pair = try ReceiverPair.read(
            off: folder.base("off"), on: folder.base("on"), method: .twoTime, verify: false)
        return pair.remarks
    }

    private func sentence(_ remarks: [RecordingRemark], _ words: String) -> Bool {
        remarks.contains { $0.description.contains(words) }
    }

    @Test func `good recordings need no remark`() throws {
        #expect(try remarks(RecordingRefusalTests.noise(44_000)).isEmpty)
    }

    @Test func `an emulated unit is said`() throws {
        let found = try remarks(RecordingRefusalTests.noise(44_000), #", "cvqkd:emulated": true"#)
        #expect(sentence(found, "EMULATED, no optics behind it"), "\(found)")
    }

    /// Every sample depends on the one before: ρ₁ = 0.3/(1 + 0.3²) = 0.28.
    @Test func `correlated samples count as fewer, and that is said`() throws {
        let white = RecordingRefusalTests.noise(40_000)
        let filtered = white.indices.map { Int16(Double(white[$0]) + 0.3 * Double($0 > 0 ? white[$0 - 1] : 0)) }
        let found = try remarks(filtered)
        #expect(sentence(found, "neighbouring samples are correlated (ρ₁ = 0.2"), "\(found)")
    }

    @Test func `samples that are not Gaussian are said to be`() throws {
        // A square of a Gaussian leans to one side and has long tails; the limits keep it from passing for clipped.
        let squared = RecordingRefusalTests.noise(40_000).map { Int16(Double($0) * Double($0) / 200) }
        let found = try remarks(squared, #", "cvqkd:clip_low": -32768, "cvqkd:clip_high": 32767"#)
        #expect(sentence(found, "x is skewed") && sentence(found, "x is not Gaussian, kurtosis"), "\(found)")
    }
}
