internal import UnitProtocol
public import UnitTransport

/// A unit in the same process: a transport without a wire. What a test sends arrives before `send` returns.
public final class InProcessPort: UnitTransport, HostPort {
    /// How the unit is named.
    public let endpoint: TransportEndpoint
    private let unit: EmulatedUnit
    private let number = Guarded(0)
    private let control = ControlQueue()
    private let stream = Guarded<Stream?>(nil)
    private let counts = Guarded(TransportCounters())
    private let isClosed = Guarded<TransportError?>(nil)
    /// What a host that has stalled leaves with the unit.
    private let stalled = Guarded<ControlOutbox?>(nil)

    private struct Stream {
        var channel: StreamChannel
        var frameBytes: Int
    }

    /// Connects to a unit. Throws `.notFound` if it is unplugged or restarting.
    public init(_ unit: EmulatedUnit) throws(TransportError) {
        let serial = unit.configuration.serial
        guard unit.isPlugged else { throw .notFound(serial) }
        self.unit = unit
        endpoint = TransportEndpoint(selector: .anywhere(serial: serial), path: "in process", kind: .inProcess)
        let port = unit.add(self)
        number.withLock { $0 = port }
    }

    private var port: Int { number.withLock { $0 } }

    /// What has been counted.
    public var counters: TransportCounters {
        var counters = counts.withLock { $0 }
        counters.droppedEvents = control.droppedEvents
        return counters
    }

    /// Hands a frame to the firmware.
    public func send(_ frame: [UInt8]) async throws(TransportError) {
        if let error = isClosed.withLock({ $0 }) { throw error }
        unit.receive(frame, port: port)
    }

    /// The next reply or event.
    public func receiveControl() async throws(TransportError) -> [UInt8] { try await control.next() }

    /// Makes buffers for a stream.
    public func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        if let error = isClosed.withLock({ $0 }) { throw error }
        let channel = try StreamChannel(
            bufferCount: 16, bufferBytes: Frame.maximumStride, geometry: geometry,
            onSpare: { [weak self] in self?.pump() })
        stream.withLock { $0 = Stream(channel: channel, frameBytes: geometry.frameBytes) }
    }

    /// The next stream frames.
    public func receiveStream() async throws(TransportError) -> StreamBlock {
        guard let channel = stream.withLock({ $0?.channel }) else { throw .closed }
        return try await channel.next()
    }

    /// Leaves replies, events and stream frames with the unit until it is called again.
    public func stall(_ isStalled: Bool) -> Bool {
        stalled.withLock { waiting in
            while let frame = waiting?.takeFirst() { control.append(frame) }
            waiting = isStalled ? ControlOutbox() : nil
        }
        pump()
        return true
    }

    /// Ends the stream.
    public func closeStream() async {
        let stream = stream.withLock { $0.take() }
        stream?.channel.finish(.closed)
    }

    /// Ends the connection. The unit forgets the port, also one that has vanished with it: they would keep each other.
    public func close() async {
        end(.closed)
        unit.remove(port)
    }

    private func end(_ error: TransportError) {
        let isFirst = isClosed.withLock { closed in
            defer { if closed == nil { closed = error } }
            return closed == nil
        }
        guard isFirst else { return }
        control.finish(error)
        stream.withLock { $0?.channel.finish(error) }
    }

    // MARK: The unit's side

    func deliver(_ frame: [UInt8]) {
        // A transport looks at a frame's header and drops what has none.
        guard (try? Frame.peek(frame.span.bytes)) != nil else { return deliverGarbage(frame) }
        stalled.withLock { waiting in
            guard waiting != nil else { return control.append(frame) }
            waiting?.append(frame, isEvent: ControlOutbox.isEvent(frame), of: unit)
        }
    }

    func deliverGarbage(_ bytes: [UInt8]) {
        counts.withLock { counts in
            counts.undecodable += 1
            counts.discardedBytes += UInt64(bytes.count)
        }
    }

    func streamReady() { pump() }

    func vanish() { end(.gone(path: endpoint.path)) }

    func appear(isBootloader: Bool) {}

    /// Moves frames from the unit's FIFO into the consumer's buffers, as long as there are both.
    private func pump() {
        guard stalled.withLock({ $0 == nil }) else { return }
        stream.withLock { stream in
            guard let stream else { return }
            while let slot = stream.channel.takeSpare() {
                let buffer = stream.channel.buffer(slot)
                var count = 0
                while count + stream.frameBytes <= buffer.count {
                    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + stream.frameBytes])
                    let length = unit.takeStreamFrame(into: room, port: port)
                    guard length > 0 else { break }
                    UnsafeMutableRawBufferPointer(rebasing: room[length...]).initializeMemory(
                        as: UInt8.self, repeating: 0)
                    count += stream.frameBytes
                }
                stream.channel.commit(slot, count: count)
                guard count > 0 else { return }
            }
        }
    }
}
