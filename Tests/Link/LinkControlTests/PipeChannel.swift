import struct Foundation.Data
import class Foundation.JSONDecoder
import class Foundation.JSONEncoder
import LinkControl
import UnitTransport

/// Link messages from one side to the other within a test and in its time: nothing waits for a thread. They cross as the
/// bytes that a socket would carry.
final class PipeChannel: LinkChannel {
    private struct Inbox {
        var arrived: [Data] = []
        var isClosed = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let own: Guarded<Inbox>
    private let other: Guarded<Inbox>
    private let record: (@Sendable (Data) -> Void)?

    private init(_ own: Guarded<Inbox>, _ other: Guarded<Inbox>, _ record: (@Sendable (Data) -> Void)?) {
        (self.own, self.other, self.record) = (own, other, record)
    }

    /// Two ends of one connection. `record` is shown every message.
    static func pair(record: (@Sendable (Data) -> Void)? = nil) -> (PipeChannel, PipeChannel) {
        let (one, another) = (Guarded(Inbox()), Guarded(Inbox()))
        return (PipeChannel(one, another, record), PipeChannel(another, one, record))
    }

    func send(_ envelope: LinkEnvelope) throws(PeerFault) {
        let data: Data
        do { data = try JSONEncoder().encode(envelope) } catch { throw .unreadable(reason: "\(error)") }
        try send(raw: data)
    }

    /// The same for bytes that somebody else made.
    func send(raw data: Data) throws(PeerFault) {
        record?(data)
        let (isClosed, waiting) = other.withLock { inbox in
            if !inbox.isClosed { inbox.arrived.append(data) }
            return (inbox.isClosed, inbox.waiting.take())
        }
        waiting?.resume()
        if isClosed { throw .lost(reason: "closed") }
    }

    func receive() async throws(PeerFault) -> LinkEnvelope {
        while true {
            let (next, isClosed) = own.withLock { inbox in
                (inbox.arrived.isEmpty ? nil : inbox.arrived.removeFirst(), inbox.isClosed)
            }
            if let next {
                do { return try JSONDecoder().decode(LinkEnvelope.self, from: next) } catch {
                    throw .unreadable(reason: "\(error)")
                }
            }
            if isClosed { throw .lost(reason: "it hung up") }
            await withCheckedContinuation { continuation in
                let isReady = own.withLock { inbox in
                    guard inbox.arrived.isEmpty, !inbox.isClosed else { return true }
                    inbox.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    func close() async {
        for side in [own, other] {
            side.withLock { inbox in
                inbox.isClosed = true
                return inbox.waiting.take()
            }?.resume()
        }
    }
}
