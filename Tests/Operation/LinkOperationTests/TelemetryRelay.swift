import UnitProtocol
import UnitTransport

/// Stands between a host and a unit, and lets everything through but telemetry.
final class TelemetryRelay: UnitTransport {
    /// What becomes of a request for telemetry.
    enum Trouble: String, CaseIterable, Sendable {
        /// It does not reach the unit.
        case mute
        /// It is answered with an error.
        case refused
        /// It is answered with another message.
        case badReply
        /// Every value is an hour old.
        case stale
        /// Every value is a NaN, though the unit says that it is well.
        case notANumber
    }

    private let transport: any UnitTransport
    private let trouble = Guarded<Trouble?>(nil)
    /// Numbers of requests for telemetry that the unit has got.
    private let asked = Guarded(Set<UInt32>())

    init(_ transport: any UnitTransport) { self.transport = transport }

    /// From now on.
    func begin(_ trouble: Trouble) { self.trouble.withLock { $0 = trouble } }

    var endpoint: TransportEndpoint { transport.endpoint }
    var counters: TransportCounters { transport.counters }

    func send(_ frame: [UInt8]) async throws(TransportError) {
        let isTelemetry = frame.count > 36 && frame[34] == UInt8(GetTelemetry.templateID)
        guard isTelemetry, let trouble = trouble.withLock({ $0 }) else { return try await transport.send(frame) }
        if trouble == .mute { return }
        if let header = try? Frame.decode(frame.span.bytes) {
            asked.withLock { _ = $0.insert(header.number) }
        }
        try await transport.send(frame)
    }

    func receiveControl() async throws(TransportError) -> [UInt8] {
        let frame = try await transport.receiveControl()
        guard let header = try? Frame.decode(frame.span.bytes), header.channel == .reply,
            asked.withLock({ $0.remove(header.number) }) != nil, let trouble = trouble.withLock({ $0 })
        else { return frame }
        switch trouble {
        case .mute: return frame
        case .refused:
            return Self.reply(
                ErrorMessage(
                    code: .wrongState, state: .streaming, requestId: GetTelemetry.templateID, fieldId: 0,
                    retryAfter: 0), trailing: [0, 0, 0, 0], header)
        case .badReply: return Self.reply(GetStatus(), header)
        case .stale: return Self.changed(frame, header) { entry in (4..<8).map { (entry + $0, UInt8(0x3F)) } }
        case .notANumber:
            return Self.changed(frame, header) { entry in
                zip(8..<16, [0, 0, 0, 0, 0, 0, 0xF8, 0x7F] as [UInt8]).map { (entry + $0, $1) }
            }
        }
    }

    func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        try await transport.openStream(geometry)
    }
    func receiveStream() async throws(TransportError) -> StreamBlock { try await transport.receiveStream() }
    func closeStream() async { await transport.closeStream() }
    func close() async { await transport.close() }

    /// Another message under the same number.
    private static func reply(
        _ message: some UnitMessage, trailing: [UInt8] = [], _ header: FrameHeader
    ) -> [UInt8] {
        var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
        guard (try? builder.write(message)) != nil else { return [] }
        return seal(builder.bytes + trailing, header)
    }

    /// Telemetry with other bytes in each entry. Behind header, message header, block of 8 and the group's dimension of 8
    /// come entries of 16: id, status, age (4), value (8).
    private static func changed(
        _ frame: [UInt8], _ header: FrameHeader, _ change: (Int) -> [(Int, UInt8)]
    ) -> [UInt8] {
        var changed = frame
        for entry in stride(from: Frame.headerBytes + 8 + 8 + 8, to: frame.count - 15, by: 16) {
            for (place, byte) in change(entry) { changed[place] = byte }
        }
        return seal(changed, header)
    }

    private static func seal(_ bytes: [UInt8], _ header: FrameHeader) -> [UInt8] {
        var sealed = bytes
        let length = sealed.count
        var elements = sealed.mutableSpan
        var raw = elements.mutableBytes
        Frame.seal(
            FrameHeader(channel: header.channel, length: length, number: header.number, session: header.session),
            into: &raw)
        return sealed
    }
}
