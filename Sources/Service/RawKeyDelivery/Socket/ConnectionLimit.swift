internal import NIOCore
internal import UnitTransport

/// How many connections a socket has at once. When it is full the oldest one that has not said a byte yet makes room, so that who
/// only connects cannot shut out who has something to say; if all have spoken, the newcomer has to go.
final class ConnectionLimit: Sendable {
    private struct State {
        var open = 0
        var next: UInt64 = 0
        var silent: [(number: UInt64, channel: any Channel)] = []
    }

    private let state = Guarded(State())
    private let most: Int

    init(_ most: Int) { self.most = most }

    /// Takes a connection in. False if there is no room.
    func admit(_ channel: any Channel) -> Bool {
        let (number, oldest) = state.withLock { state -> (UInt64?, (any Channel)?) in
            var oldest: (any Channel)?
            if state.open >= most {
                guard !state.silent.isEmpty else { return (nil, nil) }
                oldest = state.silent.removeFirst().channel
            }
            state.open += 1
            state.next += 1
            state.silent.append((state.next, channel))
            return (state.next, oldest)
        }
        oldest?.close(promise: nil)
        guard let number else { return false }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { state in
                state.open -= 1
                state.silent.removeAll { $0.number == number }
            }
        }
        return true
    }

    /// It has said something.
    fileprivate func hasSpoken(_ channel: any Channel) {
        state.withLock { state in state.silent.removeAll { $0.channel === channel } }
    }

    /// Sees the first bytes of a connection, and goes.
    func listener() -> any ChannelHandler & Sendable { FirstBytes(self) }

    private final class FirstBytes: ChannelInboundHandler, RemovableChannelHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let limit: ConnectionLimit

        init(_ limit: ConnectionLimit) { self.limit = limit }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            limit.hasSpoken(context.channel)
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}
