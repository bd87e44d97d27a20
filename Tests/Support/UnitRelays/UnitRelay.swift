public import UnitProtocol
public import UnitTransport

/// Stands between a host and a unit, and lets everything through but what a test wants otherwise: a unit whose firmware
/// ignores a request, or says of itself what no unit should.
public final class UnitRelay: UnitTransport {
    private struct Changes {
        var ignored: Set<UInt16> = []
        var replies: [UInt16: @Sendable ([UInt8]) -> [UInt8]] = [:]
        var swallowed: Set<UInt16> = []
        var isClosed = false
    }

    private let transport: any UnitTransport
    private let changes = Guarded(Changes())

    /// A relay that changes nothing yet.
    public init(_ transport: any UnitTransport) { self.transport = transport }

    /// From now on the unit gets no request of this kind, and nobody answers it.
    public func ignore<Request: UnitMessage>(_ request: Request.Type) {
        changes.withLock { _ = $0.ignored.insert(Request.templateID) }
    }

    /// From now on the unit gets every request, and no reply of this kind reaches the host.
    public func swallow<Reply: UnitMessage>(_ reply: Reply.Type) {
        changes.withLock { _ = $0.swallowed.insert(Reply.templateID) }
    }

    /// From now on every reply of this kind is changed, within the ranges of the schema.
    public func change<Reply: UnitMessage>(_ reply: Reply.Type, _ body: @escaping @Sendable (inout Reply) -> Void) {
        changes.withLock { $0.replies[Reply.templateID] = { Self.changed($0, body) } }
    }

    /// From now on the message behind the frame's header is what `body` makes of every reply of this kind, groups and data too.
    public func rewrite<Reply: UnitMessage>(_ reply: Reply.Type, _ body: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        changes.withLock {
            $0.replies[Reply.templateID] = { Self.sealed($0, body(Array($0.dropFirst(Frame.headerBytes)))) }
        }
    }

    /// From now on the unit refuses what it would answer with a reply of this kind.
    public func refuse<Reply: UnitMessage>(_ reply: Reply.Type, _ code: ErrorCode, of request: UInt16) {
        rewrite(reply) { _ in
            var builder = MessageBuilder()
            try? builder.write(
                ErrorMessage(code: code, state: .ready, requestId: request, fieldId: 0, retryAfter: 0))
            try? builder.write(ErrorMessage.text, text: "no")
            return Array(builder.bytes)
        }
    }

    /// Whether the host has closed the connection.
    public var isClosed: Bool { changes.withLock { $0.isClosed } }

    /// The unit's own.
    public var endpoint: TransportEndpoint { transport.endpoint }
    /// The unit's own.
    public var counters: TransportCounters { transport.counters }

    /// Sends what is not ignored.
    public func send(_ frame: [UInt8]) async throws(TransportError) {
        let kind = Self.kind(frame)
        if changes.withLock({ $0.ignored.contains(kind) }) { return }
        try await transport.send(frame)
    }

    /// What the unit says, changed.
    public func receiveControl() async throws(TransportError) -> [UInt8] {
        while true {
            let frame = try await transport.receiveControl()
            let kind = Self.kind(frame)
            if changes.withLock({ $0.swallowed.contains(kind) }) { continue }
            guard let change = changes.withLock({ $0.replies[kind] }) else { return frame }
            return change(frame)
        }
    }

    /// The unit's own.
    public func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        try await transport.openStream(geometry)
    }
    /// The unit's own.
    public func receiveStream() async throws(TransportError) -> StreamBlock { try await transport.receiveStream() }
    /// The unit's own.
    public func stall(_ isStalled: Bool) -> Bool { transport.stall(isStalled) }
    /// The unit's own.
    public func closeStream() async { await transport.closeStream() }
    /// The unit's own.
    public func close() async {
        changes.withLock { $0.isClosed = true }
        await transport.close()
    }

    /// Behind the frame's header come the length of the message's block and its number.
    private static func kind(_ frame: [UInt8]) -> UInt16 {
        guard frame.count >= Frame.minimumBytes else { return 0 }
        return UInt16(frame[Frame.headerBytes + 2]) | UInt16(frame[Frame.headerBytes + 3]) << 8
    }

    private static func changed<Reply: UnitMessage>(
        _ frame: [UInt8], _ body: (inout Reply) -> Void
    ) -> [UInt8] {
        let start = Frame.headerBytes
        var builder = MessageBuilder([UInt8](repeating: 0, count: start))
        do {
            let reader = try MessageReader(frame.span.bytes.extracting(start..<frame.count))
            var message = try reader.block(as: Reply.self)
            body(&message)
            try builder.write(message)
        } catch {
            // The codec refuses what the schema's ranges exclude: a test would go on with what the unit said itself.
            preconditionFailure("no \(Reply.self) can be like that: \(error)")
        }
        return Self.sealed(frame, Array(builder.bytes.dropFirst(start)) + frame.dropFirst(builder.bytes.count))
    }

    /// A frame like `frame` with another message.
    private static func sealed(_ frame: [UInt8], _ message: [UInt8]) -> [UInt8] {
        guard let header = try? Frame.decode(frame.span.bytes) else { return frame }
        var sealed = [UInt8](repeating: 0, count: Frame.headerBytes) + message
        let length = sealed.count
        var elements = sealed.mutableSpan
        var bytes = elements.mutableBytes
        Frame.seal(
            FrameHeader(channel: header.channel, length: length, number: header.number, session: header.session),
            into: &bytes)
        return sealed
    }
}
