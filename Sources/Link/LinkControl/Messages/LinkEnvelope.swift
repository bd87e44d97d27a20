/// A message as it crosses, whatever carries it.
public struct LinkEnvelope: Sendable, Equatable, Codable {
    /// Version of these messages that this program speaks.
    public static let version = 1
    /// Version in which the sides greet each other, before they have agreed on one: what is said until then, `propose`,
    /// `accept`, `fault` and `alive`, never changes its form.
    public static let greeting = 1

    /// Version that the message is written in.
    public var version: Int
    /// The session that it belongs to; nil before both ends are bound.
    public var binding: SessionBinding?
    /// Counts the sender's messages from 1.
    public var sequence: UInt64
    /// What is said.
    public var message: LinkMessage

    /// An envelope.
    public init(version: Int = LinkEnvelope.version, binding: SessionBinding?, sequence: UInt64, message: LinkMessage) {
        self.version = version
        self.binding = binding
        self.sequence = sequence
        self.message = message
    }
}

/// What carries envelopes: a socket, a channel between two nodes. In order, each once; it need not be trusted with either,
/// because `Conversation` looks.
public protocol LinkChannel: Sendable {
    /// Puts it on its way, behind what was sent before; waits for nothing. Throws `.lost` when the other side is gone, or
    /// has taken nothing for so long that the channel's own buffer is full.
    func send(_ envelope: LinkEnvelope) throws(PeerFault)
    /// The next envelope; one task asks. Throws `.lost`, and `.unreadable` for what is not an envelope.
    func receive() async throws(PeerFault) -> LinkEnvelope
    /// Ends it; `receive` throws `.lost`.
    func close() async
}

/// Why there is no going on with the other side.
public enum PeerFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The channel ended.
    case lost(reason: String)
    /// Nothing came for this long, though the channel stands.
    case silent(milliseconds: Int)
    /// What came is not an envelope.
    case unreadable(reason: String)
    /// A version that this program does not speak.
    case unknownVersion(Int)
    /// A message that has come before, or whose predecessors have not.
    case outOfSequence(found: UInt64, expected: UInt64)
    /// A message of another session, or of none.
    case foreignSession
    /// A message that has no place here.
    case outOfOrder(message: String, state: String)
    /// What it says contradicts what was agreed, or itself.
    case lied(String)
    /// It says that it cannot go on.
    case fault(FaultStatement)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .lost(let reason): "the connection to the other end is lost: \(reason)"
        case .silent(let milliseconds): "the other end has said nothing for \(milliseconds) ms"
        case .unreadable(let reason): "the other end sends what cannot be read: \(reason)"
        case .unknownVersion(let version):
            "the other end speaks version \(version) of the link messages, this one \(LinkEnvelope.version): update the older of the two"
        case .outOfSequence(let found, let expected):
            "message \(found) came where number \(expected) was due: a repeated or withheld message"
        case .foreignSession: "a message of another session came"
        case .outOfOrder(let message, let state): "\(message) came while this end was \(state)"
        case .lied(let what): "the other end contradicts what was agreed: \(what)"
        case .fault(let fault): "the other end cannot go on: \(fault.text)"
        }
    }

    /// A word for programs.
    public var kind: String {
        switch self {
        case .lost: "lost"
        case .silent: "silent"
        case .unreadable: "unreadable"
        case .unknownVersion: "version"
        case .outOfSequence: "sequence"
        case .foreignSession: "session"
        case .outOfOrder: "order"
        case .lied: "lied"
        case .fault(let fault): fault.kind
        }
    }
}

/// One side of a conversation: numbers what is said, and takes nothing that is repeated, withheld, of another session or
/// of an unknown version. A value; whoever has the channel holds it.
public struct Conversation: Sendable {
    /// The session, once both ends are bound to it.
    public private(set) var binding: SessionBinding?
    /// The version, once both sides have agreed on one.
    public private(set) var version: Int?
    private let versions: LinkVersions
    private var sent: UInt64 = 0
    private var received: UInt64 = 0

    /// Nothing said.
    public init(versions: LinkVersions = .current) { self.versions = versions }

    /// From now on every message is written in this version.
    public mutating func agree(on version: Int) { self.version = version }

    /// From now on every message belongs to this session.
    public mutating func bind(to binding: SessionBinding) { self.binding = binding }

    /// The next envelope to send.
    public mutating func envelope(_ message: LinkMessage) -> LinkEnvelope {
        sent += 1
        return LinkEnvelope(
            version: version ?? LinkEnvelope.greeting, binding: binding, sequence: sent, message: message)
    }

    /// Opens what came. While both ends are being bound, the first message that belongs to `candidate` binds this side.
    public mutating func open(
        _ envelope: LinkEnvelope, candidate: SessionBinding? = nil
    ) throws(PeerFault) -> LinkMessage {
        guard isSpoken(envelope) else { throw .unknownVersion(envelope.version) }
        if binding == nil, let candidate, envelope.binding == candidate { binding = candidate }
        guard envelope.binding == binding else { throw .foreignSession }
        guard envelope.sequence == received + 1 else {
            throw .outOfSequence(found: envelope.sequence, expected: received + 1)
        }
        received += 1
        return envelope.message
    }

    private func isSpoken(_ envelope: LinkEnvelope) -> Bool {
        // A greeting may be under way when its receiver has agreed already.
        if envelope.version == LinkEnvelope.greeting, envelope.message.isGreeting { return true }
        return version.map { $0 == envelope.version } ?? versions.contains(envelope.version)
    }
}
