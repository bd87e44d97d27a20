import Glibc
import SerialTransport
import Testing
import TransportConformance
import UnitEmulator
import UnitTransport
import VirtualTime

/// An emulated unit behind a pseudo-terminal.
final class TerminalRig: TransportRig {
    let isExclusive = true
    let symbolRate = 1e6
    private let pair: EmulatedPair
    private let port: PTYPort
    private let link: String

    init() throws {
        var configuration = PairConfiguration(model: PairModel(seed: 1))
        configuration.warmUpTime = 0.1
        pair = EmulatedPair(configuration)
        link = "/tmp/cvqkd-conformance-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        port = try PTYPort(pair.bob, link: link)
    }

    deinit {
        port.stop()
        pair.stop()
    }

    func open() async throws -> any UnitTransport { try SerialTransport(path: link) }
    func unplug() async { pair.bob.inject(.unplug) }
    func replug() async {
        pair.bob.inject(.replug)
        for _ in 0..<1000 where access(link, F_OK) != 0 { try? await Task.sleep(for: .milliseconds(10)) }
    }
}

/// An emulated unit in this process and in the time of the test.
final class InProcessRig: TransportRig {
    let clock = HostClock.test
    let isExclusive = false
    let symbolRate = 1e6
    private let pair: EmulatedPair

    init() {
        var configuration = PairConfiguration(model: PairModel(seed: 2))
        configuration.warmUpTime = 0.1
        pair = .test(configuration)
    }

    deinit { pair.stop() }

    func open() async throws -> any UnitTransport { try InProcessPort(pair.bob) }
    func unplug() async { pair.bob.inject(.unplug) }
    func replug() async {
        pair.bob.inject(.replug)
        // A port is refused as long as there is no unit.
        for _ in 0..<1000 {
            if let port = try? InProcessPort(pair.bob) { return await port.close() }
            try? await clock.sleep(for: .milliseconds(10))
        }
    }
}

@Suite(.serialized)
struct TransportConformanceTests {
    @Test(arguments: TransportConformance.checks)
    func `a pseudo-terminal`(check: TransportCheck) async throws { try await check.run(on: TerminalRig()) }

    @Test(.virtualTime, arguments: TransportConformance.checks)
    func `an emulated unit in process`(check: TransportCheck) async throws { try await check.run(on: InProcessRig()) }
}
