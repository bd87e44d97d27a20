internal import UnitProtocol
internal import UnitTransport

/// A rule that the unit broke: what was expected and what was seen, as a sentence.
struct Violation: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// A check that could not be carried out to its end: nothing is said about the rule.
struct Obstacle: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// A check that has nothing to look at on this unit.
struct Inapplicable: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A control frame as it arrived.
struct Arrival: Sendable {
    let frame: [UInt8]
    let header: FrameHeader
    /// Place among all replies and events.
    let order: Int
    let time: HostClock.Instant

    /// Template number of its message.
    var template: UInt16 { UInt16(frame[34]) | UInt16(frame[35]) << 8 }

    /// Its name for people.
    var name: String { UnitMessages.name(of: template) ?? "message \(template)" }

    /// The block of its message; a violation if it is another message or cannot be read.
    func block<Message: UnitMessage>(_ type: Message.Type = Message.self) throws(Violation) -> Message {
        guard template == Message.templateID else { throw Violation("\(name) came instead of \(Message.messageName)") }
        return try read { (reader) throws(MessageFault) in try reader.block(as: Message.self) }
    }

    /// Reads what follows the block too.
    func read<Value>(_ body: (inout MessageReader) throws(MessageFault) -> Value) throws(Violation) -> Value {
        do {
            var reader = try MessageReader(frame.span.bytes.extracting(Frame.headerBytes..<frame.count))
            return try body(&reader)
        } catch {
            throw Violation("\(name) cannot be read: \(error)")
        }
    }
}

/// An `Error` message.
struct RefusalSeen: Sendable {
    let code: ErrorCode
    let state: UnitState
    let request: UInt16
    let field: UInt16
    let text: String

    init(_ arrival: Arrival) throws(Violation) {
        let (block, text) = try arrival.read { (reader) throws(MessageFault) -> (ErrorMessage, String) in
            let block = try reader.block(as: ErrorMessage.self)
            let data = try reader.data(ErrorMessage.text)
            return (block, data.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
        }
        code = block.code
        state = block.state
        request = block.requestId
        field = block.fieldId
        self.text = text
    }
}

/// What a request got.
enum Answer: Sendable {
    case reply(Arrival)
    case refused(RefusalSeen, Arrival)
    case silence(milliseconds: Int)

    /// In words.
    var description: String {
        switch self {
        case .reply(let arrival): arrival.name
        case .refused(let refusal, _):
            "Error \(refusal.code)" + (refusal.field == 0 ? "" : " of field \(refusal.field)")
                + (refusal.text.isEmpty ? "" : " (\(refusal.text))")
        case .silence(let milliseconds): "no reply within \(milliseconds) ms"
        }
    }
}
