internal import Foundation
internal import GRPCNIOTransportHTTP2Posix
internal import LinkControl
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import PeerIdentity
internal import UnitTransport

/// Makes the listening socket, and lets a connection into HTTP/2 when it is known who is behind it.
///
/// grpc-swift's own listener speaks TLS 1.2 too, and takes its certificates once for all.
final class PeerDoorway: HTTP2ServerTransport.ListenerFactory {
    typealias Connection = HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel

    let eventLoopGroup: any EventLoopGroup = PeerTransport.group
    private let door: PeerDoor
    private let address: PeerAddress
    private let now: @Sendable () -> Date
    private let file = Guarded<PeerSocketFile?>(nil)

    init(door: PeerDoor, address: PeerAddress, now: @escaping @Sendable () -> Date) {
        (self.door, self.address, self.now) = (door, address, now)
    }

    /// Removes the socket's file.
    func close() { file.withLock { $0.take() }?.remove() }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<Connection, Never> {
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
        switch address {
        case .unix(let path):
            let made = try PeerSocketFile.make(path)
            file.withLock { $0 = made }
            return try await bootstrap.bind(made.descriptor) { [door] channel in
                Self.count(channel, door).flatMap { connectionConfigurator.configure(channel: channel, tls: .none) }
            }
        case .tcp(let host, let port):
            return
                try await bootstrap
                .childChannelOption(PeerTransport.userTimeoutOption, value: PeerTransport.userTimeout(door.timing))
                .bind(host: host, port: port) { [self] channel in
                    Self.count(channel, door).flatMap { self.secure(channel) }.flatMap {
                        connectionConfigurator.configure(channel: channel, tls: .configured(requireALPN: true))
                    }
                }
        }
    }

    /// Counts a connection as long as it is there.
    private static func count(_ channel: any Channel, _ door: PeerDoor) -> EventLoopFuture<Void> {
        guard door.enter() else {
            door.refuse(.tooMany)
            return channel.close().flatMapThrowing { throw PeerRefusal.tooMany }
        }
        channel.closeFuture.whenComplete { _ in door.leave() }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    /// Puts TLS before everything else: what is shown and who is let in is as it is now.
    private func secure(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let configuration = door.configuration
            guard let credentials = configuration.credentials else {
                throw PeerChannelError.notConfigured(address, missing: "this side has no certificate")
            }
            let security = PeerSecurity(
                credentials: credentials, pins: Set(configuration.links.values.flatMap(\.certificates)), now: now)
            let note = HandshakeNote()
            let handler = try security.handler(security.context(isServer: true), isServer: true, note)
            let watch = HandshakeWatch(
                note, limit: PeerTransport.handshakeLimit,
                completed: { [door] channel, pin in
                    guard let name = Self.name(channel.remoteAddress) else { return }
                    let connection = ObjectIdentifier(channel)
                    door.know(pin, at: name, connection)
                    channel.closeFuture.whenComplete { _ in door.forget(name, connection) }
                }, failed: { [door] refusal in door.refuse(refusal) })
            try channel.pipeline.syncOperations.addHandlers([handler, watch])
        }
    }

    /// An address as calls have it. While a connection stands, no other has its address.
    private static func name(_ address: NIOCore.SocketAddress?) -> String? {
        switch address {
        case .v4(let found): address?.port.map { "ipv4:\(found.host):\($0)" }
        case .v6(let found): address?.port.map { "ipv6:[\(found.host)]:\($0)" }
        default: nil
        }
    }
}
