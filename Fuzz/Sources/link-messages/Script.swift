import Foundation
import LinkControl
import UnitProtocol
import UnitTransport

/// One side of a conversation that says what the input has, line by line, and hangs up behind the last.
///
/// Lines that are words stand for messages that depend on what was said before: `bind` of a coordinator, `accept`, `bound`
/// and `started` of an end.
final class Script: LinkChannel {
    enum Side { case coordinator, end }

    private struct State {
        var lines: ArraySlice<[UInt8]>
        var sent: UInt64 = 0
        var binding: SessionBinding?
        var proposal: LinkProposal?
        var acceptance: LinkAcceptance?
        var bind: BindOrder?
        /// Orders that were heard, or given, and are not answered.
        var open = 0
        var isClosed = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let side: Side
    private let state: Guarded<State>

    init(_ lines: [[UInt8]], _ side: Side) {
        self.side = side
        state = Guarded(State(lines: lines[...]))
    }

    func send(_ envelope: LinkEnvelope) throws(PeerFault) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.binding = envelope.binding ?? state.binding
            switch envelope.message {
            case .propose(let proposal): state.proposal = proposal
            case .bind(let order): state.bind = order
            case .accept(let acceptance): state.acceptance = acceptance
            default: break
            }
            if side == .end, Self.isOrder(envelope.message) { state.open += 1 }
            if side == .coordinator, Self.isAnswer(envelope.message) { state.open = 0 }
            return state.waiting.take()
        }
        waiting?.resume()
    }

    func receive() async throws(PeerFault) -> LinkEnvelope {
        while true {
            let (next, isOver) = state.withLock { state in (take(&state), state.isClosed || state.lines.isEmpty) }
            if let next { return try next.get() }
            if isOver { throw .lost(reason: "nothing more") }
            await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if !state.isClosed { state.waiting = continuation }
                    return state.isClosed
                }
                if isClosed { continuation.resume() }
            }
        }
    }

    func close() async {
        state.withLock { state in
            state.isClosed = true
            return state.waiting.take()
        }?.resume()
    }

    /// The next line, if it is its turn: an order when the one before is answered, an answer when there is an order.
    private func take(_ state: inout State) -> Result<LinkEnvelope, PeerFault>? {
        guard !state.isClosed, let line = state.lines.first else { return nil }
        let data = Data(line)
        if let envelope = try? JSONDecoder().decode(LinkEnvelope.self, from: data) {
            state.lines.removeFirst()
            return .success(envelope)
        }
        guard let message = word(data, state) ?? (try? JSONDecoder().decode(LinkMessage.self, from: data)) else {
            state.lines.removeFirst()
            return .failure(.unreadable(reason: "not a message"))
        }
        if side == .coordinator, Self.isOrder(message) {
            guard state.open == 0 else { return nil }
            state.open = 1
        }
        if side == .end, Self.isAnswer(message) {
            guard state.open > 0 else { return nil }
            state.open -= 1
        }
        state.lines.removeFirst()
        if case .bound(let binding) = message { state.binding = binding }
        state.sent += 1
        return .success(LinkEnvelope(binding: state.binding, sequence: state.sent, message: message))
    }

    private func word(_ data: Data, _ state: State) -> LinkMessage? {
        switch (side, String(decoding: data, as: UTF8.self)) {
        case (.coordinator, "bind"):
            state.acceptance.map { .bind(BindOrder(alice: StubUnit.acceptance(.alice), bob: $0)) }
        case (.end, "accept"): .accept(StubUnit.acceptance(.bob))
        case (.end, "bound"):
            if let proposal = state.proposal, let bind = state.bind {
                .bound(SessionBinding(proposal, alice: bind.alice, bob: bind.bob))
            } else {
                nil
            }
        case (.end, "started"):
            state.binding.map { .started(StartResult(session: $0.session, sampleScale: 0, filter: 1)) }
        default: nil
        }
    }

    private static func isOrder(_ message: LinkMessage) -> Bool {
        switch message {
        case .propose, .bind, .prepare, .start, .stop, .goDark: true
        default: false
        }
    }

    private static func isAnswer(_ message: LinkMessage) -> Bool {
        switch message {
        case .accept, .bound, .prepared, .started, .stopping, .dark, .fault: true
        default: false
        }
    }
}
