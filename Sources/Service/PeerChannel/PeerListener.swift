public import Foundation
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
public import LinkControl
internal import NIOCore
internal import NIOPosix
public import PeerIdentity
internal import UnitTransport

/// Waits for the other sides of links. `run` does it until `shutdown`; what they begin comes out of `conversations`.
///
/// Each link has one conversation at a time. A second one is refused while the first is alive; a first that has said nothing
/// for `PeerTiming.limit` is dead, and gives way.
public final class PeerListener: Sendable {
    /// Conversations that the other sides begin.
    public let conversations: AsyncStream<IncomingConversation>
    /// Who was not let in, and why; the last ones, for the log.
    public let refusals: AsyncStream<PeerRefusal>

    private let address: PeerAddress
    private let door: PeerDoor
    private let transport: HTTP2ServerTransport.Custom<PeerDoorway>
    private let server: GRPCServer<HTTP2ServerTransport.Custom<PeerDoorway>>
    private let doorway: PeerDoorway
    private let stopping: (stream: AsyncStream<Never>, end: AsyncStream<Never>.Continuation)

    /// A listener.
    ///
    /// - Parameters:
    ///   - address: where it listens.
    ///   - links: names of links, each with the pins of its other side; on a Unix socket, whose user is known, pins are not
    ///     looked at.
    ///   - credentials: what this side shows; TCP needs them.
    ///   - timing: after which silence a conversation is dead.
    ///   - record: is shown every message that crosses, both ways.
    ///   - now: the wall clock, for certificates.
    public init(
        _ address: PeerAddress, links: [String: PeerPins], credentials: PeerCredentials? = nil,
        timing: PeerTiming = PeerTiming(), record: (@Sendable (Data) -> Void)? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(PeerChannelError) {
        let usesTLS = if case .tcp = address { true } else { false }
        if usesTLS { try Self.check(address, links, credentials, now()) }
        self.address = address
        door = PeerDoor(
            PeerDoor.Configuration(links: links, credentials: credentials), usesTLS: usesTLS, timing: timing,
            record: record)
        (conversations, refusals) = (door.conversations, door.refusals)
        doorway = PeerDoorway(door: door, address: address, now: now)
        var config = HTTP2ServerTransport.Custom<PeerDoorway>.Config.defaults
        config.http2.targetWindowSize = PeerTransport.window
        config.http2.maxConcurrentStreams = 8
        config.rpc.maxRequestPayloadSize = PeerTransport.mostPayload
        config.connection.maxIdleTime = .seconds(30)
        config.connection.maxGraceTime = .seconds(1)
        // A dead network is noticed when nothing answers for as long as something must have been heard.
        config.connection.keepalive.time = timing.limit
        config.connection.keepalive.timeout = timing.limit
        config.connection.keepalive.clientBehavior.allowWithoutCalls = true
        config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = timing.interval
        transport = HTTP2ServerTransport.Custom(listenerFactory: doorway, config: config)
        server = GRPCServer(transport: transport, services: [PeerService(door: door)])
        let (stream, end) = AsyncStream.makeStream(of: Never.self)
        stopping = (stream, end)
    }

    private static func check(
        _ address: PeerAddress, _ links: [String: PeerPins], _ credentials: PeerCredentials?, _ now: Date
    ) throws(PeerChannelError) {
        guard let credentials else { throw .notConfigured(address, missing: "this side has no certificate") }
        guard links.values.contains(where: { !$0.certificates.isEmpty }) else {
            throw .notConfigured(address, missing: "no certificate of another side is pinned")
        }
        let standing = credentials.certificate.standing(at: now)
        guard standing == .valid || standing == .expiresSoon else {
            throw .ownCertificate(standing, until: credentials.certificate.notAfter)
        }
        _ = try PeerSecurity(credentials: credentials, pins: [], now: { now }).context(isServer: true)
    }

    /// Listens until `shutdown` or until its task is cancelled.
    public func run() async throws(PeerChannelError) {
        let failure = await withTaskGroup(of: PeerChannelError?.self) { group in
            group.addTask { [server, door, address] in
                do {
                    try await server.serve()
                    return nil
                } catch {
                    door.shut()
                    // The server wraps what its transport throws.
                    let cause = (error as? RuntimeError)?.cause ?? error
                    return cause as? PeerChannelError ?? .cannotListen(address, reason: Self.reason(cause))
                }
            }
            group.addTask { [stopping, door, server] in
                for await _ in stopping.stream {}
                door.shut()
                server.beginGracefulShutdown()
                // Connections that do not end are ended.
                try? await door.timing.clock.sleep(for: PeerService.drain * 2)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        door.shut()
        doorway.close()
        if let failure { throw failure }
    }

    /// Where it listens, once it does: a TCP port of 0 is the system's choice. Nil if it does not listen.
    public func listeningAddress() async -> PeerAddress? {
        guard case .tcp(let host, _) = address else { return await transport.listeningAddress == nil ? nil : address }
        guard let bound = await transport.listeningAddress, let port = bound.ipv4?.port ?? bound.ipv6?.port else {
            return nil
        }
        return .tcp(host: host, port: port)
    }

    /// Changes what is shown and who is let in, from the next connection on. Conversations that run stay.
    public func replace(links: [String: PeerPins], credentials: PeerCredentials?) {
        door.configuration = PeerDoor.Configuration(links: links, credentials: credentials)
    }

    /// Ends conversations and listening; `run` returns then.
    public func shutdown() { stopping.end.finish() }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        return "\(error)"
    }
}
