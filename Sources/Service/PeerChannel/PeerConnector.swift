public import Foundation
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
public import LinkControl
internal import NIOCore
internal import NIOPosix
public import PeerIdentity
internal import SwiftProtobuf
internal import UnitControl
internal import UnitTransport

/// Goes to the other side of a link.
public enum PeerConnector {
    /// Opens a conversation about a link.
    ///
    /// - Parameters:
    ///   - address: where the other side listens.
    ///   - link: the link's name, the same at both sides.
    ///   - credentials: what this side shows; TCP needs them.
    ///   - pins: of the other side; TCP needs at least one.
    ///   - limit: the conversation is open within this time.
    ///   - timing: when the network counts as dead.
    ///   - record: is shown every message that crosses, both ways.
    ///   - now: the wall clock, for certificates.
    public static func connect(
        _ address: PeerAddress, link: String, credentials: PeerCredentials? = nil, pins: PeerPins = PeerPins(),
        within limit: Duration = .seconds(5), timing: PeerTiming = PeerTiming(),
        record: (@Sendable (Data) -> Void)? = nil, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws(PeerChannelError) -> PeerConversation {
        let security = try security(for: address, credentials, pins, now)
        let context = try security?.context(isServer: false)
        let note = HandshakeNote()
        let conversation = PeerConversation(link, timing: timing, record: record)
        let (opened, opening) = AsyncStream.makeStream(of: PeerChannelError?.self, bufferingPolicy: .bufferingOldest(1))
        let carrier = Task(executorPreference: timing.clock.executor) {
            var failure: PeerChannelError
            do {
                let transport = try await transport(to: address, within: limit, timing) { channel in
                    if let security, let context {
                        let handler = try security.handler(context, isServer: false, note)
                        let watch = HandshakeWatch(
                            note, limit: PeerTransport.handshakeLimit, completed: { _, _ in }, failed: { _ in })
                        try channel.pipeline.syncOperations.addHandlers([handler, watch])
                    }
                }
                try await withGRPCClient(transport: transport) { client in
                    try await carry(conversation, by: Cvqkd_Peer_V1_Peer.Client(wrapping: client)) {
                        opening.yield(nil)
                    }
                }
                failure = .broken(address, reason: "it hung up")
            } catch {
                failure = meaning(of: error, address, link, note)
            }
            conversation.end(failure.description)
            opening.yield(failure)
            opening.finish()
        }
        let watch = Task(executorPreference: timing.clock.executor) {
            await PeerService.afterwards(conversation, clock: timing.clock)
            carrier.cancel()
        }
        let deadline = Task(executorPreference: timing.clock.executor) {
            do { try await timing.clock.sleep(for: limit) } catch { return }
            opening.yield(.timedOut(address, milliseconds: limit.wholeMilliseconds))
        }
        defer { deadline.cancel() }
        for await outcome in opened {
            guard let failure = outcome else { return conversation }
            conversation.end(failure.description)
            carrier.cancel()
            watch.cancel()
            throw failure
        }
        // Whoever waited was cancelled.
        conversation.end("closed here")
        carrier.cancel()
        throw .timedOut(address, milliseconds: limit.wholeMilliseconds)
    }

    private static func security(
        for address: PeerAddress, _ credentials: PeerCredentials?, _ pins: PeerPins,
        _ now: @escaping @Sendable () -> Date
    ) throws(PeerChannelError) -> PeerSecurity? {
        switch address {
        case .unix(let path):
            try PeerSocketFile.requireFolder(of: path)
            return nil
        case .tcp:
            guard let credentials else { throw .notConfigured(address, missing: "this side has no certificate") }
            guard !pins.certificates.isEmpty else {
                throw .notConfigured(address, missing: "no certificate of the other side is pinned")
            }
            let standing = credentials.certificate.standing(at: now())
            guard standing == .valid || standing == .expiresSoon else {
                throw .ownCertificate(standing, until: credentials.certificate.notAfter)
            }
            return PeerSecurity(credentials: credentials, pins: Set(pins.certificates), now: now)
        }
    }

    /// A connection, with what `secure` puts before HTTP/2.
    private static func transport(
        to address: PeerAddress, within limit: Duration, _ timing: PeerTiming,
        _ secure: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> HTTP2ClientTransport.WrappedChannel {
        var config = HTTP2ClientTransport.WrappedChannel.Config.defaults
        config.http2.targetWindowSize = PeerTransport.window
        config.http2.authority = "localhost"
        config.connection.keepalive = HTTP2ClientTransport.Config.Keepalive(
            time: timing.limit, timeout: timing.limit, allowWithoutCalls: true)
        return try await HTTP2ClientTransport.WrappedChannel.wrapping(config: config) { configure in
            let bootstrap = ClientBootstrap(group: PeerTransport.group)
                .connectTimeout(.milliseconds(Int64(limit.wholeMilliseconds)))
            let prepare:
                @Sendable (any Channel) -> EventLoopFuture<HTTP2ClientTransport.WrappedChannel.ConfiguredChannel> = {
                    channel in
                    channel.eventLoop.makeCompletedFuture { try secure(channel) }.flatMap { configure(channel) }
                }
            switch address {
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: prepare)
            case .tcp(let host, let port):
                return
                    try await bootstrap
                    .channelOption(PeerTransport.userTimeoutOption, value: PeerTransport.userTimeout(timing))
                    .connect(host: host, port: port, channelInitializer: prepare)
            }
        }
    }

    /// One call is one conversation: first the link, then messages, both ways.
    private static func carry(
        _ conversation: PeerConversation,
        by peer: Cvqkd_Peer_V1_Peer.Client<HTTP2ClientTransport.WrappedChannel>, opened: @escaping @Sendable () -> Void
    ) async throws {
        var options = CallOptions.defaults
        options.maxRequestMessageBytes = PeerTransport.mostPayload
        options.maxResponseMessageBytes = PeerTransport.mostPayload
        try await peer.converse(options: options) { writer in
            try await writer.write(.with { $0.link = conversation.link })
            for await data in conversation.outgoing {
                try await writer.write(.with { $0.message = data })
                conversation.sent(data)
            }
        } onResponse: { response in
            var isOpen = false
            for try await envelope in response.messages {
                if isOpen {
                    await conversation.arrive(envelope.message)
                } else {
                    guard envelope.link == conversation.link else {
                        throw RPCError(code: .invalidArgument, message: "it speaks about another link")
                    }
                    isOpen = true
                    opened()
                }
            }
            // What is still to be sent is of no use to anybody.
            conversation.end("it hung up")
        }
    }

    /// What went wrong, by what the handshake noted before what follows from it.
    private static func meaning(
        of error: any Error, _ address: PeerAddress, _ link: String, _ note: HandshakeNote
    ) -> PeerChannelError {
        if let refusal = note.refusal { return .refused(address, refusal) }
        switch error {
        case let error as PeerChannelError: return error
        case let error as RPCError:
            switch error.code {
            case .notFound: return .unknownLink(link)
            case .alreadyExists: return .busy(link: link)
            default: return .broken(address, reason: PeerService.reason(error))
            }
        case let error as IOError:
            return .unanswered(address, reason: String(cString: strerror(error.errnoCode)))
        case let error as NIOConnectionError:
            let code = (error.connectionErrors.first?.error as? IOError)?.errnoCode
            return .unanswered(address, reason: code.map { String(cString: strerror($0)) } ?? "its name is not known")
        default: return .broken(address, reason: "the connection is lost")
        }
    }
}
