import Foundation
import LinkControl
import PeerChannel
import PeerIdentity
import Testing

struct RotationTests {
    @Test func `a new certificate is taken from the next connection on, and the conversation that runs stays`()
        async throws
    {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let listener = try sides.listener()
            try await PeerFixture.withListener(listener) { address in
                let first = try await sides.connect(address)
                let incoming = try #require(await PeerFixture.first(of: listener.conversations))
                // Bob makes a second pair and Alice pins it beside the first.
                let bob = PeerFolder("\(folder)/bob")
                let next = try bob.makeNext(now: Date())
                var pins = try PeerPins(sides.bob.certificate.pin)
                try pins.add(next.certificate.pin)
                listener.replace(links: ["A-B": pins], credentials: sides.alice)
                // Bob changes over; then Alice drops the first.
                #expect(try bob.changeOver().certificate.pin == next.certificate.pin)
                try pins.drop(sides.bob.certificate.pin)
                listener.replace(links: ["A-B": pins], credentials: sides.alice)
                try first.send(PeerFixture.envelope(1))
                #expect(try await incoming.channel.receive().sequence == 1)
                try incoming.channel.send(PeerFixture.envelope(2))
                #expect(try await first.receive().sequence == 2)
                await first.close()
                #expect(try await PeerFixture.wait { (try? incoming.channel.send(PeerFixture.envelope(3))) == nil })

                await #expect {
                    _ = try await sides.connect(address)
                } throws: { error in
                    if case PeerChannelError.refused(_, .byOtherSide) = error { true } else { false }
                }
                var changed = sides
                changed.bob = try bob.credentials()
                let second = try await changed.connect(address)
                await second.close()
            }
        }
    }

    @Test func `the listening side changes over, too`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let listener = try sides.listener()
            try await PeerFixture.withListener(listener) { address in
                let alice = PeerFolder("\(folder)/alice")
                let next = try alice.makeNext(now: Date())
                let pins = try PeerPins(sides.alice.certificate.pin, next.certificate.pin)
                for pin in [sides.alice.certificate.pin, next.certificate.pin] {
                    let channel = try await PeerConnector.connect(
                        address, link: "A-B", credentials: sides.bob, pins: pins)
                    await channel.close()
                    let incoming = try #require(await PeerFixture.first(of: listener.conversations))
                    await #expect(throws: PeerFault.self) { try await incoming.channel.receive() }
                    listener.replace(
                        links: ["A-B": try PeerPins(sides.bob.certificate.pin)],
                        credentials: pin == next.certificate.pin ? next : try alice.changeOver())
                }
            }
        }
    }
}
