import LinkControl
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// What is compared with nothing: how much of it a session bears, and that its end waits for the comparison.
@Suite(.serialized, .alwaysVirtualTime) struct UncomparedTests {
    /// A channel on which one side's messages are changed.
    private final class ChangedChannel: LinkChannel {
        private let channel: any LinkChannel
        private let change: PeerTests.Change

        init(_ channel: any LinkChannel, _ change: @escaping PeerTests.Change) {
            (self.channel, self.change) = (channel, change)
        }

        func send(_ envelope: LinkEnvelope) throws(PeerFault) {
            for changed in change(envelope) { try channel.send(changed) }
        }
        func receive() async throws(PeerFault) -> LinkEnvelope { try await channel.receive() }
        func close() async { await channel.close() }
    }

    /// Leaves so many training frames out of the account of what was streamed.
    static func leavesOut(_ frames: UInt64) -> PeerTests.Change {
        PeerTests.once("disclosure") { envelope in
            guard case .disclosure(var statement) = envelope.message else { return [envelope] }
            statement.unchecked += frames
            return PeerTests.with(envelope, .disclosure(statement))
        }
    }

    @Test func `a key session of which too much is compared with nothing ends, and says so`() async throws {
        let ending = try await PeerTests.run(purpose: .key, fromAlice: Self.leavesOut(1_000))
        guard case .uncompared(let frames, let all) = ending.fault else {
            Issue.record("\(String(describing: ending.fault))")
            return
        }
        #expect(frames >= 1_000 && all >= 1_000)
        let report = try #require(ending.report)
        #expect(report.alice.nextSymbol < 1_000_000, "it did not go on to its limit")
        #expect(ending.aliceDark && ending.bobDark)
    }

    @Test func `a few frames that nobody compared are borne, and stand in the report`() async throws {
        let ending = try await PeerTests.run(purpose: .key, fromAlice: Self.leavesOut(5))
        #expect(ending.coordinator == nil && ending.fault == nil)
        // They are missing from both comparisons.
        #expect(ending.report?.uncheckedFrames == 10)
        #expect(ending.report?.pendingFrames == 0)
    }

    @Test func `a session that makes no key bears it`() async throws {
        let ending = try await PeerTests.run(purpose: .test, fromAlice: Self.leavesOut(1_000))
        #expect(ending.coordinator == nil && ending.fault == nil)
        #expect(ending.report?.uncheckedFrames == 2_000)
    }

    /// Runs a key session from Alice's node, with Bob's end behind a channel.
    static func fromAlice(
        toBob: @escaping PeerTests.Change = { [$0] }, fromBob: @escaping PeerTests.Change = { [$0] }
    ) async throws -> (report: LinkReport, fault: LinkError?, took: Duration) {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 66))
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A", clock: .test)
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B", clock: .test)
        let channels = PipeChannel.pair()
        let timing = PeerTiming(clock: .test)
        let service = EndService(
            try await LinkEnd(.bob, receiver), ChangedChannel(channels.0, fromBob), timing: timing)
        let serving = Task(executorPreference: HostClock.test.executor) { await service.serve() }
        let bob = await RemoteEnd(.bob, ChangedChannel(channels.1, toBob), timing: timing)
        let session = try await LinkSession(
            alice: try await LinkEnd(.alice, transmitter), bob: bob,
            plan: LinkPlan(
                purpose: .key, symbolRate: 2e6, vacuumFraction: 0.1, trainingFraction: 0.5, symbolLimit: 1_000_000),
            link: "A-B", clock: .test)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let began = HostClock.test.now
        let report = try await session.run { _ in false }
        let took = HostClock.test.now - began
        let fault = await session.fault()
        #expect(await session.lightDown() == [])
        await bob.close()
        #expect(await serving.value.ending == .ended)
        #expect(pair.alice.state == .dark && pair.bob.state == .dark)
        await transmitter.close()
        await receiver.close()
        return (report, fault, took)
    }

    @Test func `the last report of a session with Bob elsewhere has compared every mark`() async throws {
        let (report, fault, _) = try await Self.fromAlice()
        #expect(fault == nil)
        #expect(report.trainingFrames > 50)
        #expect(report.pendingFrames == 0 && report.uncheckedFrames == 0)
    }

    /// Marks that come long before the frames that they meet, and nothing after them.
    @Test func `marks meet Bob's last frames before his end says that it is done`() async throws {
        let isDone = Guarded(false)
        let (_, fault, _) = try await Self.fromAlice(toBob: { envelope in
            guard case .disclosure(var statement) = envelope.message else { return [envelope] }
            let isFirst = isDone.withLock { done in
                defer { done = true }
                return !done
            }
            guard isFirst, let one = statement.frames.first else { return PeerTests.with(envelope, .alive) }
            // The last 20 whole slots, of which half are signal at Bob.
            let slot = UInt64(one.count)
            let last = 1_000_000 / slot
            statement.frames += (last - 20..<last).map {
                TrainingDigest(first: $0 * slot, count: one.count, digest: one.digest)
            }
            return PeerTests.with(envelope, .disclosure(statement))
        })
        guard case .disclosureDiffers(let symbol) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(symbol > 900_000)
    }

    @Test func `an end that never says what came of the marks is waited for in vain, and not for ever`() async throws {
        let (report, fault, took) = try await Self.fromAlice(fromBob: { envelope in
            guard case .trainingSums(var sums) = envelope.message else { return [envelope] }
            sums.marksHeard = 0
            return PeerTests.with(envelope, .trainingSums(sums))
        })
        #expect(fault == .comparisonLate(frames: report.trainingFrames))
        #expect(report.pendingFrames == report.trainingFrames)
        #expect(took < .seconds(5))
    }
}
