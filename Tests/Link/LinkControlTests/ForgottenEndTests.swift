import LinkControl
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// An end whose coordinator is gone without a word: it must not stay lit.
@Suite(.alwaysVirtualTime) struct ForgottenEndTests {
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

    /// What ends the channel between two nodes.
    enum Loss: CaseIterable { case hangUp, silence }

    /// Says nothing any more once it is told so, and stands.
    private final class DeafChannel: LinkChannel {
        private let channel: any LinkChannel
        private let isDeaf: Guarded<Bool>

        init(_ channel: any LinkChannel, _ isDeaf: Guarded<Bool>) { (self.channel, self.isDeaf) = (channel, isDeaf) }

        func send(_ envelope: LinkEnvelope) throws(PeerFault) {
            if !isDeaf.withLock({ $0 }) { try channel.send(envelope) }
        }
        func receive() async throws(PeerFault) -> LinkEnvelope { try await channel.receive() }
        func close() async { await channel.close() }
    }

    @Test(arguments: Loss.allCases)
    func `when the nodes lose each other both lights are out by command within a second`(_ loss: Loss) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 69))
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A", clock: .test)
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B", clock: .test)
        let channels = PipeChannel.pair()
        let timing = PeerTiming(clock: .test)
        let isDeaf = Guarded(false)
        let service = EndService(
            try await LinkEnd(.alice, transmitter), DeafChannel(channels.0, isDeaf), timing: timing)
        let serving = Task(executorPreference: HostClock.test.executor) { await service.serve() }
        let session = try await LinkSession(
            alice: await RemoteEnd(.alice, DeafChannel(channels.1, isDeaf), timing: timing),
            bob: try await LinkEnd(.bob, receiver), plan: LinkPlan(purpose: .key, symbolRate: 1e6), link: "A-B",
            clock: .test)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let running = Task(executorPreference: HostClock.test.executor) { () -> LinkError? in
            do throws(LinkError) {
                _ = try await session.run { _ in false }
                return nil
            } catch {
                return error
            }
        }
        try await HostClock.test.sleep(for: .seconds(1))
        #expect(pair.alice.state == .streaming && pair.bob.state == .streaming)
        if loss == .hangUp { await channels.0.close() } else { isDeaf.withLock { $0 = true } }
        guard case .peer(.alice, let fault) = await running.value else {
            Issue.record("\(String(describing: await running.value))")
            return
        }
        let served = await serving.value
        guard case .peer(let other) = served.ending else {
            Issue.record("\(served.ending)")
            return
        }
        // Of two that hear nothing the first to notice hangs up, which the other hears.
        #expect(Set([fault.kind, other.kind]).subtracting(["lost"]) == (loss == .hangUp ? [] : ["silent"]))
        #expect(try #require(await session.timeToDark) < .seconds(1))
        #expect(try #require(served.timeToDark) < .seconds(1))
        for unit in [pair.alice, pair.bob] { #expect(unit.state == .dark && unit.darkCause == .command) }
        await transmitter.close()
        await receiver.close()
    }
}
