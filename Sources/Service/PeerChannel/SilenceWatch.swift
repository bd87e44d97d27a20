internal import LinkControl
internal import NIOCore
internal import UnitControl

/// Ends a connection on which nothing has come for as long as something must: there are pings and their answers. It stands
/// before TLS, which would wait for the other side's farewell.
///
/// grpc-swift pings by itself, but a server of its whose ping is not answered goes on waiting for its calls to end.
final class SilenceWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? IdleStateHandler.IdleStateEvent, event == .read else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }

    /// Puts it into a connection, as the first that sees what comes.
    static func add(to channel: any Channel, _ timing: PeerTiming) throws {
        let limit = TimeAmount.milliseconds(Int64(timing.limit.wholeMilliseconds))
        try channel.pipeline.syncOperations.addHandlers([IdleStateHandler(readTimeout: limit), SilenceWatch()])
    }
}
