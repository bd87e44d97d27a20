/// What is wrong with the bytes of a message, or with a message that was to become bytes.
///
/// A fault in received bytes is the sender's: count it and drop the message. A fault on sending is the caller's.
public enum MessageFault: Error, Equatable, Sendable {
    /// The bytes end before what they announce.
    case truncated(needed: Int, available: Int)
    /// The message is from another schema.
    case wrongSchema(received: UInt16, expected: UInt16)
    /// No message of our version has this number. A newer sender may know it: skip the message.
    case unknownTemplate(UInt16)
    /// The message is a known one, but not the one that was asked for.
    case unexpectedTemplate(received: UInt16, expected: UInt16)
    /// The fixed block is too short even for the first version of the message or group: fields without which it
    /// means nothing are missing.
    case blockTooShort(message: String, received: Int, minimum: Int)
    /// A field has a value outside the range that the schema states for its type.
    case valueOutOfRange(message: String, field: String)
    /// More entries than the dimension of the group can count.
    case groupTooLong(group: String, count: Int, limit: Int)
    /// More bytes than the length field can count.
    case dataTooLong(field: String, count: Int, limit: Int)
    /// The buffer given for writing is too small.
    case noSpace(needed: Int, available: Int)
}

extension MessageFault: CustomStringConvertible {
    /// One sentence without the final stop.
    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "message is cut off: \(needed) bytes needed, \(available) there"
        case .wrongSchema(let received, let expected):
            "message is of schema \(received), not \(expected)"
        case .unknownTemplate(let id):
            "no message has template number \(id)"
        case .unexpectedTemplate(let received, let expected):
            "message has template number \(received), not \(expected)"
        case .blockTooShort(let message, let received, let minimum):
            "\(message): block of \(received) bytes, at least \(minimum) expected"
        case .valueOutOfRange(let message, let field):
            "\(message).\(field): value is out of range"
        case .groupTooLong(let group, let count, let limit):
            "\(group): \(count) entries, at most \(limit) fit"
        case .dataTooLong(let field, let count, let limit):
            "\(field): \(count) bytes, at most \(limit) fit"
        case .noSpace(let needed, let available):
            "buffer is too small: \(needed) bytes needed, \(available) there"
        }
    }
}
