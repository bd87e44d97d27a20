internal import UnitProtocol

/// What can be made to go wrong with a unit, by name. One at a time of a kind; those with a duration end by `clear`.
public enum Fault: String, Sendable, CaseIterable {
    /// The ports disappear.
    case unplug
    /// The ports come back.
    case replug
    /// Requests are not answered.
    case hang
    /// Replies come late.
    case lateReplies = "late-replies"
    /// Each reply is sent twice.
    case duplicateReplies = "duplicate-replies"
    /// Replies carry another request's number.
    case wrongCorrelation = "wrong-correlation"
    /// Garbage before the next frame.
    case garbage
    /// The next control frame ends early.
    case truncateFrame = "truncate-frame"
    /// Stream frames with a wrong bit.
    case corruptFrame = "corrupt-frame"
    /// Stream frames lost on the way.
    case dropStreamFrame = "drop-stream-frame"
    /// Two stream frames in the wrong order.
    case reorder
    /// A stream frame of another session.
    case staleSession = "stale-session"
    /// A stream frame that is longer than its stride.
    case oversizeFrame = "oversize-frame"
    /// Slots lost as if the FIFO were full.
    case fifoOverflow = "fifo-overflow"
    /// A message that differs from the host's.
    case wrongFingerprint = "wrong-fingerprint"
    /// Firmware older than the schema.
    case oldSchema = "old-schema"
    /// A role that no host knows.
    case unknownRole = "unknown-role"
    /// The supply drops: bootloader for a while, then firmware.
    case brownOut = "brown-out"
    /// The stream endpoint halts.
    case stall
    /// Transfers fail as after a bad cable.
    case protocolError = "protocol-error"
    /// Transfers end in the middle of a frame.
    case shortTransfer = "short-transfer"
    /// Transfers fail because the unit sends more than was asked for.
    case babble
    /// The whole device hangs: no endpoint moves.
    case wedge
    /// Bytes on a serial line are damaged.
    case lineNoise = "line-noise"
    /// Heartbeats are answered and not counted.
    case ignoreHeartbeat = "ignore-heartbeat"
    /// The laser's (Bob: the detector's) temperature is what is given.
    case temperature
    /// A sensor gives no value.
    case sensorMissing = "sensor-missing"
    /// A hardware fault is latched.
    case hardwareFault = "hardware-fault"
    /// The classical channel between the units is cut.
    case peerLost = "peer-lost"
    /// Text from the unit.
    case logMessage = "log-message"
    /// All of them end.
    case clear

    /// One line for `cvqkd-emulator faults`: what it does, and what the value means.
    public var explanation: String {
        switch self {
        case .unplug: "every port disappears; 'replug' brings it back"
        case .replug: "the ports come back (on a serial line: a new pseudo-terminal behind the same link)"
        case .hang: "no request is answered; the heartbeat time-out still works"
        case .lateReplies: "replies are sent VALUE milliseconds late (default 3000)"
        case .duplicateReplies: "each reply is sent twice"
        case .wrongCorrelation: "the next VALUE replies (default 1) carry another number"
        case .garbage: "VALUE bytes of garbage (default 64) come before the next control frame"
        case .truncateFrame: "the next VALUE control frames (default 1) end early"
        case .corruptFrame: "every VALUEth stream frame (default 100) has a wrong bit, its CRC tells"
        case .dropStreamFrame: "the next VALUE stream frames (default 1) are lost on the way: a hole in their numbers"
        case .reorder: "the next two stream frames change places"
        case .staleSession: "the next VALUE stream frames (default 1) carry another session"
        case .oversizeFrame: "the next stream frame says that it is longer than its stride"
        case .fifoOverflow: "the next VALUE slots (default 1) are dropped as if the FIFO were full"
        case .wrongFingerprint:
            "one field of message VALUE (default 13, Status) has another name, in the schema text too; from the next "
                + "Hello on"
        case .oldSchema: "the unit knows one field less of message VALUE (default 13, Status); from the next Hello on"
        case .unknownRole: "HelloReply names role VALUE (default 9)"
        case .brownOut:
            "the supply drops: the bootloader appears for VALUE milliseconds (default 500), then the firmware"
        case .stall: "the stream endpoint (USB and CDC-ACM) halts until the host clears it"
        case .protocolError:
            "the next VALUE stream transfers (default 1; USB and CDC-ACM) fail with a protocol error, and what they carried is lost"
        case .shortTransfer:
            "the next VALUE stream transfers (default 1) end in the middle of a frame, whose rest is lost"
        case .babble:
            "the next VALUE stream transfers (default 1; USB and CDC-ACM) fail because more came than was asked for; "
                + "what they carried is lost"
        case .wedge: "every endpoint falls silent (USB and CDC-ACM); only a USB reset or another plug cures it"
        case .lineNoise:
            "noise meets the next VALUE stream frames (default 4) on a serial line: in turn garbage before a frame, a "
                + "delimiter inside it, its second half missing, garbage that joins it"
        case .ignoreHeartbeat: "heartbeats are answered and do not hold the light up"
        case .temperature: "Alice's laser, Bob's detector has VALUE degC (default 60)"
        case .sensorMissing: "the sensor with telemetry id VALUE (default 5) gives no value"
        case .hardwareFault: "a hardware fault with code VALUE (default 17) is latched"
        case .peerLost: "the units' own classical channel is cut: Bob has no counter to follow"
        case .logMessage: "the unit sends VALUE log messages (default 1)"
        case .clear: "every fault of the unit ends (an unplugged unit stays unplugged, a wedged one wedged)"
        }
    }

    /// What VALUE is if none is given.
    public var defaultValue: Double {
        switch self {
        case .lateReplies: 3_000
        case .garbage: 64
        case .corruptFrame: 100
        case .wrongFingerprint, .oldSchema: 13
        case .unknownRole: 9
        case .brownOut: 500
        case .temperature: 60
        case .sensorMissing: Double(TelemetryQuantity.boardTemperature.rawValue)
        case .hardwareFault: 17
        case .lineNoise: 4
        default: 1
        }
    }
}
