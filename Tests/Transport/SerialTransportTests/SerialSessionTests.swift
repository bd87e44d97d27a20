import Glibc
import SerialTransport
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

struct SerialSessionTests {
    /// Not paced: the unit makes symbols as fast as the line takes them, and loses none.
    @Test func `a session at the line's full rate arrives whole, sample by sample`() async throws {
        let limit: UInt64 = 2_000_000
        var configuration = PairConfiguration(model: PairModel(seed: 5))
        configuration.isPaced = false
        configuration.warmUpTime = 0.05
        configuration.adjust = { $0.keepsSampleDigests = true }
        let pair = EmulatedPair(configuration)
        let link = "/tmp/cvqkd-serial-session-\(getpid())"
        let port = try PTYPort(pair.bob, link: link)
        defer {
            port.stop()
            pair.stop()
        }
        let unit = try await Unit.connect(try SerialTransport(path: link), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(
                session: 77, purpose: .test, options: .standalone, frameBytes: 16_384, symbolsPerFrame: 4_064,
                symbolRate: 1e6, vacuumFraction: 0.2, symbolLimit: limit))
        var digests: [UInt64] = []
        while try await stream.read({ _, samples in digests.append(SampleDigest.of(samples)) }) {}
        await unit.close()
        let record = try #require(pair.bob.record(session: 77))
        #expect(stream.counters.deliveredSymbols == limit && record.measuredSymbols == limit)
        #expect(digests == record.sentFrames.map(\.digest))
    }
}
