import LinkControl
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// An end whose coordinator is gone without a word: it must not stay lit.
@Suite(.virtualTime) struct ForgottenEndTests {
    /// Lights up both ends as a coordinator does, and forgets them: nothing is closed.
    static func lightUp(_ alice: any LinkChannel, _ bob: LinkEnd) async throws {
        let session = try await LinkSession(
            alice: await RemoteEnd(.alice, alice, timing: PeerTiming(clock: .test)), bob: bob,
            plan: LinkPlan(purpose: .key, symbolRate: 1e6), link: "A-B", clock: .test)
        try await session.lightUp(within: .seconds(10))
    }

    @Test func `an end whose coordinator forgot it goes dark`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 64))
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A", clock: .test)
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B", clock: .test)
        let channels = PipeChannel.pair()
        let service = EndService(
            try await LinkEnd(.alice, transmitter), channels.0, timing: PeerTiming(clock: .test))
        let serving = Task(executorPreference: HostClock.test.executor) { await service.serve() }
        try await Self.lightUp(channels.1, try await LinkEnd(.bob, receiver))
        // Longer than a silence that is borne, and than the unit's own time-out.
        try await HostClock.test.sleep(for: .seconds(5))
        #expect(pair.alice.state == .dark)
        // Where it is not forgotten, somebody has to end it.
        await channels.1.close()
        let (ending, timeToDark) = await serving.value
        #expect(ending == .peer(.lost(reason: "it hung up")))
        #expect(try #require(timeToDark) < .seconds(1))
        await transmitter.close()
        await receiver.close()
    }
}
