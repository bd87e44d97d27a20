import Glibc
import LinkControl
import SerialTransport
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol

/// One whole session in the machine's time, over lines as a serial unit has them.
struct PseudoTerminalSessionTests {
    @Test func `over two pseudo-terminals and in real time, a session is whole`() async throws {
        let pair = EmulatedPair(LinkSessionTests.configuration(seed: 12))
        let folder = "/tmp/cvqkd-link-\(getpid())"
        let ports = try [PTYPort(pair.alice, link: folder + "-alice"), PTYPort(pair.bob, link: folder + "-bob")]
        defer {
            ports.forEach { $0.stop() }
            pair.stop()
        }
        let alice = try await Unit.connect(SerialTransport(path: folder + "-alice"), hostName: "test")
        let bob = try await Unit.connect(SerialTransport(path: folder + "-bob"), hostName: "test")
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.5)
        let (report, fault) = try await LinkSessionTests.run(alice: alice, bob: bob, plan: plan, symbols: 1_500_000)
        #expect(fault == nil)
        #expect(report.bob.isConserved && report.alice.isConserved)
        #expect(report.bob.gapSymbols == 0)
        #expect(report.health != nil)
        await alice.close()
        await bob.close()
    }
}
