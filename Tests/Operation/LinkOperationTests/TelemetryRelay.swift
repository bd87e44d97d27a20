import UnitProtocol
import UnitTransport

/// Stands between a host and a unit, and lets everything through but telemetry.
final class TelemetryRelay: UnitTransport {
    /// What becomes of a request for telemetry.
    enum Trouble: String, CaseIterable, Sendable {
        /// It does not reach the unit.
        case mute
        /// A request for the catalogue of quantities does not reach the unit.
        case catalogueMute
        /// The answer ends in the middle of its frame.
        case truncated
        /// A bit of the answer is wrong.
        case corrupted
        /// The frame is whole, and the message in it ends before its last values.
        case cutMessage
        /// It is answered with an error.
        case refused
        /// It is answered with another message.
        case badReply
        /// Every value is an hour old.
        case stale
        /// Every value is a NaN, though the unit says that it is well.
        case notANumber
        /// Every value is beyond all numbers.
        case infinite
        /// The unit says that it has no value.
        case unavailable
        /// The answer has no values at all.
        case left
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
        let template = frame.count > 36 ? UInt16(frame[34]) | UInt16(frame[35]) << 8 : 0
        let trouble = trouble.withLock { $0 }
        if trouble == .catalogueMute, template == GetTelemetryCatalog.templateID { return }
        guard let trouble, template == GetTelemetry.templateID else { return try await transport.send(frame) }
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
        case .mute, .catalogueMute: return frame
        case .truncated: return Array(frame.prefix(frame.count / 2))
        case .corrupted: return frame.enumerated().map { $0 == frame.count - 1 ? $1 ^ 0x10 : $1 }
        case .cutMessage: return Self.seal(Array(frame.dropLast(24)), header)
        case .refused:
            return Self.reply(
                ErrorMessage(
                    code: .wrongState, state: .streaming, requestId: GetTelemetry.templateID, fieldId: 0,
                    retryAfter: 0), trailing: [0, 0, 0, 0], header)
        case .badReply: return Self.reply(GetStatus(), header)
        case .stale: return Self.changed(frame, header) { entry in (4..<8).map { (entry + $0, UInt8(0x3F)) } }
        case .notANumber: return Self.changed(frame, header, to: .nan)
        case .infinite: return Self.changed(frame, header, to: .infinity)
        case .unavailable:
            return Self.changed(frame, header) { entry in [(entry + 2, RangeStatus.unavailable.rawValue)] }
        case .left:
            // Behind header, message header and block: the size of an entry, then their number.
            let group = Frame.headerBytes + 8 + 8
            var empty = Array(frame.prefix(group + 8))
            for place in group + 2..<group + 8 { empty[place] = 0 }
            return Self.seal(empty, header)
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

    private static func changed(_ frame: [UInt8], _ header: FrameHeader, to value: Double) -> [UInt8] {
        let bits = value.bitPattern
        return changed(frame, header) { entry in
            (0..<8).map { (entry + 8 + $0, UInt8(truncatingIfNeeded: bits >> (8 * $0))) }
        }
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
