import Foundation
import LinkControl
import PeerChannel
import PeerIdentity
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Folders, certificates and connected sides for tests; all of it on this machine.
enum PeerFixture {
    /// A folder that is gone afterwards. Its path is short: the path of a socket has 107 bytes.
    static func withFolder<Result>(
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let folder = "/tmp/cvqkd-peer-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    /// A certificate and key that were made in a folder, on some day.
    static func credentials(
        _ name: String, in folder: String, now: Date = Date(), days: Int = 365
    ) throws -> PeerCredentials {
        try PeerFolder("\(folder)/\(name)").make(validDays: days, now: now).credentials
    }

    /// Runs a listener while the body runs.
    static func withListener<Result>(
        _ listener: PeerListener, _ body: (PeerAddress) async throws -> Result
    ) async throws -> Result {
        let running = Task { try await listener.run() }
        guard let address = await listener.listeningAddress() else {
            try await running.value
            throw CancellationError()
        }
        let result: Result
        do {
            result = try await body(address)
        } catch {
            listener.shutdown()
            try? await running.value
            throw error
        }
        listener.shutdown()
        try await running.value
        return result
    }

    /// Two sides that have pinned each other, over TLS on a port of the system's choice.
    struct Sides {
        var alice: PeerCredentials
        var bob: PeerCredentials

        init(in folder: String) throws {
            alice = try credentials("alice", in: folder)
            bob = try credentials("bob", in: folder)
        }

        /// Alice listens.
        func listener(
            link: String = "A-B", timing: PeerTiming = PeerTiming(), record: (@Sendable (Data) -> Void)? = nil
        ) throws -> PeerListener {
            try PeerListener(
                .tcp(host: "127.0.0.1", port: 0), links: [link: PeerPins(bob.certificate.pin)], credentials: alice,
                timing: timing, record: record)
        }

        /// Bob connects.
        func connect(
            _ address: PeerAddress, link: String = "A-B", within: Duration = .seconds(5),
            timing: PeerTiming = PeerTiming(), record: (@Sendable (Data) -> Void)? = nil
        ) async throws -> PeerConversation {
            try await PeerConnector.connect(
                address, link: link, credentials: bob, pins: PeerPins(alice.certificate.pin), within: within,
                timing: timing, record: record)
        }
    }

    /// How something is carried.
    enum Way: String, CaseIterable, Sendable {
        case unix, tls
    }

    /// Two ends of one conversation.
    static func withConversation<Result>(
        _ way: Way, timing: PeerTiming = PeerTiming(), record: (@Sendable (Data) -> Void)? = nil,
        _ body: (_ alice: any LinkChannel, _ bob: PeerConversation, _ listener: PeerListener) async throws -> Result
    ) async throws -> Result {
        try await withFolder { folder in
            let sides = try Sides(in: folder)
            let listener =
                way == .tls
                ? try sides.listener(timing: timing, record: record)
                : try PeerListener(
                    .unix(path: "\(folder)/peer.sock"), links: ["A-B": PeerPins()], timing: timing, record: record)
            return try await withListener(listener) { address in
                let bob = try await sides.connect(address, timing: timing)
                let incoming = try #require(await first(of: listener.conversations))
                #expect(incoming.link == "A-B")
                return try await body(incoming.channel, bob, listener)
            }
        }
    }

    /// The next of a stream; nil if there is none within 10 s.
    static func first<Element: Sendable>(of stream: AsyncStream<Element>) async -> Element? {
        await withTaskGroup(of: Element?.self) { group in
            group.addTask {
                for await element in stream { return element }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(10))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// The next refusal at a listener.
    static func refusal(_ listener: PeerListener) async -> PeerRefusal? { await first(of: listener.refusals) }

    /// Waits for a condition.
    static func wait(_ limit: Duration = .seconds(5), for condition: () async -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return await condition()
    }

    /// Something to say, of about this length.
    static func envelope(_ number: UInt64, bytes: Int = 0) -> LinkEnvelope {
        LinkEnvelope(
            binding: nil, sequence: number,
            message: .fault(FaultStatement(kind: "test", text: String(repeating: "x", count: bytes))))
    }
}
