import Foundation
import LinkControl
import Repository
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Two sites are never updated together: a program speaks its own version and the one before, and none below what it has
/// pinned.
@Suite(.serialized, .virtualTime) struct LinkVersionTests {
    /// Agrees on a session between two programs, each in its versions: the versions that messages had, or why not.
    private static func agree(
        coordinator: LinkVersions, end versions: LinkVersions
    ) async throws -> (crossed: [String: Set<Int>], failure: LinkError?) {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 61))
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A", clock: .test)
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B", clock: .test)
        let crossed = Guarded<[String: Set<Int>]>([:])
        let (far, near) = PipeChannel.pair(record: { bytes in
            guard let envelope = try? JSONDecoder().decode(LinkEnvelope.self, from: bytes) else { return }
            crossed.withLock { _ = $0[envelope.message.name, default: []].insert(envelope.version) }
        })
        let timing = PeerTiming(clock: .test)
        let service = EndService(try await LinkEnd(.alice, transmitter, versions: versions), far, timing: timing)
        let serving = Task(executorPreference: HostClock.test.executor) { await service.serve() }
        let alice = await RemoteEnd(.alice, near, timing: timing, versions: coordinator)
        let bob = try await LinkEnd(.bob, receiver, versions: coordinator)
        var failure: LinkError?
        do throws(LinkError) {
            let session = try await LinkSession(
                alice: alice, bob: bob, plan: LinkPlan(purpose: .test, symbolRate: 1e6), link: "A-B", clock: .test,
                versions: coordinator)
            _ = try await session.measureElectronicNoise(samples: 1000)
            await session.lightDown()
        } catch {
            failure = error
        }
        await alice.close()
        _ = await serving.value
        await transmitter.close()
        await receiver.close()
        return (crossed.withLock { $0 }, failure)
    }

    @Test(arguments: [(1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 2, 2), (3, 2, 2), (2, 3, 2)])
    func `a newer and an older program speak the older one's version`(newest: Int, other: Int, agreed: Int) async throws
    {
        let (crossed, failure) = try await Self.agree(
            coordinator: LinkVersions(newest: newest), end: LinkVersions(newest: other))
        #expect(failure == nil)
        #expect(crossed["bind"] == [agreed] && crossed["bound"] == [agreed] && crossed["dark"] == [agreed])
        #expect(crossed["propose"] == [LinkEnvelope.greeting])
    }

    @Test func `a stranger of two versions later is refused, and a downgrade below what is pinned`() async throws {
        for (coordinator, end) in [
            (LinkVersions(newest: 3), LinkVersions(newest: 1)), (LinkVersions(newest: 1), LinkVersions(newest: 3)),
            (LinkVersions(newest: 2, atLeast: 2), LinkVersions(newest: 1)),
            (LinkVersions(newest: 1), LinkVersions(newest: 2, atLeast: 2)),
            (LinkVersions(newest: 1, atLeast: 2), LinkVersions(newest: 1)),
        ] {
            let (crossed, failure) = try await Self.agree(coordinator: coordinator, end: end)
            guard case .refused(.alice, let reason) = failure else {
                Issue.record("\(coordinator.spoken), \(end.spoken): \(String(describing: failure))")
                continue
            }
            #expect(reason == "it speaks \(end.words) of the link messages only")
            #expect(crossed["bind"] == nil)
        }
    }

    @Test func `an end that agrees on what it was not offered lies`() async throws {
        let ending = try await PeerTests.run(
            fromAlice: PeerTests.once("accept") { envelope in
                guard case .accept(var acceptance) = envelope.message else { return [] }
                acceptance.version = 2
                return PeerTests.with(envelope, .accept(acceptance))
            })
        #expect(ending.coordinator == .peer(.alice, .unknownVersion(2)))
        #expect(ending.aliceDark && ending.bobDark)
    }

    @Test func `only a greeting may come in another version than the agreed one`() throws {
        var (ours, theirs) = (Conversation(versions: LinkVersions(newest: 3)), Conversation())
        ours.agree(on: 3)
        #expect(try ours.open(theirs.envelope(.alive)) == .alive)
        #expect(throws: PeerFault.unknownVersion(1)) { try ours.open(theirs.envelope(.start)) }
    }

    /// Recorded when version 1 was made, one of each kind. They are never changed: whoever cannot read them any more speaks
    /// another version.
    @Test func `the recorded messages of version 1 are still read`() throws {
        let file = Repository.root.appending(path: "Tests/GoldenVectors/link-messages-1.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        var kinds: Set<String> = []
        for line in lines {
            let envelope = try JSONDecoder().decode(LinkEnvelope.self, from: Data(line.utf8))
            #expect(envelope.version == 1)
            kinds.insert(envelope.message.name)
            // What it says is all there: written again, it is the same.
            let again = try JSONSerialization.jsonObject(with: JSONEncoder().encode(envelope)) as? NSDictionary
            #expect(again == (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary), "\(line)")
        }
        #expect(kinds.count == 20, "\(kinds.sorted())")
    }
}
