internal import Foundation
internal import PeerIdentity
internal import LinkControl
internal import UnitTransport

/// Who is let in on the listening side: pinned peers, each to its links, one conversation per link.
final class PeerDoor: Sendable {
    struct Configuration: Sendable {
        var links: [String: PeerPins]
        var credentials: PeerCredentials?
    }

    private struct State {
        var configuration: Configuration
        /// Who is behind an address of the network.
        var peers: [String: (connection: ObjectIdentifier, pin: PeerPin)] = [:]
        var talks: [String: (conversation: PeerConversation, pin: PeerPin?)] = [:]
        var connections = 0
        var isShut = false
    }

    let usesTLS: Bool
    let timing: PeerTiming
    private let state: Guarded<State>
    let conversations: AsyncStream<IncomingConversation>
    private let begun: AsyncStream<IncomingConversation>.Continuation
    let refusals: AsyncStream<PeerRefusal>
    private let refused: AsyncStream<PeerRefusal>.Continuation
    private let record: (@Sendable (Data) -> Void)?

    /// Connections at a time, of strangers too.
    static let mostConnections = 64
    /// Refusals that wait for somebody who reads them; older ones give way.
    static let mostRefusals = 64

    init(
        _ configuration: Configuration, usesTLS: Bool, timing: PeerTiming, record: (@Sendable (Data) -> Void)?
    ) {
        (self.usesTLS, self.timing, self.record) = (usesTLS, timing, record)
        state = Guarded(State(configuration: configuration))
        (conversations, begun) = AsyncStream.makeStream()
        (refusals, refused) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.mostRefusals))
    }

    var configuration: Configuration {
        get { state.withLock { $0.configuration } }
        set { state.withLock { $0.configuration = newValue } }
    }

    // MARK: - Connections

    /// Counts a connection; false if there are too many.
    func enter() -> Bool {
        state.withLock { state in
            guard state.connections < Self.mostConnections, !state.isShut else { return false }
            state.connections += 1
            return true
        }
    }

    func leave() { state.withLock { $0.connections -= 1 } }

    func refuse(_ refusal: PeerRefusal) { refused.yield(refusal) }

    func know(_ pin: PeerPin, at address: String, _ connection: ObjectIdentifier) {
        state.withLock { $0.peers[address] = (connection, pin) }
    }

    func forget(_ address: String, _ connection: ObjectIdentifier) {
        state.withLock { state in
            if state.peers[address]?.connection == connection { state.peers[address] = nil }
        }
    }

    // MARK: - Conversations

    /// Begins the conversation of a link with whoever is behind the address.
    func begin(_ link: String, from address: String) throws(PeerRefusal) -> PeerConversation {
        let conversation = PeerConversation(link, timing: timing, record: record)
        let (refusal, replaced) = state.withLock { state -> (PeerRefusal?, PeerConversation?) in
            guard !state.isShut else { return (.busy(link: link), nil) }
            let pin = state.peers[address]?.pin
            // A pin of another link's peer opens nothing here.
            guard let pins = state.configuration.links[link], !usesTLS || pin.map(pins.accepts) == true else {
                return (.unknownLink(link), nil)
            }
            var replaced: PeerConversation?
            if let present = state.talks[link], !present.conversation.isOver {
                // One that nothing has come from for so long is dead, whatever the network says.
                guard present.conversation.silence > timing.limit else { return (.busy(link: link), nil) }
                replaced = present.conversation
            }
            state.talks[link] = (conversation, pin)
            return (nil, replaced)
        }
        replaced?.end("the other side has begun a new conversation")
        if let refusal {
            refuse(refusal)
            throw refusal
        }
        return conversation
    }

    /// Tells whoever waits for it.
    func announce(_ conversation: PeerConversation) {
        begun.yield(IncomingConversation(link: conversation.link, channel: conversation))
    }

    func finished(_ conversation: PeerConversation) {
        state.withLock { state in
            if state.talks[conversation.link]?.conversation === conversation { state.talks[conversation.link] = nil }
        }
    }

    /// Lets nobody in any more, and ends what there is.
    func shut() {
        let talks = state.withLock { state in
            state.isShut = true
            return state.talks.values.map(\.conversation)
        }
        for talk in talks { talk.end("the other side's agent has ended") }
        begun.finish()
        refused.finish()
    }
}
