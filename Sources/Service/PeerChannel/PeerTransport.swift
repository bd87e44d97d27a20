internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOPosix
internal import UnitControl
internal import UnitTransport
internal import LinkControl

/// What both sides of the network have in common.
enum PeerTransport {
    /// Threads of the network.
    static var group: MultiThreadedEventLoopGroup { .singleton }
    /// A handshake takes no longer.
    static let handshakeLimit = TimeAmount.seconds(5)
    /// A message and what protobuf puts around it. One that is a little too long is still told from a broken connection.
    static let mostPayload = PeerConversation.longest + (64 << 10)
    /// Bytes under way on a connection: more than a message.
    static let window = 8 << 20

    /// What the kernel does for a connection whose other side is gone: gives up after the time in which something must have
    /// been heard.
    static func userTimeout(_ timing: PeerTiming) -> Int { timing.limit.wholeMilliseconds }
    static let userTimeoutOption = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
}
