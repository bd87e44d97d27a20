import Foundation
import LinkControl
import PeerChannel
import PeerIdentity
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Whole sessions of an emulated pair, Bob's end and the coordinator on one side of the network and Alice's on the other, in
/// the machine's time.
@Suite(.serialized) struct SessionTests {
    struct Ending {
        var coordinator: LinkError?
        var service: EndService.Ending
        var isDark: Bool
        var symbols: [UInt64] = []
    }

    /// Runs a session over two ends of a channel; `during` is called while symbols are counted.
    static func run(
        alice incoming: any LinkChannel, bob outgoing: any LinkChannel,
        during: @escaping @Sendable () async -> Void = {}
    ) async throws -> Ending {
        var configuration = PairConfiguration(model: PairModel(seed: 61))
        configuration.warmUpTime = 0.05
        let pair = EmulatedPair(configuration)
        defer { pair.stop() }
        let transmitter = try await Unit.connect(InProcessPort(pair.alice), hostName: "node A")
        let receiver = try await Unit.connect(InProcessPort(pair.bob), hostName: "node B")
        let service = EndService(try await LinkEnd(.alice, transmitter), incoming)
        let serving = Task { await service.serve() }
        let alice = await RemoteEnd(.alice, outgoing)
        let bob = try await LinkEnd(.bob, receiver)
        var ending = Ending(service: .ended, isDark: false)
        do throws(LinkError) {
            let session = try await LinkSession(
                alice: alice, bob: bob,
                plan: LinkPlan(
                    purpose: .key, symbolRate: 2e6, vacuumFraction: 0.4, trainingFraction: 0.5, symbolLimit: 500_000),
                link: "A-B")
            _ = try await session.measureElectronicNoise(samples: 100_000)
            try await session.lightUp(within: .seconds(10))
            try await session.start()
            await during()
            let report = try await session.run { _ in false }
            ending.coordinator = await session.fault()
            ending.symbols = [report.alice.deliveredSymbols, report.bob.deliveredSymbols]
            await session.lightDown()
        } catch {
            ending.coordinator = error
            _ = await bob.goDark()
        }
        await alice.close()
        ending.service = await serving.value.ending
        let lights = [try await transmitter.status().light, try await receiver.status().light]
        ending.isDark = lights.allSatisfy(\.isEmpty)
        await transmitter.close()
        await receiver.close()
        return ending
    }

    @Test(arguments: PeerFixture.Way.allCases)
    func `a key session ends in order at both ends, and what crossed cannot hold its samples`(
        way: PeerFixture.Way
    ) async throws {
        let wire = Guarded(Data())
        let ending = try await PeerFixture.withConversation(way, record: { bytes in wire.withLock { $0 += bytes } }) {
            alice, bob, _ in
            try await Self.run(alice: alice, bob: bob)
        }
        #expect(ending.coordinator == nil)
        #expect(ending.service == .ended)
        #expect(ending.isDark)
        #expect(ending.symbols == [500_000, 500_000])
        let bytes = wire.withLock { $0.count }
        #expect(bytes > 10_000 && bytes < 400_000, "\(bytes)")
    }

    @Test func `a listener that ends takes the session with it at both ends, and both units are dark`() async throws {
        let ending = try await PeerFixture.withConversation(.tls) { alice, bob, listener in
            try await Self.run(alice: alice, bob: bob) { listener.shutdown() }
        }
        guard case .peer(.alice, .lost) = ending.coordinator else {
            Issue.record("\(String(describing: ending.coordinator))")
            return
        }
        guard case .peer(.lost) = ending.service else {
            Issue.record("\(ending.service)")
            return
        }
        #expect(ending.isDark)
    }
}
