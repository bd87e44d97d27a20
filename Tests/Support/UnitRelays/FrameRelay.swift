public import UnitProtocol
public import UnitTransport

/// Stands between a host and a unit and changes frames of the stream: a unit whose firmware says of its symbols what cannot
/// be, or streams for another session. The frames' CRC is made anew, so that they arrive whole.
public final class FrameRelay: UnitTransport {
    /// Changes the frame of a stream that comes as number `index`.
    public typealias Change = @Sendable (_ index: Int, _ header: inout FrameHeader, _ frame: inout StreamFrame) -> Void

    private struct State {
        var change: Change?
        var cut: (@Sendable (_ index: Int, _ frame: StreamFrame) -> Bool)?
        var frames = 0
        var channel: StreamChannel?
    }

    private let transport: any UnitTransport
    private let state = Guarded(State())

    /// A relay that changes nothing yet.
    public init(_ transport: any UnitTransport) { self.transport = transport }

    /// From now on.
    public func change(_ body: @escaping Change) { state.withLock { $0.change = body } }

    /// From now on frames of which this is true do not arrive.
    public func cut(_ isCut: @escaping @Sendable (_ index: Int, _ frame: StreamFrame) -> Bool) {
        state.withLock { $0.cut = isCut }
    }

    /// The unit's own.
    public var endpoint: TransportEndpoint { transport.endpoint }
    /// The unit's own.
    public var counters: TransportCounters { transport.counters }
    /// The unit's own.
    public func send(_ frame: [UInt8]) async throws(TransportError) { try await transport.send(frame) }
    /// The unit's own.
    public func receiveControl() async throws(TransportError) -> [UInt8] { try await transport.receiveControl() }

    /// The unit's own, with buffers for what is changed.
    public func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        let channel = try StreamChannel(
            bufferCount: 4, bufferBytes: Frame.maximumStride, geometry: geometry, onSpare: {})
        state.withLock { $0.channel = channel }
        try await transport.openStream(geometry)
    }

    /// What the unit sends, changed.
    public func receiveStream() async throws(TransportError) -> StreamBlock {
        while true {
            let (channel, count) = try await copy(try await transport.receiveStream())
            // A block of which nothing is left is none.
            if count > 0 { return try await channel.next() }
        }
    }

    private func copy(_ block: consuming StreamBlock) async throws(TransportError) -> (StreamChannel, count: Int) {
        guard let channel = state.withLock({ $0.channel }) else { throw .closed }
        guard let slot = channel.takeSpare() else { preconditionFailure("the reader holds one block at a time") }
        let buffer = channel.buffer(slot)
        let bytes = block.bytes
        for index in bytes.byteOffsets { buffer[index] = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
        var end = 0
        for start in Swift.stride(from: 0, to: block.count, by: block.stride) {
            guard change(UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + block.stride])) else {
                continue
            }
            for offset in 0..<block.stride where end != start { buffer[end + offset] = buffer[start + offset] }
            end += block.stride
        }
        channel.commit(slot, count: end)
        return (channel, end)
    }

    /// The unit's own.
    public func stall(_ isStalled: Bool) -> Bool { transport.stall(isStalled) }
    /// The unit's own.
    public func closeStream() async { await transport.closeStream() }
    /// The unit's own.
    public func close() async { await transport.close() }

    /// Changes a frame; false if it is cut.
    private func change(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        let (change, cut, index) = state.withLock { state in
            defer { state.frames += 1 }
            return (state.change, state.cut, state.frames)
        }
        var piece = Array(bytes)
        guard var (header, frame) = Self.read(piece) else { return true }
        if cut?(index, frame) == true { return false }
        guard let change else { return true }
        change(index, &header, &frame)
        var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
        guard (try? builder.write(frame)) != nil else { return true }
        piece.replaceSubrange(0..<builder.bytes.count, with: builder.bytes)
        var elements = piece.mutableSpan
        var raw = elements.mutableBytes
        Frame.seal(header, into: &raw)
        bytes.copyBytes(from: piece)
        return true
    }

    private static func read(_ piece: [UInt8]) -> (FrameHeader, StreamFrame)? {
        guard let header = try? Frame.decode(piece.span.bytes),
            let reader = try? MessageReader(piece.span.bytes.extracting(Frame.headerBytes..<header.length)),
            let frame = try? reader.block(as: StreamFrame.self)
        else { return nil }
        return (header, frame)
    }
}
