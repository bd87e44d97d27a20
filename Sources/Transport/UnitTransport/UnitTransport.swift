/// How the host reaches a unit.
public struct TransportEndpoint: Sendable, Equatable {
    /// Kind of connection.
    public enum Kind: String, Sendable { case usbHigh, usbSuper, usbFull, serial, inProcess }
    /// How the unit is named.
    public var selector: UnitSelector
    /// Node or place, for people.
    public var path: String
    /// Kind of connection.
    public var kind: Kind

    /// An endpoint with the given values.
    public init(selector: UnitSelector, path: String, kind: Kind) {
        self.selector = selector
        self.path = path
        self.kind = kind
    }
}

/// What a transport needs to know of a stream.
public struct StreamGeometry: Sendable, Equatable {
    /// Stride of stream frames in bytes, a power of two from 1,024 to 65,536.
    public var frameBytes: Int
    /// Whether the samples are raw key: buffers must then be locked, and are overwritten after use.
    public var secret: Bool

    /// A geometry with the given values.
    public init(frameBytes: Int, secret: Bool) {
        self.frameBytes = frameBytes
        self.secret = secret
    }
}

/// What a transport has counted since it was opened.
public struct TransportCounters: Sendable, Equatable {
    /// Bytes that came on the way of replies and events; on a serial line the stream's too.
    public var receivedBytes: UInt64 = 0
    /// Frames that could not be decoded below the CRC (COBS, header), or control frames whose CRC is wrong.
    public var undecodable: UInt64 = 0
    /// Of these, control frames with a sound header and a wrong CRC (serial lines only: elsewhere the reader of the frames
    /// checks it).
    public var wrongChecksums: UInt64 = 0
    /// Bytes dropped because they belonged to no frame.
    public var discardedBytes: UInt64 = 0
    /// Events dropped because nobody read them.
    public var droppedEvents: UInt64 = 0
    /// Times that no spare stream buffer was there: on USB a transfer stayed unsubmitted, on a serial line frames
    /// were dropped.
    public var overruns: UInt64 = 0
    /// Stream frames dropped for want of a buffer (serial lines only).
    public var droppedStreamFrames: UInt64 = 0
    /// Transfers that ended with an error and were submitted again (USB only).
    public var resubmissions: UInt64 = 0
    /// Halts of an endpoint that were cleared (USB only).
    public var clearedHalts: UInt64 = 0
    /// Transfers that the present or latest stream keeps in flight (USB only); 0 without one.
    public var streamTransfers = 0
    /// How many they are when the kernel's memory for them is not short.
    public var streamTransfersWanted = 0

    /// All zero.
    public init() {}

    /// Adds the figures of another part of the same connection.
    public mutating func add(_ other: TransportCounters) {
        receivedBytes += other.receivedBytes
        undecodable += other.undecodable
        wrongChecksums += other.wrongChecksums
        discardedBytes += other.discardedBytes
        droppedEvents += other.droppedEvents
        overruns += other.overruns
        droppedStreamFrames += other.droppedStreamFrames
        resubmissions += other.resubmissions
        clearedHalts += other.clearedHalts
        if other.streamTransfers > 0 {
            (streamTransfers, streamTransfersWanted) = (other.streamTransfers, other.streamTransfersWanted)
        }
    }
}

/// A connection that carries frames to and from one unit. Nothing here knows what a message is.
///
/// One task reads control frames, one reads the stream, any may send. Every function that suspends ends with
/// `.cancelled` when its task is cancelled, with `.gone` when the unit has been removed, and with `.closed` after
/// `close()`; `close()` returns when every thread, buffer and descriptor has been given back.
public protocol UnitTransport: Sendable {
    /// How the unit is reached.
    var endpoint: TransportEndpoint { get }

    /// What has been counted.
    var counters: TransportCounters { get }

    /// Sends one whole frame.
    func send(_ frame: [UInt8]) async throws(TransportError)

    /// The next reply or event frame in order of arrival; its header has been looked at, its CRC has not.
    func receiveControl() async throws(TransportError) -> [UInt8]

    /// Makes buffers ready for a stream. To be called before the unit is told to start.
    func openStream(_ geometry: StreamGeometry) async throws(TransportError)

    /// The next block of whole stream frames, each at a multiple of `frameBytes`.
    func receiveStream() async throws(TransportError) -> StreamBlock

    /// Ends the stream and gives its buffers back, when the last block is.
    func closeStream() async

    /// Stops taking in what the unit sends, or goes on: a host that has stalled, for those who test units. Says whether this
    /// transport can; one that reads ahead into memory of its own cannot.
    func stall(_ isStalled: Bool) -> Bool

    /// Ends the connection. Idempotent.
    func close() async
}

extension UnitTransport {
    /// Cannot.
    public func stall(_ isStalled: Bool) -> Bool { false }
}
