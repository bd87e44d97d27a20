public import UnitProtocol
public import UnitTransport

/// Who a unit is, from its HelloReply.
public struct UnitIdentity: Sendable, Equatable {
    /// Alice or Bob.
    public var role: UnitRole
    /// Serial number: the identity over all ports and plugs.
    public var serial: String
    /// Model name.
    public var model: String
    /// Firmware version.
    public var firmware: String
    /// Whether no optics are behind it.
    public var isEmulated: Bool
    /// What it can do.
    public var capabilities: CapabilitySet
    /// Starts since manufacture.
    public var bootCount: UInt32
    /// Why it last started.
    public var resetCause: ResetCause
    /// How often heartbeats are to be sent.
    public var heartbeatInterval: Duration
    /// After which time without one the unit goes dark.
    public var heartbeatTimeout: Duration
    /// Longest control frame that it accepts, bytes.
    public var maximumControlFrame: Int
    /// Largest stream frame, bytes.
    public var maximumFrameBytes: Int
    /// Depth of its stream FIFO, bytes.
    public var streamBufferBytes: UInt64
    /// Fingerprint of all messages that it knows: equal numbers, equal protocols.
    public var schemaFingerprint: UInt64
    /// How it is reached.
    public var endpoint: TransportEndpoint

    init(_ reply: HelloReply, schemaFingerprint: UInt64, endpoint: TransportEndpoint) {
        role = reply.role
        serial = reply.serial.description
        model = reply.model.description
        firmware = reply.firmware.description
        // A name that says it counts as well: the flag alone could be denied.
        isEmulated = reply.emulated || reply.model.description.lowercased().contains("emulat")
        capabilities = reply.capabilities
        bootCount = reply.bootCount
        resetCause = reply.resetCause
        heartbeatInterval = .milliseconds(Int(reply.heartbeatInterval))
        heartbeatTimeout = .milliseconds(Int(reply.heartbeatTimeout))
        maximumControlFrame = Int(reply.maximumControlFrame)
        maximumFrameBytes = Int(reply.maximumFrameBytes)
        streamBufferBytes = reply.streamBufferBytes
        self.schemaFingerprint = schemaFingerprint
        self.endpoint = endpoint
    }
}
