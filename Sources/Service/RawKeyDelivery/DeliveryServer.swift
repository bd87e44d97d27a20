internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
public import UnitTransport

/// Delivers the raw key of links to consumers on this node: `cvqkd.rawkey.v1` on one Unix socket. An agent has one server
/// per role of consumers; servers may share links.
public final class DeliveryServer: Sendable {
    private let socket: DeliverySocket
    private let service: DeliveryService
    private let clock: HostClock
    private let count: Guarded<DeliveryCounters>
    private let ending = Guarded(false)
    private let point = WaitPoint()
    private let listening = Guarded(false)
    private let listens = WaitPoint()

    /// So long streams may take to end in order.
    private static let timeToEnd: Duration = .seconds(2)

    /// A server that does not listen yet.
    ///
    /// Throws `.badConfiguration`.
    public init(
        socket: DeliverySocket, consumers: [ConsumerSettings], links: [DeliveredLink], clock: HostClock = .monotonic
    ) throws(DeliveryError) {
        var byName: [String: DeliveredLink] = [:]
        for link in links {
            guard byName.updateValue(link, forKey: link.name) == nil else {
                throw .badConfiguration("two links have the name \(link.name)")
            }
        }
        var consumersByName: [String: ConsumerSettings] = [:]
        for consumer in consumers {
            guard byName[consumer.link] != nil else {
                throw .badConfiguration(
                    "consumer \(consumer.name) is for link \(consumer.link), which is not delivered")
            }
            guard consumersByName.updateValue(consumer, forKey: consumer.name) == nil else {
                throw .badConfiguration("two consumers have the name \(consumer.name)")
            }
        }
        self.socket = socket
        self.clock = clock
        count = Guarded(DeliveryCounters())
        service = DeliveryService(consumers: consumersByName, links: byName, clock: clock, counters: count)
    }

    /// Who came so far.
    public var counters: DeliveryCounters { count.withLock { $0 } }

    /// Listens and serves until `shutdown` or until the task is cancelled. Once.
    ///
    /// Throws a `DeliveryError` if there can be no socket.
    public func run() async throws {
        let file = try SocketFile(socket)
        // The server owns the descriptor that it is given; the file's own one stays with the file.
        let listener = try UnixListener(
            descriptor: file.duplicate(), users: socket.users, counters: count)
        let server = GRPCServer(
            transport: HTTP2ServerTransport.Custom(listenerFactory: listener, config: Self.config), services: [service])
        listening.withLock { $0 = true }
        listens.signal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            group.addTask { [self] in
                while !ending.withLock({ $0 }), !Task.isCancelled {
                    await point.wait { ending.withLock { $0 } }
                }
                service.conversations.end()
                server.beginGracefulShutdown()
                try? await clock.sleep(for: Self.timeToEnd)
            }
            // Whichever is first: all connections are closed, or those that are left have had their time.
            try await group.next()
            group.cancelAll()
        }
        extendLifetime(file)
    }

    /// Returns when the socket takes connections. One task may wait.
    public func waitUntilListening() async {
        while !listening.withLock({ $0 }), !Task.isCancelled {
            await listens.wait { listening.withLock { $0 } }
        }
    }

    /// Ends all streams with UNAVAILABLE, and then `run`.
    public func shutdown() {
        ending.withLock { $0 = true }
        point.signal()
    }

    /// 16 MiB of window and frames of 1 MiB carry eight times as much as the defaults do. A consumer's messages are short.
    private static var config: HTTP2ServerTransport.Custom<UnixListener>.Config {
        var config = HTTP2ServerTransport.Custom<UnixListener>.Config.defaults
        config.http2.targetWindowSize = 16 << 20
        config.http2.maxFrameSize = 1 << 20
        config.http2.maxConcurrentStreams = 64
        config.rpc.maxRequestPayloadSize = 64 << 10
        // A consumer that hangs loses its stream, and another one may come.
        config.connection.keepalive.time = .seconds(10)
        config.connection.keepalive.timeout = .seconds(10)
        config.connection.keepalive.clientBehavior.allowWithoutCalls = true
        config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(5)
        return config
    }
}
