import Foundation
import LinkControl
import PeerChannel
import Testing
import UnitTransport

@Suite(.serialized) struct DeadNetworkTests {
    @Test func `a network that goes without a word ends the conversation at both sides`() async throws {
        let timing = PeerTiming(interval: .milliseconds(50), limit: .milliseconds(300))
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let listener = try sides.listener(timing: timing)
            try await PeerFixture.withListener(listener) { address in
                let network = try DeadNetwork(to: address)
                let bob = try await sides.connect(network.address, timing: timing)
                let incoming = try #require(await PeerFixture.first(of: listener.conversations))
                try bob.send(PeerFixture.envelope(1))
                #expect(try await incoming.channel.receive().sequence == 1)
                let began = ContinuousClock.now
                network.die()
                await #expect(throws: PeerFault.self) { try await incoming.channel.receive() }
                await #expect(throws: PeerFault.self) { try await bob.receive() }
                #expect(ContinuousClock.now - began < .seconds(3))
            }
        }
    }

    @Test func `a session over a network that goes ends at both ends, and both units are dark`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let listener = try sides.listener()
            try await PeerFixture.withListener(listener) { address in
                let network = try DeadNetwork(to: address)
                let bob = try await sides.connect(network.address)
                let incoming = try #require(await PeerFixture.first(of: listener.conversations))
                let ending = try await SessionTests.run(alice: incoming.channel, bob: bob) { network.die() }
                guard case .peer(.alice, let fault) = ending.coordinator else {
                    Issue.record("\(String(describing: ending.coordinator))")
                    return
                }
                switch fault {
                case .silent, .lost: break
                default: Issue.record("\(fault)")
                }
                #expect(ending.service != .ended)
                #expect(ending.isDark)
            }
        }
    }
}
