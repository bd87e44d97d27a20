import Foundation
@testable import PeerChannel
import PeerIdentity
import Testing

/// Who is not let in, and where this side does not go in. Each is told from the others here; there, it is only over.
@Suite(.serialized) struct StrangerTests {
    private static let day = 86_400.0

    /// Alice listens and pins `bob`; `body` is told where.
    private static func refusal(
        pinned bob: PeerPins, alice: PeerCredentials, to body: (PeerAddress) async throws -> Void
    ) async throws -> PeerRefusal? {
        let listener = try PeerListener(
            .tcp(host: "127.0.0.1", port: 0), links: ["A-B": bob], credentials: alice)
        return try await PeerFixture.withListener(listener) { address in
            try await body(address)
            return await PeerFixture.refusal(listener)
        }
    }

    private static func expectRefused(
        _ address: PeerAddress, by bob: PeerCredentials, pins: PeerPins, as expected: PeerRefusal
    ) async {
        await #expect {
            _ = try await PeerConnector.connect(address, link: "A-B", credentials: bob, pins: pins)
        } throws: { error in
            if case PeerChannelError.refused(_, let found) = error { found == expected } else { false }
        }
    }

    @Test func `a stranger is not let in, and learns that his certificate is not taken`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let stranger = try PeerFixture.credentials("stranger", in: folder)
            let refusal = try await Self.refusal(pinned: PeerPins(sides.bob.certificate.pin), alice: sides.alice) {
                address in
                await Self.expectRefused(
                    address, by: stranger, pins: try PeerPins(sides.alice.certificate.pin), as: .byOtherSide)
            }
            #expect(refusal == .stranger(stranger.certificate.pin))
        }
    }

    @Test func `a listener that is not pinned is not talked to`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let stranger = try PeerFixture.credentials("stranger", in: folder)
            let refusal = try await Self.refusal(pinned: PeerPins(sides.bob.certificate.pin), alice: stranger) {
                address in
                await Self.expectRefused(
                    address, by: sides.bob, pins: try PeerPins(sides.alice.certificate.pin),
                    as: .stranger(stranger.certificate.pin))
            }
            #expect(refusal == .byOtherSide)
        }
    }

    @Test func `a pinned certificate that has expired, or does not hold yet, is refused on either side`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let old = try PeerFixture.credentials("old", in: folder, now: Date() - 20 * Self.day, days: 10)
            let early = try PeerFixture.credentials("early", in: folder, now: Date() + 2 * Self.day)
            for (credentials, expected) in [
                (old, PeerRefusal.expired(old.certificate.pin, until: old.certificate.notAfter)),
                (early, .notYetValid(early.certificate.pin, from: early.certificate.notBefore)),
            ] {
                // Its owner's clock is wrong, or he would not try.
                let refusal = try await Self.refusal(pinned: PeerPins(credentials.certificate.pin), alice: sides.alice)
                { address in
                    let within = credentials.certificate.notBefore + Self.day
                    await #expect(throws: PeerChannelError.self) {
                        try await PeerConnector.connect(
                            address, link: "A-B", credentials: credentials,
                            pins: PeerPins(sides.alice.certificate.pin), now: { within })
                    }
                }
                // With his clock Alice's certificate may not hold either.
                #expect(refusal == expected || refusal == .byOtherSide, "\(String(describing: refusal))")
                await #expect {
                    _ = try await PeerConnector.connect(
                        .tcp(host: "127.0.0.1", port: 1), link: "A-B", credentials: credentials,
                        pins: PeerPins(sides.alice.certificate.pin))
                } throws: { error in
                    if case PeerChannelError.ownCertificate = error { true } else { false }
                }
                #expect(throws: PeerChannelError.self) {
                    try PeerListener(
                        .tcp(host: "127.0.0.1", port: 0), links: ["A-B": PeerPins(sides.bob.certificate.pin)],
                        credentials: credentials)
                }
            }
            // The listener's has expired since it began to listen.
            let listener = try PeerListener(
                .tcp(host: "127.0.0.1", port: 0), links: ["A-B": PeerPins(sides.bob.certificate.pin)],
                credentials: old, now: { old.certificate.notBefore + Self.day })
            try await PeerFixture.withListener(listener) { address in
                await Self.expectRefused(
                    address, by: sides.bob, pins: try PeerPins(old.certificate.pin),
                    as: .expired(old.certificate.pin, until: old.certificate.notAfter))
            }
        }
    }

    @Test func `TLS 1_2, TLS without a certificate and plain text are refused, and nothing of ours is sent to them`()
        async throws
    {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let pins = try PeerPins(sides.bob.certificate.pin)
            let old = try await Self.refusal(pinned: pins, alice: sides.alice) { address in
                let said = try await OpenSSL.connect(
                    address,
                    [
                        "-tls1_2", "-cert", "\(folder)/bob/peer-certificate.pem", "-key", "\(folder)/bob/peer-key.pem",
                    ])
                #expect(!said.contains("BEGIN CERTIFICATE"))
            }
            #expect(old == .oldTLS)
            let bare = try await Self.refusal(pinned: pins, alice: sides.alice) { address in
                _ = try await OpenSSL.connect(address, ["-tls1_3", "-alpn", "h2"])
            }
            #expect(bare == .noCertificate)
            for text in [
                "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0", "garbage",
            ] {
                let plain = try await Self.refusal(pinned: pins, alice: sides.alice) { address in
                    let answer = try PlainSocket(address).exchange(Data(text.utf8))
                    // A TLS alert has 7 bytes.
                    #expect(answer.count <= 7, "\(answer.count) bytes in answer to \(text.debugDescription)")
                }
                #expect(
                    plain == .notTLS || plain == .oldTLS, "\(String(describing: plain)) for \(text.debugDescription)")
            }
        }
    }

    @Test func `a certificate that is pinned is of no use without its key`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let thief = try PeerFixture.credentials("thief", in: folder)
            _ = thief
            #expect(throws: PeerIdentityError.self) {
                try PeerCredentials(
                    certificate: "\(folder)/bob/peer-certificate.pem", key: "\(folder)/thief/peer-key.pem")
            }
            _ = sides
        }
    }

    @Test func `what is not configured is not tried`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            let address = PeerAddress.tcp(host: "127.0.0.1", port: 1)
            for (credentials, pins) in [
                (nil, try PeerPins(sides.alice.certificate.pin)), (sides.bob, PeerPins()),
            ] {
                await #expect {
                    _ = try await PeerConnector.connect(address, link: "A-B", credentials: credentials, pins: pins)
                } throws: { error in
                    if case PeerChannelError.notConfigured = error { true } else { false }
                }
                #expect(throws: PeerChannelError.self) {
                    try PeerListener(address, links: ["A-B": pins], credentials: credentials)
                }
            }
        }
    }

    @Test func `nobody there is told from somebody who does not answer`() async throws {
        try await PeerFixture.withFolder { folder in
            let sides = try PeerFixture.Sides(in: folder)
            // A port that was free a moment ago.
            let silent = try PlainSocket.listening()
            await #expect {
                _ = try await sides.connect(silent.address, within: .milliseconds(300))
            } throws: { error in
                if case PeerChannelError.timedOut = error { true } else { false }
            }
            silent.close()
            await #expect {
                _ = try await sides.connect(silent.address)
            } throws: { error in
                if case PeerChannelError.unanswered = error { true } else { false }
            }
            await #expect {
                _ = try await PeerConnector.connect(.unix(path: "\(folder)/none"), link: "A-B")
            } throws: { error in
                if case PeerChannelError.unanswered = error { true } else { false }
            }
        }
    }
}
