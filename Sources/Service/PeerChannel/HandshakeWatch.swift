internal import NIOCore
internal import NIOTLS
internal import PeerIdentity

/// Stands behind the handler that speaks TLS: tells when the handshake is done, why it failed, and ends one that takes too
/// long.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let note: HandshakeNote
    private let limit: TimeAmount
    private let completed: (any Channel, PeerPin) -> Void
    private let failed: (PeerRefusal) -> Void
    private var deadline: Scheduled<Void>?
    private var isOver = false

    /// `completed` and `failed`: one of them is called, once.
    init(
        _ note: HandshakeNote, limit: TimeAmount, completed: @escaping (any Channel, PeerPin) -> Void,
        failed: @escaping (PeerRefusal) -> Void
    ) {
        (self.note, self.limit, self.completed, self.failed) = (note, limit, completed, failed)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let (bound, channel) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.channel)
        deadline = context.eventLoop.scheduleTask(in: limit) {
            bound.value.fail(.handshakeTimedOut)
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { fail(.handshakeFailed(reason: "it hung up")) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event, !isOver {
            if let pin = note.pin {
                isOver = true
                deadline?.cancel()
                completed(context.channel, pin)
            } else {
                fail(.noCertificate)
                context.close(promise: nil)
            }
        }
        // Whoever has not shown who he is does not hold up an end.
        if event is ChannelShouldQuiesceEvent, !isOver { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isOver {
            // In TLS 1.3 a client is done before the server has looked at its certificate.
            note.refuse(PeerRefusal(error))
        } else {
            fail(PeerRefusal(error))
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.handshakeFailed(reason: "it hung up"))
        context.fireChannelInactive()
    }

    private func fail(_ refusal: PeerRefusal) {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        note.refuse(refusal)
        failed(note.refusal ?? refusal)
    }
}
