internal import Foundation
public import LinkControl
internal import UnitTransport

/// A conversation about one link with the other side, whatever carries it: bounded both ways. What does not fit on the way
/// out is a lost peer; what does not fit on the way in is not taken from the network, so that the other side's own buffer
/// fills.
public final class PeerConversation: LinkChannel, Sendable {
    /// The link.
    public let link: String
    /// What waits to be sent, for whoever carries it; ends when it is over.
    let outgoing: AsyncStream<Data>
    /// Ends when it is over.
    let over: AsyncStream<Never>
    private let ended: AsyncStream<Never>.Continuation
    private let leaving: AsyncStream<Data>.Continuation
    private let state = Guarded(State())
    private let record: (@Sendable (Data) -> Void)?
    private let timing: PeerTiming

    /// The longest message.
    public static let longest = 4 << 20
    /// Messages and bytes that may wait on either way.
    static let depth = 256
    static let mostBytes = 2 * longest

    private struct Queue {
        var messages = 0
        var bytes = 0

        /// One message of any length, or many short ones.
        var isFull: Bool { messages >= PeerConversation.depth || bytes >= PeerConversation.mostBytes }

        mutating func add(_ count: Int) { (messages, bytes) = (messages + 1, bytes + count) }
        mutating func remove(_ count: Int) { (messages, bytes) = (messages - 1, bytes - count) }
    }

    private struct State {
        var out = Queue()
        var into = Queue()
        var arrived: [Data] = []
        /// Why it is over; nil while it is not.
        var ending: String?
        /// Whoever waits for a message.
        var receiver: CheckedContinuation<Void, Never>?
        /// Whoever waits for room.
        var carrier: CheckedContinuation<Void, Never>?
        var heard: HostClock.Instant?
    }

    init(_ link: String, timing: PeerTiming, record: (@Sendable (Data) -> Void)?) {
        (self.link, self.timing, self.record) = (link, timing, record)
        (outgoing, leaving) = AsyncStream.makeStream()
        (over, ended) = AsyncStream.makeStream()
        state.withLock { $0.heard = timing.clock.now }
    }

    // MARK: - For the ends of the link

    /// Puts a message behind the others.
    public func send(_ envelope: LinkEnvelope) throws(PeerFault) {
        let data: Data
        do { data = try JSONEncoder().encode(envelope) } catch { throw .unreadable(reason: "\(error)") }
        try send(raw: data)
    }

    /// The same for bytes that somebody else made.
    func send(raw data: Data) throws(PeerFault) {
        guard data.count <= Self.longest else {
            throw .lost(reason: "a message of \(data.count) bytes is longer than \(Self.longest)")
        }
        let problem = state.withLock { state -> String? in
            if let ending = state.ending { return ending }
            guard !state.out.isFull else { return "it takes nothing" }
            state.out.add(data.count)
            return nil
        }
        if let problem { throw .lost(reason: problem) }
        record?(data)
        leaving.yield(data)
    }

    /// The next message. What had come before it was over is still read.
    public func receive() async throws(PeerFault) -> LinkEnvelope {
        while true {
            let (next, ending, carrier) = state.withLock { state in
                guard !state.arrived.isEmpty else {
                    return (Data?.none, state.ending, CheckedContinuation<Void, Never>?.none)
                }
                let next = state.arrived.removeFirst()
                state.into.remove(next.count)
                return (next, state.ending, state.into.isFull ? nil : state.carrier.take())
            }
            carrier?.resume()
            if let next {
                guard next.count <= Self.longest else {
                    throw .unreadable(reason: "a message of \(next.count) bytes, more than \(Self.longest)")
                }
                do { return try JSONDecoder().decode(LinkEnvelope.self, from: next) } catch {
                    throw .unreadable(reason: Self.reason(error))
                }
            }
            if let ending { throw .lost(reason: ending) }
            guard !Task.isCancelled else { throw .lost(reason: "closed here") }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        guard state.arrived.isEmpty, state.ending == nil, !Task.isCancelled else { return true }
                        state.receiver = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.receiver.take() }?.resume()
            }
        }
    }

    /// Hangs up when what waits is sent.
    public func close() async { end("closed here") }

    /// The place of what cannot be read. Bytes of others are not quoted.
    private static func reason(_ error: any Error) -> String {
        let context: DecodingError.Context
        switch error {
        case DecodingError.dataCorrupted(let found), DecodingError.keyNotFound(_, let found),
            DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found):
            context = found
        default: return "it is not JSON"
        }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        return place.isEmpty ? "it is not a message of a link" : "“\(place)” is not what a message of a link has there"
    }

    // MARK: - For whoever carries it

    /// Takes a message from the network; returns when there is room for another, or nobody wants one.
    func arrive(_ data: Data) async {
        record?(data)
        let receiver = state.withLock { state in
            state.heard = timing.clock.now
            guard state.ending == nil else { return CheckedContinuation<Void, Never>?.none }
            state.arrived.append(data)
            state.into.add(data.count)
            return state.receiver.take()
        }
        receiver?.resume()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let hasRoom = state.withLock { state in
                    guard state.into.isFull, state.ending == nil, !Task.isCancelled else { return true }
                    state.carrier = continuation
                    return false
                }
                if hasRoom { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.carrier.take() }?.resume()
        }
    }

    /// A message has left.
    func sent(_ data: Data) { state.withLock { $0.out.remove(data.count) } }

    /// It is over; the first reason stays.
    func end(_ reason: String) {
        let (receiver, carrier) = state.withLock { state in
            state.ending = state.ending ?? reason
            return (state.receiver.take(), state.carrier.take())
        }
        leaving.finish()
        ended.finish()
        receiver?.resume()
        carrier?.resume()
    }

    /// Whether it is over.
    var isOver: Bool { state.withLock { $0.ending != nil } }

    /// For how long nothing has come.
    var silence: Duration { state.withLock { $0.heard.map { timing.clock.now - $0 } ?? .zero } }
}

/// A conversation that the other side has begun.
public struct IncomingConversation: Sendable {
    /// The link.
    public var link: String
    /// What carries its messages.
    public var channel: any LinkChannel

    /// Whether the other side has gone already.
    public var isOver: Bool { (channel as? PeerConversation)?.isOver ?? false }
}
