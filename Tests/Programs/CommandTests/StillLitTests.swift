import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import VirtualTime

@testable import cvqkd

/// A unit that acknowledges "off" and stays lit, as its status says: a command's result is shown, and the command fails.
@Suite(.virtualTime) struct StillLitTests {
    @Test func `a unit that says that it is still lit is named`() async throws {
        let pair = EmulatedPair.test(PairConfiguration(model: PairModel(seed: 5)))
        defer { pair.stop() }
        let relay = UnitRelay(try InProcessPort(pair.bob))
        let unit = try await UnitControl.Unit.connect(relay, hostName: "test", clock: .test)
        var still = StillLit()
        await still.look(at: [unit])
        #expect(still.failure == nil)
        relay.change(Status.self) { $0.light = .localOscillator }
        await still.look(at: [unit])
        let failure = try #require(still.failure)
        #expect(failure.kind == .timedOut)
        #expect(failure.message.contains(unit.identity.serial) && failure.message.contains("did not confirm"))
        await unit.close()
    }
}
