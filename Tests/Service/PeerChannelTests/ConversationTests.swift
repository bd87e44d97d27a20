import Foundation
import LinkControl
@testable import PeerChannel
import PeerIdentity
import Testing
import UnitTransport

/// A channel as the ends of a link know it: in order, bounded, and over at both sides when it is over at one.
struct ConversationTests {
    @Test(arguments: PeerFixture.Way.allCases)
    func `messages come in order both ways, and what was said before the end is still heard`(
        way: PeerFixture.Way
    ) async throws {
        try await PeerFixture.withConversation(way) { alice, bob, _ in
            for number in 1...100 as ClosedRange<UInt64> {
                try bob.send(PeerFixture.envelope(number))
                try alice.send(PeerFixture.envelope(number, bytes: 10_000))
            }
            for number in 1...100 as ClosedRange<UInt64> {
                #expect(try await alice.receive() == PeerFixture.envelope(number))
                #expect(try await bob.receive() == PeerFixture.envelope(number, bytes: 10_000))
            }
            try alice.send(PeerFixture.envelope(101))
            await alice.close()
            #expect(try await bob.receive().sequence == 101)
            await #expect(throws: PeerFault.self) { try await bob.receive() }
            #expect(throws: PeerFault.self) { try bob.send(PeerFixture.envelope(102)) }
        }
    }

    @Test(arguments: PeerFixture.Way.allCases)
    func `whoever hangs up ends it at the other side`(way: PeerFixture.Way) async throws {
        try await PeerFixture.withConversation(way) { alice, bob, _ in
            await bob.close()
            guard case .lost = await #expect(throws: PeerFault.self, performing: { try await alice.receive() }) else {
                Issue.record("it was not lost")
                return
            }
        }
    }

    @Test func `a message of 4 MiB crosses, a longer one is not sent`() async throws {
        try await PeerFixture.withConversation(.tls) { alice, bob, _ in
            let frame = try JSONEncoder().encode(PeerFixture.envelope(1)).count
            let longest = PeerFixture.envelope(1, bytes: PeerConversation.longest - frame)
            try bob.send(longest)
            #expect(try await alice.receive() == longest)
            #expect(throws: PeerFault.self) {
                try bob.send(PeerFixture.envelope(2, bytes: PeerConversation.longest - frame + 1))
            }
            // It stands: what was not sent did no harm.
            try bob.send(PeerFixture.envelope(2))
            #expect(try await alice.receive().sequence == 2)
        }
    }

    /// Sends as long as it is taken, for 10 s at most: how many, and why no more.
    private static func fill(_ channel: PeerConversation) async -> (sent: UInt64, fault: PeerFault?) {
        var sent: UInt64 = 0
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            do throws(PeerFault) {
                try channel.send(PeerFixture.envelope(sent + 1, bytes: 200_000))
                sent += 1
            } catch {
                return (sent, error)
            }
            await Task.yield()
        }
        return (sent, nil)
    }

    @Test func `a slow receiver holds up the sender, whose buffer is bounded`() async throws {
        try await PeerFixture.withConversation(.unix) { alice, bob, _ in
            let (sent, fault) = await Self.fill(bob)
            #expect(fault == .lost(reason: "it takes nothing"))
            // Two buffers of ours and the network's.
            #expect(sent < 400, "\(sent) messages of 200 kB were taken")
            for number in 1...sent {
                let next = try await alice.receive()
                #expect(next.sequence == number)
            }
        }
    }

    @Test(arguments: [#"{"version":1,"sequence":1,"message":{"kind":"obey"}}"#, "", "\0\0", "[", "{}", "null"])
    func `what is not a message is unreadable and not quoted`(text: String) async throws {
        try await PeerFixture.withConversation(.unix) { alice, bob, _ in
            try bob.send(raw: Data(text.utf8))
            guard
                case .unreadable(let reason) = await #expect(
                    throws: PeerFault.self, performing: { try await alice.receive() })
            else { return }
            #expect(!reason.contains("obey"))
        }
    }

    @Test func `a second conversation about a link is refused while the first is alive, and replaces one that is dead`()
        async throws
    {
        let timing = PeerTiming(interval: .milliseconds(50), limit: .milliseconds(300))
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let listener = try sides.listener(timing: timing)
            try await PeerFixture.withListener(listener) { address in
                let first = try await sides.connect(address, timing: timing)
                let incoming = try #require(await PeerFixture.first(of: listener.conversations))
                // However slow the machine is, it says something.
                let talking = Task {
                    var number: UInt64 = 1
                    while !Task.isCancelled {
                        try first.send(PeerFixture.envelope(number))
                        number += 1
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                await #expect {
                    _ = try await sides.connect(address, timing: timing)
                } throws: { error in
                    if case PeerChannelError.busy(link: "A-B") = error { true } else { false }
                }
                #expect(await PeerFixture.refusal(listener) == .busy(link: "A-B"))
                // From now on the first one says nothing.
                talking.cancel()
                var second: PeerConversation?
                #expect(
                    try await PeerFixture.wait {
                        second = try? await sides.connect(address, timing: timing)
                        return second != nil
                    })
                await #expect(throws: PeerFault.self) { while true { _ = try await incoming.channel.receive() } }
                await second?.close()
                await first.close()
            }
        }
    }

    @Test func `a link that is not the peer's is refused by name, and tells nothing else`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let other = try PeerFixture.credentials("other", in: folder)
            let listener = try PeerListener(
                .tcp(host: "127.0.0.1", port: 0),
                links: ["A-B": PeerPins(sides.bob.certificate.pin), "A-C": PeerPins(other.certificate.pin)],
                credentials: sides.alice)
            try await PeerFixture.withListener(listener) { address in
                for link in ["A-C", "none", ""] {
                    await #expect {
                        _ = try await sides.connect(address, link: link)
                    } throws: { error in
                        if case PeerChannelError.unknownLink(link) = error { true } else { false }
                    }
                    #expect(await PeerFixture.refusal(listener) == .unknownLink(link))
                }
            }
        }
    }
}
