/// What can go wrong between a consumer and its agent.
public enum RawKeyClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The agent ended the stream, or was not there; the sentence is its own. After `UNAVAILABLE` open again later.
    case refused(code: String, message: String)
    /// What came is not the protocol. Report it to whoever wrote the agent.
    case badMessage(String)
    /// A block does not follow the one before it in its session. Refuse the session.
    case chainBroken(session: UInt64, cell: UInt64)
    /// A release does not belong to this block, or is not for this key. Send a Nack.
    case notForThis(session: UInt64, cell: UInt64)
    /// Header, contents, tag and key are not of one block. Send a Nack.
    case notAuthentic(session: UInt64, cell: UInt64)
    /// The memory for the contents has not their size.
    case wrongSize(wanted: Int, given: Int)
    /// The file of the secret key cannot be used.
    case secretKey(path: String, reason: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .refused(let code, let message): "the agent says \(code): \(message)"
        case .badMessage(let what): "the agent does not speak cvqkd.rawkey.v1: \(what)"
        case .chainBroken(let session, let cell):
            "block \(cell) of session \(session) does not follow the block before it"
        case .notForThis(let session, let cell):
            "the release of block \(cell) of session \(session) is not for this block and this key"
        case .notAuthentic(let session, let cell):
            "block \(cell) of session \(session) is not what was sealed"
        case .wrongSize(let wanted, let given):
            "the contents of the block are \(wanted) bytes, and \(given) bytes of memory were given"
        case .secretKey(let path, let reason): "the secret key in \(path) is not used: \(reason)"
        }
    }
}
