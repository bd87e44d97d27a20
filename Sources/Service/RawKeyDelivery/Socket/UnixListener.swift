internal import GRPCNIOTransportHTTP2Posix
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import UnitTransport

/// Takes connections from a socket that listens already, asks the kernel who each is from, and closes those of strangers
/// before a byte of theirs is read.
struct UnixListener: HTTP2ServerTransport.ListenerFactory {
    let descriptor: Int32
    let users: Set<UInt32>
    let counters: Guarded<DeliveryCounters>
    let limit = ConnectionLimit(mostConnections)
    let eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    /// A consumer has one; a client that reconnects has some that are not over yet.
    static let mostConnections = 128

    private struct IsStranger: Error {}
    private struct IsOneTooMany: Error {}

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(descriptor) { channel in
                let isKnown = admits(channel)
                return isKnown.flatMap { isKnown in
                    guard isKnown else {
                        return channel.close().flatMapThrowing { throw IsStranger() }
                    }
                    guard limit.admit(channel) else {
                        counters.withLock { $0.tooMany += 1 }
                        return channel.close().flatMapThrowing { throw IsOneTooMany() }
                    }
                    return channel.pipeline.addHandler(limit.listener()).flatMap {
                        connectionConfigurator.configure(channel: channel, tls: .none)
                    }
                }
            }
    }

    private func admits(_ channel: any Channel) -> EventLoopFuture<Bool> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(false)
        }
        let credentials: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.map { credentials in
            let isKnown = users.contains(credentials.user)
            counters.withLock { counters in
                if isKnown {
                    counters.accepted += 1
                } else {
                    counters.strangers += 1
                    counters.newestStranger = credentials.user
                }
            }
            return isKnown
        }
    }
}
