public import UnitProtocol
public import UnitTransport

/// What a unit says unasked.
public enum UnitEvent: Sendable, Equatable {
    /// It changed state.
    case stateChanged(StateChanged)
    /// A quantity crossed a limit.
    case rangeCrossed(RangeEvent)
    /// A line of text.
    case log(level: LogLevel, text: String)
    /// So many log messages, crossed limits and unknown messages were left out: the unit says more than anybody can read.
    case leftOut(UInt64)
    /// A message that this program does not know, by its number.
    case unknown(templateID: UInt16)
    /// The connection is over; nothing follows.
    case disconnected(TransportError)

    /// Reads an event frame; nil if the message cannot be read.
    init?(frame: [UInt8]) {
        do {
            var reader = try MessageReader(frame.span.bytes.extracting(Frame.headerBytes..<frame.count))
            switch reader.header.templateID {
            case StateChanged.templateID: self = .stateChanged(try reader.block())
            case RangeEvent.templateID: self = .rangeCrossed(try reader.block())
            case LogMessage.templateID:
                let block = try reader.block(as: LogMessage.self)
                self = .log(level: block.level, text: ControlFrame.text(try reader.data(LogMessage.text)))
            case let other: self = .unknown(templateID: other)
            }
        } catch {
            return nil
        }
    }
}

extension UnitEvent {
    /// Whether a unit may say it as often as it likes: a change of state is never left out.
    var isNews: Bool {
        switch self {
        case .log, .rangeCrossed, .unknown: true
        case .stateChanged, .leftOut, .disconnected: false
        }
    }
}

/// What went wrong on a connection without ending anything, since it began.
public struct UnitAnomalies: Sendable, Equatable {
    /// Replies that matched no request.
    public var unmatchedReplies: UInt64
    /// Replies and events whose CRC or message was wrong.
    public var corruptControlFrames: UInt64
    /// Heartbeats in a row without an answer.
    public var missedHeartbeats: UInt64
    /// Events that a listener lost because it was slow.
    public var unheardEvents: UInt64
    /// The transport's own counters.
    public var transport: TransportCounters
}
