/// Which way a message travels: the `semanticType` of a message in the unit protocol's schema.
public enum Direction: Sendable, Equatable {
    /// Host to unit; `reply` is the message that answers it.
    case request(reply: String)
    /// Unit to host, with the number of its request.
    case reply
    /// Unit to host, unasked.
    case event
    /// Unit to host, with samples.
    case stream
    /// Between the two units of a pair.
    case peer

    /// nil for what another schema may say of its messages.
    init?(semanticType text: String?) {
        let words = (text ?? "").split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("request", 2): self = .request(reply: words[1])
        case ("reply", 1): self = .reply
        case ("event", 1): self = .event
        case ("stream", 1): self = .stream
        case ("peer", 1): self = .peer
        default: return nil
        }
    }

    /// The channel of its frames.
    public var channel: String {
        switch self {
        case .request: "request"
        case .reply: "reply"
        case .event: "event"
        case .stream: "stream"
        case .peer: "peer"
        }
    }
}
