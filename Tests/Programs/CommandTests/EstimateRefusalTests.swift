import Foundation
import Testing

/// What `estimate` makes of data that no honest key may rest on. The recordings are seeded: outcomes do not vary.
struct EstimateRefusalTests {
    /// A recording of vacuum whose variance is `factor` times that of the link's receiver.
    private func vacuum(_ factor: Double, in folder: Scratch) throws {
        var random = RecordingCommandTests.Normal(state: 77)
        let deviation = (44_000 * factor).squareRoot()
        let samples = (0..<400_000).map { _ in Int16((deviation * random.next()).rounded()) }
        try samples.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: "\(folder.path)/on.sigmf-data"))
    }

    private func estimate(_ f: String) async throws -> Program.Result {
        try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal", "--off", "\(f)/off", "--on",
            "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6", "--json")
    }

    @Test func `one clipped sample of the signal refuses it`() async throws {
        let folder = try RecordingCommandTests.link(symbols: 50_000)
        let file = URL(fileURLWithPath: "\(folder.path)/signal.sigmf-data")
        var data = try Data(contentsOf: file)
        data.replaceSubrange(4000..<4002, with: [0xff, 0x7f])
        try data.write(to: file)
        let result = try await estimate(folder.path)
        #expect(result.status == 1 && result.errors.contains("1 of 99990 samples are clipped"), "\(result.errors)")
    }

    /// V_on 0.6 % too great puts ξ̂ at −1.6σ: statistics.
    @Test func `a noise a little below zero has no asymptotic rate, says why, and keeps its sign`() async throws {
        let folder = try RecordingCommandTests.link()
        try vacuum(1.006, in: folder)
        let result = try await estimate(folder.path)
        try #require(result.status == 0, "\(result.errors)")
        let found = try result.object()
        #expect(try RecordingCommandTests.value(found, "excessNoise").value < 0)
        #expect((found["keyRate"] as? [String: Any])?["asymptotic"] is NSNull)
        #expect((found["reasons"] as? [String: Any])?["asymptotic"] != nil)
    }

    /// 2.5 %: beyond the σ that its own ε allows, though ξ_max is above 0. 5 %: ξ_max is below 0.
    @Test(arguments: [(1.025, "σ below 0: V_on is over-estimated"), (1.05, "even the worst case")])
    func `a vacuum variance that is too great refuses the data`(factor: Double, words: String) async throws {
        let folder = try RecordingCommandTests.link()
        try vacuum(factor, in: folder)
        let result = try await estimate(folder.path)
        #expect(result.status == 1 && result.errors.contains(words), "\(result.errors)")
    }

    @Test func `too few symbols have no worst case, and no result`() async throws {
        let folder = try RecordingCommandTests.link(symbols: 500, delay: 0)
        let f = folder.path
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal", "--off", "\(f)/off", "--on",
            "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6", "--delay", "0", "--epsilon", "1e-200",
            "--json")
        #expect(result.status == 1 && result.errors.contains("too few for a worst case"), "\(result.errors)")
    }
}
