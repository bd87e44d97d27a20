internal import DeliveryProtocol
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCProtobuf
internal import RawKeyMessages

/// A consumer of one link's raw key: connects to the agent on this node, and opens streams.
public struct RawKeyConsumer: Sendable {
    /// The agent's socket.
    public var socketPath: String
    /// The link.
    public var link: String
    /// This consumer's name in the agent's configuration.
    public var consumer: String
    /// Bytes of ciphertext that may be under way.
    public var credit: UInt64

    /// A consumer.
    public init(socketPath: String, link: String, consumer: String, credit: UInt64 = 32 << 20) {
        self.socketPath = socketPath
        self.link = link
        self.consumer = consumer
        self.credit = credit
    }

    /// Opens a stream for as long as `body` runs. To resume, open again with the `resumePoint` of the last stream.
    ///
    /// - Parameters:
    ///   - after: nothing at or before this position is wanted.
    ///   - metadataOnly: headers, outcomes and gaps, no contents and no keys.
    ///
    /// Throws `RawKeyClientError`, or what `body` throws.
    public func withStream<Result: Sendable>(
        after: UInt64 = 0, metadataOnly: Bool = false,
        _ body: @escaping @Sendable (RawKeyStream) async throws -> Result
    ) async throws -> Result {
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.http2.targetWindowSize = 16 << 20
        config.http2.maxFrameSize = 1 << 20
        config.http2.authority = "localhost"
        let transport = try HTTP2ClientTransport.Posix(
            target: .unixDomainSocket(path: socketPath), transportSecurity: .plaintext, config: config)
        let (messages, queue) = AsyncStream<Cvqkd_Rawkey_V1_ConsumerMessage>.makeStream()
        defer { queue.finish() }
        var open = Cvqkd_Rawkey_V1_ConsumerMessage()
        open.open.version = 1
        open.open.link = link
        open.open.consumer = consumer
        open.open.after = after
        open.open.metadataOnly = metadataOnly
        queue.yield(open)
        if !metadataOnly { queue.yield(.credit(credit)) }
        // Nobody waits for an agent that is not there: the caller knows better when to try again.
        var options = CallOptions.defaults
        options.waitForReady = false
        let credit = credit
        do {
            return try await withGRPCClient(transport: transport) { [options] client in
                try await Cvqkd_Rawkey_V1_RawKey.Client(wrapping: client).deliver(
                    options: options,
                    requestProducer: { writer in
                        for await message in messages { try await writer.write(message) }
                    },
                    onResponse: { response in
                        try await body(
                            RawKeyStream(messages: response.messages, queue: queue, credit: credit, after: after))
                    })
            }
        } catch let error as RPCError { throw RawKeyClientError(error) }
    }
}

extension RawKeyClientError {
    init(_ error: RPCError) { self = .refused(code: "\(error.code)", message: error.message) }
}

extension Cvqkd_Rawkey_V1_ConsumerMessage {
    static func credit(_ bytes: UInt64) -> Self {
        var message = Self()
        message.credit.bytes = bytes
        return message
    }
}
